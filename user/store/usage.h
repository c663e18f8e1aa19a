/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Up to which period entries of a profile are needed, by their numbers.  These only grow, and most
 * of the old ones are forgotten: numbers that lie together and are all unknown take no room.
 */
#ifndef STORE_USAGE_H
#define STORE_USAGE_H

#include <linux/types.h>
#include <stddef.h>

struct usage {
	__u32 **chunks;
	size_t count, room;
};

/* It is needed up to this period at least.  0 or -ENOMEM. */
int usage__note(struct usage *usage, __u32 number, __u32 period);
__u32 usage__get(const struct usage *usage, __u32 number); /* 0: in none */
void usage__free(struct usage *usage);

#endif
