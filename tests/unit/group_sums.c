/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of groups only grow, and there are so many groups at most. */
#include "model/machine/group_sums.h"

#include <stdio.h>
#include <string.h>

#include "make_rich.h"
#include "unit.h"

static struct group_sums sums;
static struct groups period;
static struct group groups[8];
static char texts[8][32];

static void end(void)
{
	size_t i;

	HASH_CLEAR(hh, period.names);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		row__clear(&groups[i].row);
	group_sums__free(&sums);
}

TestSuite(group_sums, .fini = end);

/* The i-th group of the period. */
static void add_group(size_t i, const char *name, __u64 switches)
{
	struct group *group = &groups[i];

	snprintf(texts[i], sizeof(texts[i]), "%s", name);
	group->name = texts[i];
	group->processes = 1;
	group->threads = 3;
	group->row.n[C_VOLUNTARY] = switches;
	HASH_ADD_KEYPTR(hh, period.names, group->name, strlen(group->name), group);
}

static void take_period(__u64 now_ns)
{
	cr_assert_eq(group_sums__add(&sums, &period, now_ns), 0);
	HASH_CLEAR(hh, period.names);
	memset(groups, 0, sizeof(groups));
}

static const struct group_sum *find(const char *name)
{
	struct group_sum *sum;

	HASH_FIND_STR(sums.names, name, sum);
	return sum;
}

static __u64 switches_of(const char *name)
{
	const struct group_sum *sum = find(name);

	return sum ? row__switches(&sum->row) : 0;
}

Test(group_sums, what_has_ended_stays_in_the_sum)
{
	sums.most = 10;
	add_group(0, "a", 17);
	take_period(1);
	SAME(find("a")->threads, 3);
	take_period(2);
	SAME(switches_of("a"), 17);
	SAME(find("a")->threads, 0);
	add_group(0, "a", 5);
	take_period(3);
	SAME(switches_of("a"), 22);
}

Test(group_sums, who_finds_no_room_is_in_other)
{
	sums.most = 2;
	add_group(0, "a", 1);
	add_group(1, "b", 2);
	add_group(2, "c", 4);
	add_group(3, "d", 8);
	take_period(1);
	SAME(HASH_COUNT(sums.names), 2);
	SAME(sums.in_other, 2);
	SAME(row__switches(&sums.other->row), 12);
	SAME(sums.other->threads, 6);
	add_group(0, "c", 16);
	take_period(2);
	SAME(sums.in_other, 1);
	SAME(row__switches(&sums.other->row), 28);
	SAME(sums.dropped, 0);
}

Test(group_sums, a_group_that_is_called_other_is_among_the_others)
{
	sums.most = 2;
	add_group(0, GROUP_OTHER, 3);
	take_period(1);
	SAME(HASH_COUNT(sums.names), 0);
	SAME(row__switches(&sums.other->row), 3);
	SAME(sums.in_other, 0);
}

Test(group_sums, who_is_long_gone_makes_room)
{
	sums.most = 2;
	add_group(0, "old", 1);
	add_group(1, "lives", 2);
	take_period(1);
	add_group(0, "lives", 2);
	add_group(1, "new", 4);
	take_period(GROUP_QUIET_NS);
	SAME(sums.in_other, 1); /* not long enough */
	add_group(0, "new", 4);
	add_group(1, "lives", 2);
	take_period(GROUP_QUIET_NS + 1);
	cr_expect_null(find("old"));
	SAME(switches_of("new"), 4);
	SAME(switches_of("lives"), 6);
	SAME(sums.dropped, 1);
	SAME(sums.in_other, 0);
}

/* A page on which a name is twice is refused as a whole. */
Test(group_sums, names_that_are_printed_alike_are_one)
{
	sums.most = 10;
	add_group(0, "x\xff", 1);
	add_group(1, "x\xfe", 2);
	add_group(2, "x\x01", 4);
	add_group(3, "x\x02", 8);
	take_period(1);
	SAME(HASH_COUNT(sums.names), 2);
	SAME(switches_of("x\xef\xbf\xbd"), 3);
}

Test(group_sums, a_mark_parts_what_came_before_from_what_comes_after)
{
	sums.most = 10;
	add_group(0, "a", 17);
	take_period(1);
	group_sums__mark(&sums);
	SAME(find("a")->recent.switches, 17);
	add_group(0, "a", 5);
	take_period(2);
	SAME(find("a")->recent.switches, 17);
	group_sums__mark(&sums);
	SAME(find("a")->recent.switches, 5);
}
