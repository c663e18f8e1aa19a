/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flame graph is made while memory runs out: it is whole, or it is said that it is not. */
#include <stdlib.h>
#include <string.h>

#include "../lib/stacks.h"
#include "scarce.h"
#include "unit.h"
#include "view/flame.h"

struct making {
	struct flame_options options;
	struct profile *profile;
	char *whole; /* its folded stacks */
};

static const char *const stacks[] = { "main + loop > read@k", "main + loop > write@k",
				      "main + f + g + h", "?x" };

/* NULL: it was told that there is no memory. */
static struct flame *make(const struct making *making)
{
	struct flame *flame = flame__new(&making->options);
	size_t i;
	int err;

	if (!flame)
		return NULL;
	err = flame__begin(flame, making->profile);
	for (i = 0; i < 2 * ARRAY_SIZE(stacks) && !err; i++) {
		struct sample sample = { .thread = 1 + (__u32)(i % 2),
					 .stack = (__u32)i / 2 + 1,
					 .waker = 2 };

		sample.weight[WEIGHT_SLEEP] = 100 + (__s64)i;
		sample.weight[WEIGHT_WAKE] = 7;
		err = flame__take(flame, &sample);
	}
	if (!err)
		err = flame__build(flame);
	if (!err)
		return flame;
	flame__free(flame);
	return NULL;
}

static char *fold(struct flame *flame)
{
	static const struct flame_run runs[2] = { { "vm", "it", 1, 1000000000 } };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(flame_folded.write(out, flame, runs), 0);
	fclose(out);
	return text;
}

static enum scarce make_scarce(void *context)
{
	const struct making *making = context;
	struct flame *flame;

	scarce__begin();
	flame = make(making);
	scarce__end();
	if (!flame)
		return SCARCE_TOLD;
	return strcmp(fold(flame), making->whole) ? SCARCE_LESS : SCARCE_WHOLE;
}

static void check(const char *metric, struct flame_options options)
{
	struct making making = { .options = options, .profile = profile__new() };
	struct flame *flame;
	size_t i;

	making.options.metric = metric__find(metric);
	stacks__thread(making.profile, 10, 11, "web");
	stacks__thread(making.profile, 10, 12, "db");
	for (i = 0; i < ARRAY_SIZE(stacks); i++)
		stacks__add(making.profile, stacks[i]);
	flame = make(&making);
	cr_assert_not_null(flame);
	making.whole = fold(flame);
	cr_assert_gt(strlen(making.whole), 0);
	flame__free(flame);
	scarce__try(make_scarce, &making, 1);
	free(making.whole);
	profile__free(making.profile);
}

Test(flame_scarce, each_option, .timeout = 300)
{
	check("sleep", (struct flame_options){ 0 });
	check("sleep", (struct flame_options){ .per_thread = true, .no_kernel = true });
	check("sleep", (struct flame_options){ .reverse = true });
	check("sleep", (struct flame_options){ .groups = true });
	check("wake", (struct flame_options){ 0 });
}
