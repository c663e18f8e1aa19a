/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/rules.h"

void rules__put(struct rule_bucket *buckets, unsigned long long key, unsigned long long rule)
{
	struct rule_bucket *bucket = &buckets[rule_slot(key)];
	unsigned int way = rule_way(key), i;

	for (i = RULE_WAYS; i--;) {
		if (!bucket->way[i].key)
			way = i;
	}
	for (i = 0; i < RULE_WAYS; i++) {
		if (bucket->way[i].key == key)
			way = i;
	}
	if (bucket->way[way].key == key && bucket->way[way].rule == rule)
		return;
	/* who reads meanwhile finds either rule with its own key, or none */
	__atomic_store_n(&bucket->way[way].key, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&bucket->way[way].rule, rule, __ATOMIC_SEQ_CST);
	__atomic_store_n(&bucket->way[way].key, key, __ATOMIC_SEQ_CST);
}
