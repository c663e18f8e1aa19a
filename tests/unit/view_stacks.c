/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head and the end of a list of stacks, by how many there are. */
#include "view/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static char *show(__u32 stacks, size_t rows)
{
	const struct view_options options = { .rows = rows, .width = 200 };
	struct profile *profile = profile__new();
	struct top top;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	__u32 i;

	for (i = 0; i < stacks; i++)
		cr_assert(profile__stack(profile, i, 1));
	cr_assert_eq(top__begin(&top, profile, metric__find("switches")), 0);
	for (i = 1; i <= stacks; i++) {
		struct sample sample = { .stack = i, .weight = { [WEIGHT_SWITCHES] = 3 * i } };

		cr_assert_eq(top__add(&top, &sample), 0);
	}
	top__finish(&top);
	cr_assert_eq(stacks__write_text(out, profile, &top, &options), 0);
	fclose(out);
	top__end(&top);
	profile__free(profile);
	return text;
}

static void check(__u32 stacks, size_t rows, const char *expected)
{
	char *text = show(stacks, rows);

	cr_expect(strstr(text, expected), "%s", text);
	free(text);
}

Test(view_stacks, so_many_have_paid)
{
	check(0, 5, ", 0 over 0 stacks\n");
	check(1, 5, ", 3 over 1 stack\n");
	check(2, 5, ", 9 over 2 stacks\n");
}
