/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "callstack/pack.h"
#include "unit.h"

TestSuite(pack);

static void round_trip(const unsigned char *bytes, size_t count, size_t most)
{
	__u64 *words = calloc(pack__room(count) + 1, sizeof(*words));
	unsigned char *back = malloc(count + 1);
	size_t used = pack__words(words, bytes, count);

	memset(back, 0xa5, count + 1);
	cr_expect_leq(used, pack__room(count));
	cr_expect_leq(used, most);
	cr_expect_eq(pack__unpack(back, count, words), used);
	cr_expect_eq(memcmp(back, bytes, count), 0, "%zu bytes are not the same", count);
	cr_expect_eq(back[count], 0xa5);
	free(words);
	free(back);
}

Test(pack, whatever_is_in_it_comes_back)
{
	unsigned char bytes[2000] = { 0 };
	size_t i, count;

	round_trip(bytes, sizeof(bytes), 4);
	round_trip(bytes, 0, 0);
	for (i = 0; i < sizeof(bytes); i += 97)
		bytes[i] = (unsigned char)(i + 1);
	for (count = 1; count < sizeof(bytes); count += 13)
		round_trip(bytes, count, pack__room(count));
	memset(bytes, 255, sizeof(bytes));
	round_trip(bytes, sizeof(bytes), 254);
}
