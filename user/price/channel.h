/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways by which one task wakes another, each as a pair: wake the other, wait for it. */
#ifndef PRICE_CHANNEL_H
#define PRICE_CHANNEL_H

#include <sys/types.h>

#include "price/price.h"

/* Lies in memory that both tasks share; the descriptors are open in both. */
struct link {
	int read_fd[2], write_fd[2]; /* of side 0 and side 1 */
	volatile unsigned int turn;  /* futex: whose turn it is */
	pid_t process[2], task[2];   /* whom a signal goes to */
};

struct channel {
	/* Before the second task exists.  Returns 0 or a negative errno. */
	int (*open)(struct link *link);
	/* Wakes the other side; waits to be woken.  0 or a negative errno. */
	int (*wake)(struct link *link, int other);
	int (*wait)(struct link *link, int me);
};

/* By enum price_channel. */
extern const struct channel channels[PRICE_CHANNELS];

#endif
