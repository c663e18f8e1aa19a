/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/frame_rules.h"

#include <stdlib.h>

struct frame_rules {
	struct known_rule way[1 << RULE_BITS][RULE_WAYS];
	__u64 count, pushed_out;
};

struct frame_rules *frame_rules__new(void)
{
	return calloc(1, sizeof(struct frame_rules));
}

void frame_rules__free(struct frame_rules *rules)
{
	free(rules);
}

const struct known_rule *frame_rules__find(const struct frame_rules *rules, __u64 key)
{
	const struct known_rule *ways = rules->way[rule_slot(key)];
	int i;

	for (i = 0; i < RULE_WAYS; i++) {
		if (ways[i].key == key)
			return &ways[i];
	}
	return NULL;
}

void frame_rules__put(struct frame_rules *rules, const struct known_rule *rule)
{
	struct known_rule *ways = rules->way[rule_slot(rule->key)];
	unsigned int way = rule_way(rule->key), i;

	for (i = RULE_WAYS; i--;) {
		if (!ways[i].key)
			way = i;
	}
	for (i = 0; i < RULE_WAYS; i++) {
		if (ways[i].key == rule->key)
			way = i;
	}
	if (!ways[way].key)
		rules->count++;
	else if (ways[way].key != rule->key)
		rules->pushed_out++;
	ways[way] = *rule;
}

struct frame_rules_usage frame_rules__usage(const struct frame_rules *rules)
{
	return (struct frame_rules_usage){ .count = rules->count,
					   .room = RULE_WAYS << RULE_BITS,
					   .pushed_out = rules->pushed_out,
					   .bytes = sizeof(*rules) };
}
