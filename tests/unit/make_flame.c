/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_flame.h"

#include <stdlib.h>

#include "unit.h"

static void fire__add_profile(struct fire *fire)
{
	struct profile *profile = profile__new();

	stacks__thread(profile, 10, 11, "web");
	stacks__thread(profile, 10, 12, "web");
	stacks__thread(profile, 10, 13, "db");
	stacks__thread(profile, 20, 21, "cron");
	fire->profiles[fire->side] = profile;
}

static void fire__start(struct fire *fire)
{
	cr_assert_eq(flame__begin(fire->flame, fire->profiles[fire->side]), 0);
}

void fire__begin(struct fire *fire, const char *metric, struct flame_options options)
{
	*fire = (struct fire){ 0 };
	options.metric = metric__find(metric);
	cr_assert_not_null(options.metric);
	fire->flame = flame__new(&options);
	fire__add_profile(fire);
	fire__start(fire);
}

void fire__compare(struct fire *fire)
{
	fire->side = 1;
	fire__add_profile(fire);
	fire__start(fire);
}

static void fire__take(struct fire *fire, __u32 tid, const char *stack, const char *waker,
		       enum weight weight, __s64 value)
{
	struct profile *profile = fire->profiles[fire->side];
	struct sample sample = { .thread = stacks__find_thread(profile, tid),
				 .stack = stack ? stacks__add(profile, stack) : 0,
				 .waker = waker ? stacks__add(profile, waker) : 0 };

	sample.weight[weight] = value;
	cr_assert_eq(flame__take(fire->flame, &sample), 0);
}

void fire__sample(struct fire *fire, __u32 tid, const char *stack, enum weight weight, __s64 value)
{
	fire__take(fire, tid, stack, "=who > cares", weight, value);
}

void fire__wakeup(struct fire *fire, __u32 tid, const char *stack, const char *waker, __s64 value)
{
	fire__take(fire, tid, stack, waker, WEIGHT_WAKE, value);
}

char *fire__show(struct fire *fire, const struct flame_format *format, size_t *ret_size)
{
	static const struct flame_run runs[2] = {
		{ "vm", "the whole machine", 1795521600123456789ULL, 10000000000ULL },
		{ "vm", "the whole machine", 1795525200000000000ULL, 20000000000ULL },
	};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(flame__build(fire->flame), 0);
	cr_assert_eq(format->write(out, fire->flame, runs), 0);
	fclose(out);
	if (ret_size)
		*ret_size = size;
	return text;
}

void fire__expect(struct fire *fire, const char *folded)
{
	char *text = fire__show(fire, &flame_folded, NULL);

	SAME_TEXT(text, folded);
	free(text);
	fire__end(fire);
}

void fire__end(struct fire *fire)
{
	flame__free(fire->flame);
	profile__free(fire->profiles[0]);
	profile__free(fire->profiles[1]);
}
