/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/frame_rules.h"

#include <stdlib.h>

struct code_rules {
	struct code_rule way[1 << RULE_BITS][RULE_WAYS];
};

struct code_rules *code_rules__new(void)
{
	return calloc(1, sizeof(struct code_rules));
}

void code_rules__free(struct code_rules *rules)
{
	free(rules);
}

const struct code_rule *code_rules__find(const struct code_rules *rules, __u64 key)
{
	const struct code_rule *ways = rules->way[rule_slot(key)];
	int i;

	for (i = 0; i < RULE_WAYS; i++) {
		if (ways[i].key == key)
			return &ways[i];
	}
	return NULL;
}

void code_rules__put(struct code_rules *rules, const struct code_rule *rule)
{
	struct code_rule *ways = rules->way[rule_slot(rule->key)];
	unsigned int way = rule_way(rule->key), i;

	for (i = RULE_WAYS; i--;) {
		if (!ways[i].key)
			way = i;
	}
	for (i = 0; i < RULE_WAYS; i++) {
		if (ways[i].key == rule->key)
			way = i;
	}
	ways[way] = *rule;
}
