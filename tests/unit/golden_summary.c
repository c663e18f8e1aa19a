/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every figure of a rich summary in every view, in its place. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/js.h"
#include "../lib/tt.h"
#include "golden.h"
#include "make_rich.h"
#include "model/machine/group.h"
#include "unit.h"

TestSuite(golden_summary, .fini = tt__cleanup);

static const struct view_options few = { .rows = 4, .first = true };
static const struct view_options all = { .rows = 100, .color = true, .ascii = true };

static char *show(const struct view *view, bool poor, const struct view_options *options)
{
	struct rich rich;
	char *text;

	rich__make(&rich, poor);
	text = scene__show(&rich.scene, view, options);
	rich__release(&rich);
	return text;
}

/* ---- what the golden files are good for ---- */

struct seen {
	json_int_t values[256];
	size_t count;
	bool percentiles; /* are compared with those of other measures, too (but for minima) */
};

static void see(struct seen *seen, const char *name, const json_t *value)
{
	json_int_t number = json_integer_value(value);
	size_t i;

	cr_expect_neq(number, 0, "%s is 0", name);
	for (i = 0; i < seen->count; i++)
		cr_expect_neq(seen->values[i], number, "%s is %lld, and so is another", name,
			      (long long)number);
	cr_assert_lt(seen->count, ARRAY_SIZE(seen->values));
	seen->values[seen->count++] = number;
}

static void see_all(struct seen *seen, json_t *object)
{
	const char *name;
	json_t *value;

	if (json_object_get(object, "p50")) {
		cr_expect_lt(js__u64(object, "p50"), js__u64(object, "p90"));
		cr_expect_lt(js__u64(object, "p90"), js__u64(object, "p99"));
		/* of less than 100 samples the last one is that of rank 99% */
		cr_expect_leq(js__u64(object, "p99"), js__u64(object, "max"));
		cr_expect_lt(js__u64(object, "max"), js__u64(object, "sum"));
	}
	json_object_foreach(object, name, value) {
		if (!strcmp(name,
			    "state_ns")) /* sums that are told with their distributions, too */
			continue;
		if (json_is_object(value))
			see_all(seen, value);
		else if (json_is_integer(value) && strcmp(name, "mm_switches") != 0 &&
			 strcmp(name, "min") != 0 && (seen->percentiles || *name != 'p'))
			see(seen, name, value);
	}
}

/* mm_switches apart, which is in.process again. */
Test(golden_summary, no_two_figures_of_a_row_are_the_same)
{
	char *text = show(&view_json, false, &few);
	json_t *root = js__parse(text), *process;
	struct seen seen = { .percentiles = true };
	size_t i;

	see_all(&seen, js__at(root, "system"));
	seen.percentiles = false;
	json_array_foreach(js__at(root, "processes"), i, process) {
		seen.count = 0;
		json_object_del(process, "spawns");
		json_object_del(process, "end");
		json_object_del(process, "ppid");
		json_object_del(process, "start_ns");
		json_object_del(process, "threads_alive");
		json_object_del(process, "threads_ended");
		if (js__u64(process, "switches") && js__u64(process, "pid") != 100) {
			json_object_del(js__at(process, "in"), "idle");
			json_object_del(js__at(process, "switch_ns"), "idle");
			see_all(&seen, process);
		}
	}
	json_decref(root);
	free(text);
}

/* ---- the views ---- */

Test(golden_summary, text)
{
	golden__check("summary.txt", show(&view_text, false, &few));
}

Test(golden_summary, text_with_all_rows_and_little_that_is_available)
{
	golden__check("summary-poor.txt", show(&view_text, true, &all));
}

Test(golden_summary, json)
{
	golden__check("summary.json", golden__json_lines(show(&view_json, false, &few)));
}

Test(golden_summary, json_with_little_that_is_available)
{
	golden__check("summary-poor.json", golden__json_lines(show(&view_json, true, &few)));
}

Test(golden_summary, csv)
{
	golden__check("summary.csv", golden__csv_columns(show(&view_csv, false, &few)));
}

Test(golden_summary, csv_with_little_that_is_available)
{
	golden__check("summary-poor.csv", golden__csv_columns(show(&view_csv, true, &few)));
}

/* ---- what is asked for ---- */

Test(golden_summary, text_that_is_explained)
{
	static const struct view_options explained = {
		.rows = 2, .width = 130, .first = true, .explain = true
	};

	golden__check("summary-explained.txt", show(&view_text, false, &explained));
}

/* In the order of the table, and from its end. */
Test(golden_summary, every_column)
{
	struct columns columns = { 0 };
	const struct view_options options = {
		.rows = 100, .widens = true, .first = true, .columns = &columns
	};
	int i;

	columns.count = COLUMNS;
	for (i = 0; i < COLUMNS; i++)
		columns.column[i] = (enum column)(COLUMNS - 1 - i);
	golden__check("summary-columns.txt", show(&view_text, false, &options));
	golden__check("summary-columns.csv", show(&view_csv, false, &options));
}

static char *show_groups(const struct view *view, enum group_by by)
{
	struct groups groups = { 0 };
	struct rich rich;
	char *text;

	rich__make(&rich, false);
	cr_assert_eq(groups__make(&groups, &rich.scene.summary, by), 0);
	rich.scene.summary.groups = &groups;
	text = scene__show(&rich.scene, view, &few);
	rich.scene.summary.groups = NULL;
	groups__free(&groups);
	rich__release(&rich);
	return text;
}

Test(golden_summary, groups)
{
	golden__check("groups.txt", show_groups(&view_text, BY_COMM));
	golden__check("groups.json", golden__json_lines(show_groups(&view_json, BY_PARENT)));
	golden__check("groups.csv", golden__csv_columns(show_groups(&view_csv, BY_COMM)));
}

/* Which columns go, and where lines are broken, when there is less room. */
Test(golden_summary, text_of_narrow_terminals)
{
	static const int widths[] = { 60, 72, 80, 100 };
	char *text;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		const struct view_options narrow = { .rows = 2, .width = widths[i], .first = true };
		char *page = show(&view_text, false, &narrow);

		fprintf(out, "==== %d\n%s", widths[i], page);
		free(page);
	}
	fclose(out);
	golden__check("summary-narrow.txt", text);
}

/* Without what fills them: how wide the first column is. */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text != ' ' || text[1] != ' ')
			*to++ = *text;
	}
	*to = '\0';
}

/* The headings of a page's tables, of those that are not as on the page before. */
static void put_headings(FILE *out, int width, char last[8][512])
{
	const struct view_options options = {
		.rows = 2, .width = width, .first = true, .color = true
	};
	char *page = show(&view_text, false, &options), *line, *rest = NULL;
	size_t i = 0;

	for (line = strtok_r(page, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "\033[1m", 4) != 0)
			continue;
		line += 4;
		line[strcspn(line, "\033")] = '\0';
		squeeze(line);
		cr_assert_lt(i, 8);
		if (strcmp(last[i], line) != 0)
			fprintf(out, "%3d %s\n", width, line);
		snprintf(last[i++], sizeof(last[0]), "%s", line);
	}
	free(page);
}

/* From which width on there is which column. */
Test(golden_summary, columns_of_each_width)
{
	char *text, last[8][512] = { 0 };
	size_t size;
	int width;
	FILE *out = open_memstream(&text, &size);

	for (width = 60; width <= 250; width++)
		put_headings(out, width, last);
	fclose(out);
	golden__check("summary-widths.txt", text);
}
