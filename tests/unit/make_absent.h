/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rich summary in which one thing is missing, 0 or 1. */
#ifndef TESTS_UNIT_MAKE_ABSENT_H
#define TESTS_UNIT_MAKE_ABSENT_H

#include "model/switching/summary.h"

struct absent {
	char name[64];
	void (*remove)(struct summary *summary, int which);
	int which;
};

/* All of them, one at a time. */
const struct absent *absents(size_t *ret_count);

#endif
