/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many tasks of a target lived at the same time: that is what a crash could take down. */
#ifndef MODEL_TOGETHER_H
#define MODEL_TOGETHER_H

#include "model/switching/summary.h"

struct together {
	__u64 processes, threads;
	__u64 largest; /* threads of one process */
	bool at_least; /* there may have been more, of which it is not known when they lived */
};

/*
 * The most of each at any moment of a whole run, by the lifetimes of its threads.  Of a summary
 * with threads.  Without memory for that: all that there were.
 */
struct together together__of(const struct summary *summary);

/* All that there were, whenever. */
struct together together__all(const struct summary *summary);

/* The larger of both, of two runs of one program. */
void together__merge(struct together *together, const struct together *other);

#endif
