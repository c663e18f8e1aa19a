/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this machine asks for switching, waking and creating, measured on the quiet
 * machine without BPF and without privileges: the yardstick for what a traced run paid.
 *
 * Every price is measured once a round, in a process of its own, and rounds are
 * interleaved: what disturbs the machine for a moment disturbs one sample of each price
 * instead of all samples of one.
 */
#ifndef PRICE_PRICE_H
#define PRICE_PRICE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "price/machine.h"

#define PRICE_ROUNDS_MAX  101
#define PRICE_EARLIER_MAX 4

enum price_what {
	PRICE_HANDOFF, /* one task wakes the other and goes to sleep: half a round trip */
	PRICE_ALONE,   /* the same touching of memory by one task, without hand-offs */
	PRICE_CREATE,  /* the call that creates, until it returns to the creator */
	PRICE_COW,     /* the first write to a page after a fork */
	PRICE_WHATS
};

/* Two tasks that take turns: two threads, or two processes. */
enum price_shape { SHAPE_NONE, SHAPE_THREAD, SHAPE_PROCESS, PRICE_SHAPES };

/* How the one wakes the other. */
enum price_channel {
	CHANNEL_NONE,
	CHANNEL_FUTEX,
	CHANNEL_PIPE,
	CHANNEL_EVENTFD,
	CHANNEL_UNIX,
	CHANNEL_TCP,
	CHANNEL_SIGNAL,
	PRICE_CHANNELS
};

/* What is created. */
enum price_call { CALL_NONE, CALL_THREAD, CALL_SPAWN, CALL_VFORK, CALL_FORK, PRICE_CALLS };

struct price_key {
	enum price_what what;
	enum price_shape shape;
	enum price_channel channel;
	enum price_call call;
	bool other_cpu; /* the two run on two CPUs, not on one */
	__u64 bytes;	/* touched by each between two hand-offs; resident at a fork */
};

struct price {
	struct price_key key;
	unsigned int every; /* measured in each so-manieth round: it takes long */
	size_t count;
	double ns[PRICE_ROUNDS_MAX]; /* ascending once the rounds are over */
	char unavailable[96];	     /* why there is none; "" */
	double earlier
		[PRICE_EARLIER_MAX]; /* medians of the calibrations before, newest first, ns */
	size_t earlier_count;
};

struct price_list {
	struct price_machine machine;
	unsigned int rounds;
	double disturbed; /* share of the CPUs' time that others used meanwhile; < 0: unknown */
	double spread;	  /* of the direct price of a thread switch: (p75 - p25) / p50 */
	struct price *prices;
	size_t count;
};

/* As they are called in JSON and on the page. */
extern const char *const price_whats[PRICE_WHATS], *const price_shapes[PRICE_SHAPES],
							   *const price_channels[PRICE_CHANNELS],
								   *const price_calls[PRICE_CALLS];

/* The value below which `share` of the samples lie, by linear interpolation, ns; NaN of none. */
double price__quantile(const struct price *price, double share);

bool price_key__same(const struct price_key *a, const struct price_key *b);

/* NULL: not in the list, or it has no sample. */
const struct price *price_list__find(const struct price_list *list, const struct price_key *key);

/*
 * What address spaces cost: the median over rounds of the difference between the direct
 * hand-off of two processes and that of two threads on one CPU, ns; NaN: not known.
 */
double price_list__process_extra(const struct price_list *list, enum price_channel channel);

/*
 * What `bytes` of memory cost more to touch after the other task has run on the same CPU:
 * the growth of the hand-off with the working set, less the same touching without hand-offs.
 * By medians, ns; NaN: not known.
 */
double price_list__indirect(const struct price_list *list, enum price_shape shape, __u64 bytes);

/*
 * How far the middle halves of the rounds of those three lie from their medians, taken together:
 * within so much the indirect price is not known.  NaN: of fewer than three rounds.
 */
double price_list__indirect_spread(const struct price_list *list, enum price_shape shape,
				   __u64 bytes);

/* A machine on which prices mean little: others were busy, or the spread is wide. */
bool price_list__is_noisy(const struct price_list *list);

/*
 * Keeps the medians of `before`, an older list of the same machine, beside those of list, and those
 * that it had kept of lists before.  Of a noisy list only the latter.
 */
void price_list__remember(struct price_list *list, const struct price_list *before);

/* How often this machine was calibrated, as far as it is kept; this time included. */
size_t price_list__calibrations(const struct price_list *list);

/*
 * By what factor the medians of the calibrations that are kept lie apart, this one included; 1 of a
 * single one, NaN of none.  Within one calibration rounds may agree on a price that is another an
 * hour later: of a virtual machine, the host decides how far its CPUs lie apart.
 */
double price__drift(const struct price *price);

/* It does not hold: the medians lie further apart than 15%. */
bool price__moves(const struct price *price);

void price_list__free(struct price_list *list);

#endif
