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

struct code_rule {
	__u64 key; /* rule_key(); 0: none */
	__u64 rule;
	__u64 at;   /* in the file */
	__u32 file; /* of code_files */
	__u32 why;  /* RULE_END: enum walk_why */
};

struct code_rules;

struct code_rules *code_rules__new(void); /* NULL without memory */
void code_rules__free(struct code_rules *rules);

/* One of the same key is replaced; of a full bucket one goes. */
void code_rules__put(struct code_rules *rules, const struct code_rule *rule);
const struct code_rule *code_rules__find(const struct code_rules *rules, __u64 key); /* or NULL */

#endif
