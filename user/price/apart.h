/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One measurement in a process of its own: what it starts, maps and pins ends with it. */
#ifndef PRICE_APART_H
#define PRICE_APART_H

#include "price/price.h"

/* CPUs that the measured tasks are pinned to. */
struct price_cpus {
	int first, second; /* second < 0: there is only one */
};

/* The first two CPUs that we may use, of different cores if possible. */
void price_cpus__choose(struct price_cpus *cpus);

/* Pins the calling task to one CPU.  Returns 0 or a negative errno. */
int price_cpus__pin(int cpu);

/*
 * Calls `measure` in a new process, which stores ns and returns 0 or a negative errno.
 * One that takes longer than 20 s is killed with all that it started: -ETIMEDOUT.
 */
int price__apart(int (*measure)(const struct price_key *key, const struct price_cpus *cpus,
				double *ret_ns),
		 const struct price_key *key, const struct price_cpus *cpus, double *ret_ns);

#endif
