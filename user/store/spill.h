/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transaction for which a recording that rolls on has no room yet.  Inside the store only. */
#ifndef STORE_SPILL_H
#define STORE_SPILL_H

#include "store/writer.h"

void spill__note_begin(struct store_writer *writer);

/*
 * Takes what the transaction has put out of it, rolls it back, forgets the oldest periods until there
 * is room for what it took, and puts the same again: the transaction then fits, and goes on.
 */
int writer__fit_burst(struct store_writer *writer, __u64 taken, struct failure *failure);

#endif
