/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in few bytes are the same numbers again. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "model/switching/packer.h"

#define MANY 300

static struct packer packer;

static void begin(void)
{
	packer = (struct packer){ 0 };
}

static void end(void)
{
	free(packer.bytes);
}

TestSuite(packer, .init = begin, .fini = end);

static void turn_round(void)
{
	cr_assert_eq(packer.err, 0);
	packer.reads = true;
	packer.at = 0;
}

/* Around each power of two, and so of each length in bytes and in sevenths of an octet. */
static __u64 edge(int i)
{
	return (1ULL << i / 3) - 1 + (__u64)(i % 3);
}

Test(packer, a_number_of_any_size)
{
	int i;

	for (i = 0; i < 3 * 64; i++)
		packer__number(&packer, edge(i));
	packer__number(&packer, ~0ULL);
	turn_round();
	for (i = 0; i < 3 * 64; i++)
		cr_expect_eq(packer__number(&packer, 0), edge(i), "number %d", i);
	cr_expect_eq(packer__number(&packer, 0), ~0ULL);
	cr_expect_eq(packer.at, packer.size);
}

Test(packer, figures_of_different_sizes)
{
	__u64 figures[16], back[16];
	size_t count, i, turn;

	for (count = 1; count <= 16; count++) {
		for (turn = 0; turn < 12; turn++) {
			for (i = 0; i < count; i++)
				figures[i] = edge((int)(turn * 16 + i * 7) % (3 * 64));
			figures[count - 1] = turn ? ~0ULL >> turn : ~0ULL;
			packer__figures(&packer, figures, count);
		}
	}
	turn_round();
	for (count = 1; count <= 16; count++) {
		for (turn = 0; turn < 12; turn++) {
			memset(back, 0xff, sizeof(back));
			packer__figures(&packer, back, count);
			for (i = 0; i + 1 < count; i++)
				cr_expect_eq(back[i], edge((int)(turn * 16 + i * 7) % (3 * 64)));
			cr_expect_eq(back[count - 1], turn ? ~0ULL >> turn : ~0ULL);
		}
	}
	cr_expect_eq(packer.at, packer.size);
}

Test(packer, figures_take_the_bytes_that_they_need)
{
	__u64 figures[] = { 0, 1, 0x100, 0 };

	packer__figures(&packer, figures, 4);
	cr_expect_eq(packer.size, 2 + 0 + 1 + 2 + 0);
}

/* Nothing but number `at`, from number `from` on. */
static void check_dense(__u64 *values, size_t from, size_t count)
{
	static __u64 back[2 * MANY];
	size_t i;

	begin();
	packer__dense(&packer, values, from, count);
	turn_round();
	memset(back, 0, sizeof(back));
	packer__dense(&packer, back, 0, 0);
	cr_expect_eq(packer.at, packer.size);
	for (i = 0; i < 2 * MANY; i++)
		cr_expect_eq(back[i], i >= from && i < from + count ? values[i - from] : 0,
			     "number %zu of %zu from %zu on", i, count, from);
	end();
}

Test(packer, dense_numbers)
{
	__u64 values[MANY] = { 0 };
	size_t at;

	check_dense(values, 0, 0);
	check_dense(values, 7, 12);
	for (at = 0; at < 12; at++) {
		values[at] = at + 1;
		check_dense(values, 4, 12);
	}
	values[3] = 0;
	values[0] = values[11] = 0;
	check_dense(values, 4, 12);
	values[5] = 0xff; /* the last that is a byte */
	check_dense(values, 100, 12);
	values[5] = 0x100;
	check_dense(values, 100, 12);
	values[6] = ~0ULL;
	check_dense(values, 100, 12);
	begin();
}

/* Those of a whole distribution: as many as there can be, and some more. */
Test(packer, dense_numbers_of_many)
{
	__u64 values[MANY] = { 0 };
	size_t at;

	for (at = 0; at < MANY; at++) {
		values[at] = at % 5;
		if (at % 16 == 15 || (at > 118 && at < 132))
			check_dense(values, 1, at + 1);
	}
	begin();
}

Test(packer, text_and_bytes)
{
	char text[16] = "a name", nothing[16] = "", back[16] = "something else";
	unsigned char raw[5000];
	size_t i;

	for (i = 0; i < sizeof(raw); i++)
		raw[i] = (unsigned char)(i * 7);
	packer__text(&packer, text);
	packer__raw(&packer, raw, sizeof(raw)); /* more than it has room for at first */
	packer__text(&packer, nothing);
	turn_round();
	packer__text(&packer, back);
	cr_expect_str_eq(back, "a name");
	memset(raw, 0, sizeof(raw));
	packer__raw(&packer, raw, sizeof(raw));
	for (i = 0; i < sizeof(raw); i++)
		cr_assert_eq(raw[i], (unsigned char)(i * 7));
	packer__text(&packer, back);
	cr_expect_str_eq(back, "");
}

Test(packer, begins_with_the_room_that_is_expected)
{
	packer.expected = 100000;
	packer__number(&packer, 1);
	cr_expect_eq(packer.room, 100000);
	cr_expect_eq(packer.size, 1);
}
