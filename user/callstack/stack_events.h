/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks that the kernel's side has sent: they wait here to be unwound, and are known by their number
 * from then on.
 */
#ifndef CALLSTACK_STACK_EVENTS_H
#define CALLSTACK_STACK_EVENTS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "callstack/symbolization.h"

struct number;
struct packed;

struct sights {
	struct number *numbers;
	struct packed **list; /* that wait, the oldest first */
	__u64 *scratch;
	size_t count, room;
	size_t bytes; /* of them, and */
	size_t bytes_max;
	size_t known; /* numbers */
	__u64 left;   /* that found no room */
};

/* What it takes, about. */
size_t sights__bytes(const struct sights *sights);

/* A copy; what finds no room is not known later.  0 or -ENOMEM. */
int sights__take(struct sights *sights, const struct sight *sight);

/*
 * Unwinds the oldest of them, up to so many.  Meanwhile more may come in: they are for the next
 * time.
 */
int sights__resolve(struct sights *sights, struct code *code, size_t most);

/* Stores the stack of the profile, 0 if it still waits.  False: nobody has seen it. */
bool sights__find(const struct sights *sights, __u64 id, __u32 *ret_stack);

void sights__free(struct sights *sights);

#endif
