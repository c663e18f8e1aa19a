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
	__u32 *roots;	    /* by thread: a name (raw: the thread), or one of the below */
	struct keyset keys; /* root, stack, waker + 1 or 0 */
	__s64 *values;	    /* flame->width for each key */
	__u32 value_room;   /* in keys */
	__u64 seen, taken;
	__s64 total;
	struct frame_part *parts; /* by frame; while the tree is made */
	struct numbers frame_names;
	struct keyset memo_keys; /* root, stack */
	__u32 *memo;		 /* their nodes */
	__u32 memo_room;
};

#define ROOT_NOT_ASKED 0
#define ROOT_LEFT_OUT  0xffffffffU

struct flame {
	struct flame_options options;
	struct flame_side sides[2];
	int side_count;
	int width; /* values for each key */
	bool by_waker;

	struct name_entry *name_hash;
	struct name_entry **names; /* by number, from 1 */
	__u32 name_count, name_room;

	struct keyset node_keys; /* parent, name */
	struct flame_node *nodes;
	__s64 *self[2], *totals[2];
	__u32 node_room;
};

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

/* Returns 0, or -ENOMEM, also for the number 0: what it came from had no memory. */
int numbers__add(struct numbers *numbers, __u32 number);

#endif
