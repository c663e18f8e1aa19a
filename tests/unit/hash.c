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

static int freed;

static void free_fact(struct fact *fact)
{
	freed += fact->value;
	free(fact);
}

Test(hash, each_is_freed_once_by_who_knows_what_it_owns)
{
	const struct fact_key one = { 1, 2 }, other = { 1, 3 };
	struct fact *facts = NULL;

	HASH_GET(facts, key, &one)->value = 30;
	HASH_GET(facts, key, &other)->value = 7;
	HASH_FREE_ALL_BY(facts, free_fact);
	cr_assert_null(facts);
	SAME(freed, 37);
	HASH_FREE_ALL_BY(facts, free_fact);
	SAME(freed, 37);
}
