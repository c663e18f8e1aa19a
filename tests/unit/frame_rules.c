/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many rules are known, and what they take, whatever they are. */
#include "callstack/frame_rules.h"

#include "unit.h"

static struct frame_rules *rules;

static void begin(void)
{
	rules = frame_rules__new();
	cr_assert_not_null(rules);
}

static void end(void)
{
	frame_rules__free(rules);
}

TestSuite(frame_rules, .init = begin, .fini = end);

static void put(__u64 key, __u64 rule)
{
	frame_rules__put(rules, &(struct known_rule){ .key = key, .rule = rule });
}

static void expect(__u64 count, __u64 pushed_out)
{
	struct frame_rules_usage usage = frame_rules__usage(rules);

	SAME(usage.count, count);
	SAME(usage.pushed_out, pushed_out);
	SAME(usage.room, 131072);
	cr_expect(usage.bytes >= 131072 * sizeof(struct known_rule) && usage.bytes < 6 << 20,
		  "%llu bytes", usage.bytes);
}

Test(frame_rules, each_place_counts_once)
{
	expect(0, 0);
	put(rule_key(1, 0x1000), RULE_END);
	put(rule_key(1, 0x1000), RULE_STUCK);
	expect(1, 0);
	put(rule_key(2, 0x1000), RULE_END);
	expect(2, 0);
	SAME(frame_rules__find(rules, rule_key(1, 0x1000))->rule, RULE_STUCK);
}

/* Keys of one bucket: the fifth makes room for itself, and the table does not grow. */
Test(frame_rules, a_full_bucket)
{
	__u64 i;

	for (i = 0; i < 5; i++)
		put(i << 1 | 1, RULE_END);
	expect(4, 1);
	put(4 << 1 | 1, RULE_STUCK);
	expect(4, 1);
	SAME(frame_rules__find(rules, 4 << 1 | 1)->rule, RULE_STUCK);
}

Test(frame_rules, more_than_there_is_room_for)
{
	const __u64 all = 1 << 20;
	struct frame_rules_usage usage;
	__u64 i;

	for (i = 0; i < all; i++)
		put(rule_key(7, 16 * i), RULE_END);
	usage = frame_rules__usage(rules);
	cr_expect(usage.count <= usage.room && usage.count > usage.room * 9 / 10, "%llu",
		  usage.count);
	SAME(usage.count + usage.pushed_out, all);
}
