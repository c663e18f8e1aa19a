/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of prices that are scaled say so, in each format. */
#include <stdlib.h>
#include <string.h>

#include "../lib/csv.h"
#include "../lib/js.h"
#include "make_summary.h"
#include "unit.h"
#include "view/stacks.h"

static const struct view_options plain = { .rows = 20, .first = true, .width = 120 };

static void make(struct scene *scene, __u32 least, __u32 most)
{
	scene__make(scene, 2, true, true);
	scene->summary.priced = (struct priced){ least, most, 625 };
}

static char *show(__u32 least, __u32 most, const struct view *view)
{
	struct scene scene;
	char *text;

	make(&scene, least, most);
	text = scene__show(&scene, view, &plain);
	scene__release(&scene);
	return text;
}

static void has(const char *text, const char *what, bool expected)
{
	cr_expect_eq(strstr(text, what) != NULL, expected, "%s\"%s\" in:\n%s",
		     expected ? "no " : "", what, text);
}

Test(view_priced, text_marks_sums_of_prices)
{
	char *text = show(16, 16, &view_text);

	has(text, "; toll ~", true);
	has(text, ", toll ~", true);
	has(text, "priced: 1 in 16 (toll +-", true);
	has(text, "waiting for a CPU", true);
	has(text, "~-", false);
	free(text);
	text = show(1, 64, &view_text);
	has(text, "priced: 1 in 1 to 64", true);
	free(text);
}

Test(view_priced, text_marks_nothing_if_each_was_priced)
{
	char *text = show(1, 1, &view_text);

	has(text, "~", false);
	has(text, "priced", false);
	free(text);
}

Test(view_priced, columns_of_sums_are_marked)
{
	SAME_TEXT(column__text(COLUMN_TOLL, 1.234, true).text, "~1.23");
	SAME_TEXT(column__text(COLUMN_TOLL, 0, true).text, "~0");
	SAME_TEXT(column__text(COLUMN_TOLL_TIME, 1234, true).text, "~1.23us");
	SAME_TEXT(column__text(COLUMN_TOLL, 1.234, false).text, "1.23");
	SAME_TEXT(column__text(COLUMN_RUN, 1.234, true).text, "1.23");
	SAME_TEXT(column__text(COLUMN_COST_THREAD, 412, true).text, "412ns");
	SAME_TEXT(column__text(COLUMN_WAIT_TIME, 1234, true).text, "1.23us");
}

Test(view_priced, json_has_the_number_and_the_bound)
{
	char *text = show(4, 16, &view_json);
	json_t *root = js__parse(text), *row = js__at(root, "system");

	SAME(js__u64(root, "sampled"), 16);
	SAME(js__u64(root, "sampled_least"), 4);
	SAME(js__u64(root, "priced"), 625);
	SAME(js__u64(row, "pick_ns.weight"), js__u64(row, "pick_ns.count"));
	SAME(js__u64(row, "pick_ns.sum_error"), 0); /* each of those that there are */
	cr_expect_null(js__find(row, "runq_ns.weight"));
	json_decref(root);
	free(text);
}

Test(view_priced, json_of_prices_of_each_has_no_bound)
{
	char *text = show(1, 1, &view_json);
	json_t *root = js__parse(text);

	SAME(js__u64(root, "sampled"), 1);
	cr_expect_null(js__find(root, "system.pick_ns.weight"));
	json_decref(root);
	free(text);
}

Test(view_priced, csv_has_the_number_in_each_row)
{
	char *text = show(1, 16, &view_csv);
	json_t *rows = csv__parse(text), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		SAME_TEXT(js__str(row, "sampled"), "16");
	json_decref(rows);
	free(text);
}

Test(view_priced, diff_marks_the_side_that_is_scaled)
{
	static const char *const names[2] = { "before", "after" };
	struct compare compare = { 0 };
	struct scene scene;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int side;

	for (side = 0; side < 2; side++) {
		make(&scene, 1, side ? 16 : 1);
		cr_assert_eq(compare__add(&compare, side, &scene.summary), 0);
		scene__release(&scene);
	}
	SAME(compare.side[0].sampled, 1);
	SAME(compare.side[1].sampled, 16);
	cr_assert_eq(diff__write_text(out, &compare, names, &plain), 0);
	fclose(out);
	has(text, "priced: 1 in 16", true);
	has(text, " ~", true);
	free(text);
	compare__free(&compare);
}
