/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flame graph of stacks that are written as texts (lib/stacks.h), and what a format makes of it. */
#ifndef TESTS_UNIT_MAKE_FLAME_H
#define TESTS_UNIT_MAKE_FLAME_H

#include "../lib/stacks.h"
#include "view/flame.h"

struct fire {
	struct flame *flame;
	struct profile *profiles[2];
	int side;
};

/* With options, whose metric is set from `metric`. */
void fire__begin(struct fire *fire, const char *metric, struct flame_options options);

/* A second run from here on. */
void fire__compare(struct fire *fire);

/* Threads 11 "web", 12 "web", 13 "db" are of process 10, 21 "cron" of process 20. */
void fire__sample(struct fire *fire, __u32 tid, const char *stack, enum weight weight, __s64 value);
void fire__wakeup(struct fire *fire, __u32 tid, const char *stack, const char *waker, __s64 value);

/* The graph, with its tree built, as this format has it; to be freed. */
char *fire__show(struct fire *fire, const struct flame_format *format, size_t *ret_size);

/* The folded text is this; ends the fire. */
void fire__expect(struct fire *fire, const char *folded);

void fire__end(struct fire *fire);

#endif
