/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of rules of places in code, as the kernel's side reads it meanwhile. */
#ifndef TRACE_RULES_H
#define TRACE_RULES_H

#include "frame_rule.h"

/* buckets: 1 << RULE_BITS of them.  Of a full bucket, one rule makes room. */
void rules__put(struct rule_bucket *buckets, unsigned long long key, unsigned long long rule);

#endif
