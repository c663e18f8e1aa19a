/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"

#include <linux/types.h>

#include "unit.h"

struct fact {
	struct fact_key {
		__u64 a, b;
	} key;
	int value;
	UT_hash_handle hh;
};

Test(hash, what_is_there_is_found_and_what_is_not_is_made)
{
	const struct fact_key one = { 1, 2 }, other = { 1, 3 };
	struct fact *facts = NULL, *fact = HASH_GET(facts, key, &one);

	cr_assert(fact);
	SAME(fact->key.b, 2);
	SAME(fact->value, 0);
	fact->value = 41;
	SAME(HASH_GET(facts, key, &other)->value, 0);
	SAME(HASH_GET(facts, key, &one)->value, 41);
	SAME(HASH_COUNT(facts), 2);
	HASH_FREE_ALL(facts);
	cr_assert_null(facts);
	HASH_FREE_ALL(facts); /* nothing in it */
	SAME(HASH_GET(facts, key, &one)->value, 0);
	HASH_FREE_ALL(facts);
}
