/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two shapes of one program, measured in turn, and the verdict on them. */
#ifndef MODEL_SHAPES_H
#define MODEL_SHAPES_H

#include "model/comparison/shape.h"
#include "model/comparison/verdict.h"

#define SHAPES_ROUNDS 101
#define SHAPES_FEW    3	  /* fewer rounds than this do not show how far rounds differ */
#define SHAPES_BUSY   0.1 /* share of the CPUs' time: others that used more disturbed a round */

struct shapes_side {
	char command[256];
	struct shape all;
	size_t rounds;
	__u64 elapsed[SHAPES_ROUNDS]; /* ns, in their order */
	double others[SHAPES_ROUNDS]; /* share of the CPUs' time that others used */
	/* What separate address spaces cost at most, ns in all rounds; NaN: not known */
	double address_space_ns;
	bool from_price_list; /* that is: not from this run's own distributions */
};

struct shapes {
	char host[65], kernel[65];
	int cpus;
	struct shapes_side side[2];
	struct verdict verdict;
};

void shapes__add(struct shapes *shapes, int side, const struct shape *run);

/*
 * When all rounds are over.  process_extra: what a process switch costs more than a thread
 * switch by this machine's price list, ns; NaN without one.
 */
void shapes__judge(struct shapes *shapes, double process_extra);

/* Of the rounds, ns; 0 without any. */
__u64 shapes_side__elapsed(const struct shapes_side *side, double share);

/* Rounds in which others used more than SHAPES_BUSY. */
size_t shapes_side__disturbed(const struct shapes_side *side, double *ret_most);

#endif
