/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's side has been taught (frame_rule.h), and of which place in which file.
 * A stack that it has followed by rules alone is believed as long as the same code lies
 * at the same addresses: another library can take the place of one that is gone.
 */
#ifndef CALLSTACK_FRAME_RULES_H
#define CALLSTACK_FRAME_RULES_H

#include <linux/types.h>

#include "frame_rule.h"

struct known_rule {
	__u64 key; /* rule_key(); 0: none */
	__u64 rule;
	__u64 at;   /* in the file */
	__u32 file; /* of dso_cache */
	__u32 why;  /* RULE_END: enum unwind_why */
};

struct frame_rules;

struct frame_rules_usage {
	__u64 count, room; /* rules that there are, and that fit */
	__u64 pushed_out;  /* those that made room for others, so far */
	__u64 bytes;
};

struct frame_rules *frame_rules__new(void); /* NULL without memory */
void frame_rules__free(struct frame_rules *rules);

/* One of the same key is replaced; of a full bucket one goes. */
void frame_rules__put(struct frame_rules *rules, const struct known_rule *rule);
const struct known_rule *frame_rules__find(const struct frame_rules *rules,
					   __u64 key); /* or NULL */

struct frame_rules_usage frame_rules__usage(const struct frame_rules *rules);

#endif
