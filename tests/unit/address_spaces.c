/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What code was mapped where, and when. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "callstack/address_spaces.h"

static void map(struct address_spaces *address_spaces, __u32 pid, __u64 start, __u32 file,
		__u64 since_ns)
{
	struct mapping mapping = {
		.start = start, .end = start + 0x1000, .file = file, .since_ns = since_ns
	};

	cr_assert_eq(address_spaces__map(address_spaces, pid, &mapping), 0);
}

static __u32 file_at(const struct address_spaces *address_spaces, __u32 pid, __u64 address,
		     __u64 time_ns)
{
	const struct mapping *mapping = address_spaces__find(address_spaces, pid, address, time_ns);

	return mapping ? mapping->file : 0;
}

Test(address_spaces, a_later_mapping_covers_an_earlier)
{
	struct address_spaces *address_spaces = address_spaces__new();

	map(address_spaces, 1, 0x1000, 7, 10);
	map(address_spaces, 1, 0x1000, 8, 20);
	cr_expect_eq(file_at(address_spaces, 1, 0x1fff, 15), 7);
	cr_expect_eq(file_at(address_spaces, 1, 0x1000, 25), 8);
	cr_expect_eq(file_at(address_spaces, 1, 0x2000, 25), 0);
	cr_expect_eq(file_at(address_spaces, 1, 0x1000, 5), 0, "not yet mapped");
	cr_expect_eq(file_at(address_spaces, 2, 0x1000, 25), 0, "of another process");
	address_spaces__free(address_spaces);
}

/* A child has what its parent had, and nothing that comes later. */
Test(address_spaces, a_fork_has_its_own)
{
	struct address_spaces *address_spaces = address_spaces__new();

	cr_assert_eq(address_spaces__exec(address_spaces, 1, 5), 0);
	map(address_spaces, 1, 0x1000, 7, 10);
	cr_assert_eq(address_spaces__fork(address_spaces, 2, 1, 20), 0);
	map(address_spaces, 1, 0x3000, 8, 30);
	map(address_spaces, 2, 0x5000, 9, 30);
	cr_expect_eq(file_at(address_spaces, 2, 0x1000, 40), 7);
	cr_expect_eq(file_at(address_spaces, 2, 0x3000, 40), 0);
	cr_expect_eq(file_at(address_spaces, 1, 0x5000, 40), 0);
	cr_expect(address_spaces__is_known(address_spaces, 2, 40));
	cr_expect_eq(address_spaces__parent(address_spaces, 2), 1);
	address_spaces__free(address_spaces);
}

/* After an exec other code lies there; a look at an earlier time still finds the old. */
Test(address_spaces, an_exec_begins_anew)
{
	struct address_spaces *address_spaces = address_spaces__new();

	map(address_spaces, 1, 0x1000, 7, 0);
	cr_expect_not(address_spaces__is_known(address_spaces, 1, 10));
	cr_assert_eq(address_spaces__exec(address_spaces, 1, 50), 0);
	map(address_spaces, 1, 0x1000, 9, 60);
	cr_expect(address_spaces__is_known(address_spaces, 1, 60));
	cr_expect_eq(file_at(address_spaces, 1, 0x1000, 40), 7);
	cr_expect_eq(file_at(address_spaces, 1, 0x1000, 70), 9);
	/* in the middle of it, the registers are still those of the caller */
	cr_expect_eq(file_at(address_spaces, 1, 0x1000, 55), 7);
	address_spaces__free(address_spaces);
}

Test(address_spaces, all_are_those_that_are_not_covered)
{
	struct address_spaces *address_spaces = address_spaces__new();
	struct mapping *all;
	size_t count;

	map(address_spaces, 1, 0x3000, 3, 0);
	map(address_spaces, 1, 0x1000, 1, 0);
	map(address_spaces, 1, 0x3000, 4, 10);
	map(address_spaces, 1, 0x5000, 5, 90);
	all = address_spaces__all(address_spaces, 1, 20, &count);
	cr_assert_eq(count, 2);
	cr_expect_eq(all[0].file, 1);
	cr_expect_eq(all[1].file, 4);
	free(all);
	cr_expect_null(address_spaces__all(address_spaces, 2, 20, &count));
	cr_expect_eq(count, 0);
	address_spaces__free(address_spaces);
}

/* Two that lie side by side, and two of which the later one hides half of the earlier. */
Test(address_spaces, what_is_half_covered_is_left_out)
{
	static const struct {
		__u64 first, second;
		size_t count;
		__u32 file;
	} cases[] = {
		{ 0x1000, 0x2000, 2, 1 }, { 0x2000, 0x1000, 2, 2 }, { 0x1000, 0x1fff, 1, 2 },
		{ 0x1fff, 0x1000, 1, 2 }, { 0x1000, 0x1800, 1, 2 }, { 0x1000, 0x1000, 1, 2 },
	};
	size_t i, count;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address_spaces *address_spaces = address_spaces__new();
		struct mapping *all;

		map(address_spaces, 1, cases[i].first, 1, 0);
		map(address_spaces, 1, cases[i].second, 2, 10);
		all = address_spaces__all(address_spaces, 1, 20, &count);
		cr_assert_eq(count, cases[i].count, "case %zu", i);
		cr_expect_eq(all[0].file, cases[i].file, "case %zu", i);
		free(all);
		/* by when each has been mapped, to the ns */
		all = address_spaces__all(address_spaces, 1, 10, &count);
		cr_expect_eq(count, cases[i].count);
		free(all);
		all = address_spaces__all(address_spaces, 1, 9, &count);
		cr_expect_eq(count, 1);
		free(all);
		address_spaces__free(address_spaces);
	}
}

static __u32 gone[4];
static size_t gone_count;

static void note_gone(void *context, __u32 pid)
{
	(void)context;
	gone[gone_count++ % 4] = pid;
}

Test(address_spaces, what_ended_is_forgotten_later)
{
	struct address_spaces *address_spaces = address_spaces__new();

	map(address_spaces, 1, 0x1000, 7, 0);
	address_spaces__end(address_spaces, 1, 100);
	address_spaces__forget(address_spaces, 50, note_gone, NULL);
	cr_expect_eq(gone_count, 0);
	cr_expect_eq(file_at(address_spaces, 1, 0x1000, 90), 7);
	address_spaces__forget(address_spaces, 150, note_gone, NULL);
	cr_expect(gone_count == 1 && gone[0] == 1);
	cr_expect_eq(file_at(address_spaces, 1, 0x1000, 90), 0);
	cr_assert_eq(address_spaces__fork(address_spaces, 1, 9, 200), 0, "its number again");
	cr_expect_eq(file_at(address_spaces, 1, 0x1000, 210), 0);
	address_spaces__free(address_spaces);
}
