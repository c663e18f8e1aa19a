/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The measurements themselves.  Each runs in a process of its own (price/apart.h), stores
 * one sample in ns and returns 0 or a negative errno.
 */
#ifndef PRICE_MEASURE_H
#define PRICE_MEASURE_H

#include "price/apart.h"

/* A batch of this length gives one sample. */
#define PRICE_BATCH_NS 3000000ULL

int price__handoff(const struct price_key *key, const struct price_cpus *cpus, double *ret_ns);
int price__alone(const struct price_key *key, const struct price_cpus *cpus, double *ret_ns);
int price__create(const struct price_key *key, const struct price_cpus *cpus, double *ret_ns);
int price__cow(const struct price_key *key, const struct price_cpus *cpus, double *ret_ns);

/* Private memory of 4 KiB pages, all of them written once; NULL: there is none. */
char *price__memory(__u64 bytes);

#endif
