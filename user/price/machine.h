/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which machine prices belong to: with another kernel or CPU they are others. */
#ifndef PRICE_MACHINE_H
#define PRICE_MACHINE_H

#include <linux/types.h>
#include <stdbool.h>

struct price_machine {
	char host[65];
	char kernel[130];	/* release and build */
	char cpu[96];		/* model name */
	char microcode[32];	/* "" where the CPU does not say */
	char mitigations[1024]; /* those that are in effect, as the kernel tells them */
	unsigned int cpus;
	__u64 cache_bytes; /* last-level cache; 0: not known */
	__u64 time_ns;	   /* CLOCK_REALTIME of the measurement */
};

void price_machine__read(struct price_machine *machine);

/* What differs, for people; NULL: prices of the one are prices of the other. */
const char *price_machine__differs(const struct price_machine *then,
				   const struct price_machine *now);

#endif
