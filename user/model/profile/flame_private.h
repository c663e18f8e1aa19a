/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What flame.c, which adds up, flame_names.c and flame_tree.c, which makes the tree, share. */
#ifndef MODEL_FLAME_PRIVATE_H
#define MODEL_FLAME_PRIVATE_H

#include <uthash.h>

#include "model/profile/flame.h"

struct name_entry {
	struct flame_name name;
	__u32 number;
	char *key; /* a letter for the kind, then the text */
	UT_hash_handle hh;
};

/* An array of numbers that grows. */
struct numbers {
	__u32 *at;
	size_t count, room;
};

/* The names of a frame, outermost first: a part of flame_side.frame_names. */
struct frame_part {
	size_t at;
	__u32 count;
	bool known;
};

struct flame_side {
	const struct profile *profile;
	__u32 threads;	    /* that there were at the beginning */
	__u32 *roots;	    /* by thread: a name (by_thread: the thread), or one of the below */
	bool *paying;	    /* by thread: it has something of the metric */
	struct keyset keys; /* root, stack, waker + 1 or 0 */
	__s64 *values;	    /* flame->width for each key */
	__u32 value_room;   /* in keys */
	__u64 seen, taken, duration_ns;
	__s64 total;
	struct frame_part *parts; /* by frame; while the tree is made */
	struct numbers frame_names;
	struct keyset memo_keys; /* root, stack, node that it is below */
	__u32 *memo;		 /* their nodes */
	__u32 memo_room;
};

#define ROOT_NOT_ASKED 0
#define ROOT_LEFT_OUT  0xffffffffU

struct flame {
	struct flame_options options;
	struct flame_side sides[2];
	int side_count;
	int width; /* values for each key; with options.waits see enum flame_value */
	bool by_waker, by_thread;
	struct flame_idle idle;

	struct name_entry *name_hash;
	struct name_entry **names; /* by number, from 1 */
	__u32 name_count, name_room;

	struct numbers pools;	 /* by name of a pool: the only name in it, or POOL_OF_MANY */
	struct keyset node_keys; /* parent, name */
	struct flame_node *nodes;
	__s64 *self[2], *totals[2];
	__u32 node_room;
};

#define POOL_OF_MANY 0xffffffffU

enum flame_value { VALUE_METRIC, VALUE_WAITED, VALUE_WAITS, FLAME_VALUES };

/* Sums of hostile recordings may wrap, but not trap. */
static inline __s64 add(__s64 a, __s64 b)
{
	return (__s64)((__u64)a + (__u64)b);
}

/* The number of a name, new or not; text need not be valid.  0 without memory. */
__u32 flame__intern(struct flame *flame, enum flame_kind kind, const char *text,
		    const char *suffix);

/* The names of a frame, found once.  Returns 0 or -ENOMEM. */
int flame__part(struct flame *flame, struct flame_side *side, __u32 frame,
		struct frame_part *ret_part);

/* What a thread's samples are below; 0 without memory. */
__u32 flame__task_name(struct flame *flame, const struct flame_side *side, __u32 thread);
__u32 flame__member_name(struct flame *flame, const struct flame_side *side, __u32 thread);

/* Finds the pools of threads that pay.  Returns 0 or -ENOMEM. */
int flame__find_pools(struct flame *flame);

/* Finds what waited through the run. */
void flame__find_idle(struct flame *flame);

/* NULL: the sum belongs to the others; else what it is set apart as. */
const char *flame__apart(const struct flame *flame, int side, const struct flame_sum *sum);

/* Returns 0, or -ENOMEM, also for the number 0: what it came from had no memory. */
int numbers__add(struct numbers *numbers, __u32 number);

#endif
