/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that tells the kernel's side the way from a frame to its caller. */
#include "trace/rules.h"

#include <stdlib.h>

#include "unit.h"

static struct rule_bucket *buckets;

static void begin(void)
{
	buckets = calloc(1 << RULE_BITS, sizeof(*buckets));
}

static void end(void)
{
	free(buckets);
}

TestSuite(rules, .init = begin, .fini = end);

static unsigned long long find(unsigned long long key)
{
	struct rule_bucket *bucket = &buckets[rule_slot(key)];
	int i;

	for (i = 0; i < RULE_WAYS; i++) {
		if (bucket->way[i].key == key)
			return bucket->way[i].rule;
	}
	return RULE_NONE;
}

Test(rules, one_replaces_another_of_the_same_place)
{
	unsigned long long key = rule_key(7, 0x401000);

	rules__put(buckets, key, RULE(RULE_SP, 3, 1, RULE_FP_KEPT, 0));
	rules__put(buckets, key, RULE_END);
	SAME(find(key), RULE_END);
	SAME(buckets[rule_slot(key)].way[1].key, 0);
}

Test(rules, places_of_other_spaces_are_others)
{
	cr_expect_neq(rule_key(1, 0x401000), rule_key(2, 0x401000));
	cr_expect_neq(rule_key(1, 0x401000), rule_key(1, 0x401001));
	cr_expect_neq(rule_key(0x401000, 0x401000), 0);
}

/* They are many more than fit: the last one is always there, and no bucket is torn. */
Test(rules, full_buckets_make_room)
{
	unsigned long long i;
	size_t at, way, held = 0;

	for (i = 0; i < 4ULL << RULE_BITS; i++) {
		rules__put(buckets, rule_key(3, 16 * i), RULE(RULE_SP, i & 1023, 1, 0, 0));
		SAME(find(rule_key(3, 16 * i)), RULE(RULE_SP, i & 1023, 1, 0, 0));
	}
	for (at = 0; at < 1 << RULE_BITS; at++) {
		for (way = 0; way < RULE_WAYS; way++)
			held += buckets[at].way[way].key != 0;
	}
	cr_expect_gt(held, 3UL << RULE_BITS, "%zu", held);
}

Test(rules, what_is_put_into_a_rule_comes_out)
{
	unsigned long long rule =
		RULE(RULE_AT_FP, RULE_CFA_MAX - 1, RULE_RA_MAX - 1, RULE_FP_SAVED, RULE_FP_MAX - 2);

	SAME(RULE_KIND(rule), RULE_AT_FP);
	SAME(RULE_CFA(rule), RULE_CFA_MAX - 1);
	SAME(RULE_RA(rule), RULE_RA_MAX - 1);
	SAME(RULE_HOW(rule), RULE_FP_SAVED);
	SAME(RULE_FP_AT(rule), RULE_FP_MAX - 2);
}
