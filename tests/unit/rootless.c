/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is paid on stacks that do not reach their root, and how a report tells it. */
#include "model/profile/rootless.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/stacks.h"
#include "unit.h"
#include "view/stacks.h"

static struct profile *profile;
static struct top top;
static struct rootless rootless;

static void begin(void)
{
	profile = profile__new();
}

static void end(void)
{
	rootless__free(&rootless);
	top__end(&top);
	profile__free(profile);
}

TestSuite(rootless, .init = begin, .fini = end);

static void add(const char *text, __s64 switches)
{
	struct sample sample = { .stack = stacks__add(profile, text),
				 .weight = { [WEIGHT_SWITCHES] = switches } };

	cr_assert_eq(top__add(&top, &sample), 0);
}

static void add_all(void)
{
	static const struct {
		const char *text;
		__s64 weight;
	} all[] = {
		{ "_start > main", 10 },
		{ "=[truncated: no unwind information] > jit > poll", 5 },
		{ "=[truncated: stack beyond 8 KiB not copied] > deep", 20 },
		{ "=[truncated: no unwind information] > jit > read", 7 },
		{ "=bash > =[truncated: damaged] > waker", 8 },
		{ "[truncated: not a mark] > main", 50 },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		stacks__add(profile, all[i].text);
	cr_assert_eq(top__begin(&top, profile, metric__find("switches")), 0);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		add(all[i].text, all[i].weight);
	top__finish(&top);
}

static void check(size_t i, const char *mark, __u64 weight)
{
	SAME_TEXT(rootless.reasons[i].mark, mark);
	SAME(rootless.reasons[i].weight, weight);
}

Test(rootless, each_reason_with_its_weight)
{
	add_all();
	cr_assert_eq(rootless__of(&rootless, profile, &top), 0);
	cr_assert_eq(rootless.count, 3);
	check(0, "[truncated: stack beyond 8 KiB not copied]", 20);
	check(1, "[truncated: no unwind information]", 12);
	check(2, "[truncated: damaged]", 8);
	SAME(rootless.weight, 40);
}

Test(rootless, none)
{
	stacks__add(profile, "_start > main");
	cr_assert_eq(top__begin(&top, profile, metric__find("switches")), 0);
	add("_start > main", 3);
	top__finish(&top);
	cr_assert_eq(rootless__of(&rootless, profile, &top), 0);
	SAME(rootless.count, 0);
	SAME(rootless.weight, 0);
}

static const struct view_options options = { .rows = 2 };

static char *written(int (*write)(FILE *, const struct profile *, const struct top *,
				  const struct view_options *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(write(out, profile, &top, &options), 0);
	fclose(out);
	return text;
}

Test(rootless, report_tells_it)
{
	char *text;

	add_all();
	text = written(stacks__write_text);
	cr_expect(strstr(text, "40.0% of the weight is on stacks that do not reach their root:\n"
			       "          20  20.0%  stack beyond 8 KiB not copied\n"
			       "          12  12.0%  no unwind information\n"
			       "           8   8.0%  damaged\n"),
		  "%s", text);
	free(text);
	text = written(stacks__write_json);
	cr_expect(strstr(text, "\"rootless\""), "%s", text);
	cr_expect(strstr(text, "\"why\":\"no unwind information\"") ||
			  strstr(text, "\"why\": \"no unwind information\""),
		  "%s", text);
	free(text);
}
