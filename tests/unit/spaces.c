/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What code was mapped where, and when. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "callstack/address_spaces.h"

static void map(struct spaces *spaces, __u32 pid, __u64 start, __u32 file, __u64 since_ns)
{
	struct mapping mapping = {
		.start = start, .end = start + 0x1000, .file = file, .since_ns = since_ns
	};

	cr_assert_eq(spaces__map(spaces, pid, &mapping), 0);
}

static __u32 file_at(const struct spaces *spaces, __u32 pid, __u64 address, __u64 time_ns)
{
	const struct mapping *mapping = spaces__find(spaces, pid, address, time_ns);

	return mapping ? mapping->file : 0;
}

Test(spaces, a_later_mapping_covers_an_earlier)
{
	struct spaces *spaces = spaces__new();

	map(spaces, 1, 0x1000, 7, 10);
	map(spaces, 1, 0x1000, 8, 20);
	cr_expect_eq(file_at(spaces, 1, 0x1fff, 15), 7);
	cr_expect_eq(file_at(spaces, 1, 0x1000, 25), 8);
	cr_expect_eq(file_at(spaces, 1, 0x2000, 25), 0);
	cr_expect_eq(file_at(spaces, 1, 0x1000, 5), 0, "not yet mapped");
	cr_expect_eq(file_at(spaces, 2, 0x1000, 25), 0, "of another process");
	spaces__free(spaces);
}

/* A child has what its parent had, and nothing that comes later. */
Test(spaces, a_fork_has_its_own)
{
	struct spaces *spaces = spaces__new();

	cr_assert_eq(spaces__exec(spaces, 1, 5), 0);
	map(spaces, 1, 0x1000, 7, 10);
	cr_assert_eq(spaces__fork(spaces, 2, 1, 20), 0);
	map(spaces, 1, 0x3000, 8, 30);
	map(spaces, 2, 0x5000, 9, 30);
	cr_expect_eq(file_at(spaces, 2, 0x1000, 40), 7);
	cr_expect_eq(file_at(spaces, 2, 0x3000, 40), 0);
	cr_expect_eq(file_at(spaces, 1, 0x5000, 40), 0);
	cr_expect(spaces__is_known(spaces, 2, 40));
	cr_expect_eq(spaces__parent(spaces, 2), 1);
	spaces__free(spaces);
}

/* After an exec other code lies there; a look at an earlier time still finds the old. */
Test(spaces, an_exec_begins_anew)
{
	struct spaces *spaces = spaces__new();

	map(spaces, 1, 0x1000, 7, 0);
	cr_expect_not(spaces__is_known(spaces, 1, 10));
	cr_assert_eq(spaces__exec(spaces, 1, 50), 0);
	map(spaces, 1, 0x1000, 9, 60);
	cr_expect(spaces__is_known(spaces, 1, 60));
	cr_expect_eq(file_at(spaces, 1, 0x1000, 40), 7);
	cr_expect_eq(file_at(spaces, 1, 0x1000, 70), 9);
	/* in the middle of it, the registers are still those of the caller */
	cr_expect_eq(file_at(spaces, 1, 0x1000, 55), 7);
	spaces__free(spaces);
}

Test(spaces, all_are_those_that_are_not_covered)
{
	struct spaces *spaces = spaces__new();
	struct mapping *all;
	size_t count;

	map(spaces, 1, 0x3000, 3, 0);
	map(spaces, 1, 0x1000, 1, 0);
	map(spaces, 1, 0x3000, 4, 10);
	map(spaces, 1, 0x5000, 5, 90);
	all = spaces__all(spaces, 1, 20, &count);
	cr_assert_eq(count, 2);
	cr_expect_eq(all[0].file, 1);
	cr_expect_eq(all[1].file, 4);
	free(all);
	cr_expect_null(spaces__all(spaces, 2, 20, &count));
	cr_expect_eq(count, 0);
	spaces__free(spaces);
}

Test(spaces, what_ended_is_forgotten_later)
{
	struct spaces *spaces = spaces__new();

	map(spaces, 1, 0x1000, 7, 0);
	spaces__end(spaces, 1, 100);
	spaces__forget(spaces, 50);
	cr_expect_eq(file_at(spaces, 1, 0x1000, 90), 7);
	spaces__forget(spaces, 150);
	cr_expect_eq(file_at(spaces, 1, 0x1000, 90), 0);
	cr_assert_eq(spaces__fork(spaces, 1, 9, 200), 0, "its number again");
	cr_expect_eq(file_at(spaces, 1, 0x1000, 210), 0);
	spaces__free(spaces);
}
