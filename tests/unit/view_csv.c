/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/csv.h"
#include "../lib/js.h"
#include "make_summary.h"
#include "unit.h"

static const struct view_options first = { .rows = 1, .first = true };
static const struct view_options later = { .rows = 1 };

/* Fails if a line has not as many fields as the first. */
static json_t *show(const struct scene *scene)
{
	char *text = scene__show(scene, &view_csv, &first);
	json_t *rows = csv__parse(text);

	free(text);
	return rows;
}

static const char *cell(json_t *rows, size_t row, const char *column)
{
	return js__str(json_array_get(rows, row), column);
}

Test(view_csv, has_a_line_for_the_system_each_process_and_each_thread)
{
	struct scene scene;
	json_t *rows;

	scene__make(&scene, 2, true, true);
	rows = show(&scene);
	cr_assert_eq(json_array_size(rows), 1 + (1 + 3) + (1 + 1));
	SAME_TEXT(cell(rows, 0, "scope"), "system");
	SAME_TEXT(cell(rows, 0, "switches"), "10000");
	SAME_TEXT(cell(rows, 0, "start"), "2026-11-22T12:00:00.123456789Z");
	SAME_TEXT(cell(rows, 0, "duration_ns"), "2000000000");
	SAME_TEXT(cell(rows, 1, "scope"), "process");
	SAME_TEXT(cell(rows, 1, "pid"), "101");
	SAME_TEXT(cell(rows, 1, "switches"), "101");
	SAME_TEXT(cell(rows, 2, "scope"), "thread");
	SAME_TEXT(cell(rows, 2, "tid"), "101");
	SAME_TEXT(cell(rows, 2, "in_thread"), "49");
	SAME_TEXT(cell(rows, 2, "switch_ns_thread_count"), "2");
	SAME_TEXT(cell(rows, 2, "offcpu_ns_sleep_max"), "3000000");
	SAME_TEXT(cell(rows, 5, "pid"), "102");
	SAME_TEXT(cell(rows, 6, "comm"), "worker");
	json_decref(rows);
	scene__release(&scene);
}

Test(view_csv, columns_have_names_of_their_own)
{
	struct scene scene;
	char *text, *name, *at;
	json_t *names = json_object();

	scene__make(&scene, 0, false, false);
	text = at = scene__show(&scene, &view_csv, &first);
	text[strcspn(text, "\n")] = 0;
	while ((name = strsep(&at, ","))) {
		cr_expect(*name);
		cr_expect_null(json_object_get(names, name), "%s is there twice", name);
		json_object_set_new(names, name, json_true());
	}
	json_decref(names);
	free(text);
	scene__release(&scene);
}

Test(view_csv, names_of_columns_come_once)
{
	struct scene scene;
	char *whole, *rest;

	scene__make(&scene, 2, false, false);
	whole = scene__show(&scene, &view_csv, &first);
	rest = scene__show(&scene, &view_csv, &later);
	SAME_TEXT(rest, strchr(whole, '\n') + 1);
	free(whole);
	free(rest);
	scene__release(&scene);
}

Test(view_csv, what_is_not_available_says_so_in_each_of_its_columns)
{
	struct scene scene;
	json_t *rows;

	scene__make(&scene, 1, false, false);
	summary__unavailable(&scene.summary, "pick_ns", "too old");
	summary__unavailable(&scene.summary, "tlb_shootdowns_sent", "not an x86 kernel");
	rows = show(&scene);
	SAME_TEXT(cell(rows, 1, "pick_ns_count"), "n/a");
	SAME_TEXT(cell(rows, 1, "pick_ns_max"), "n/a");
	SAME_TEXT(cell(rows, 1, "tlb_shootdowns_sent"), "n/a");
	SAME_TEXT(cell(rows, 1, "tlb_shootdowns_received"), "4");
	SAME_TEXT(cell(rows, 1, "runq_ns_count"), "2");
	json_decref(rows);
	scene__release(&scene);
}

Test(view_csv, commas_and_quotes_in_names_stay_in_their_field)
{
	struct scene scene;
	json_t *rows;

	scene__make_named(&scene, "a,\"b\",c");
	strcpy(scene.summary.target, "\",\"\n,");
	rows = show(&scene);
	cr_assert_eq(json_array_size(rows), 3);
	SAME_TEXT(cell(rows, 0, "comm"), "\",\"?,");
	SAME_TEXT(cell(rows, 1, "comm"), "a,\"b\",c");
	SAME_TEXT(cell(rows, 2, "comm"), "a,\"b\",c");
	json_decref(rows);
	scene__release(&scene);
}

/* Our own reader forgives a quote inside a field that is not quoted; others do not. */
Test(view_csv, fields_are_quoted_where_they_must_be_and_nowhere_else)
{
	static const struct {
		const char *comm, *field;
	} names[] = {
		{ "plain name", ",plain name," },
		{ "a,b", ",\"a,b\"," },
		{ "say \"hi\"", ",\"say \"\"hi\"\"\"," },
		{ "\"", ",\"\"\"\"," },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct scene scene;
		char *text;

		scene__make_named(&scene, names[i].comm);
		text = scene__show(&scene, &view_csv, &later);
		cr_expect_not_null(strstr(text, names[i].field), "no %s in:\n%s", names[i].field,
				   text);
		free(text);
		scene__release(&scene);
	}
}

Test(view_csv, any_name_leaves_the_table_in_order)
{
	const char *const *name;

	for (name = hostile_names; *name; name++) {
		char expected[UTF8_COMM];
		struct scene scene;
		json_t *rows;
		char *text;

		utf8__from_bytes(expected, sizeof(expected), *name, strlen(*name));
		utf8__printable(expected);
		scene__make_named(&scene, *name);
		text = scene__show(&scene, &view_csv, &first);
		cr_expect_not(has_control_characters(text));
		rows = csv__parse(text);
		cr_assert_eq(json_array_size(rows), 3);
		SAME_TEXT(cell(rows, 1, "comm"), expected);
		SAME_TEXT(cell(rows, 2, "comm"), expected);
		json_decref(rows);
		free(text);
		scene__release(&scene);
	}
}

/* ---- columns that are chosen ---- */

static json_t *show_columns(const struct scene *scene, const char *names)
{
	const struct view_options options = { .rows = 1, .first = true, .csv_columns = names };
	char *text = scene__show(scene, &view_csv, &options);
	json_t *rows = csv__parse(text);

	free(text);
	return rows;
}

/* As csv has them, beside those of --columns; what a row is of always stays. */
Test(view_csv, columns_can_be_chosen)
{
	struct scene scene;
	json_t *rows, *all;

	scene__make(&scene, 2, true, true);
	all = show(&scene);
	rows = show_columns(&scene, "offcpu_ns_sleep_max,run,in_thread");
	cr_assert_eq(json_array_size(rows), json_array_size(all));
	SAME(json_object_size(json_array_get(rows, 0)), 8 + 3);
	SAME_TEXT(cell(rows, 2, "tid"), "101");
	SAME_TEXT(cell(rows, 2, "offcpu_ns_sleep_max"), cell(all, 2, "offcpu_ns_sleep_max"));
	SAME_TEXT(cell(rows, 2, "in_thread"), cell(all, 2, "in_thread"));
	cr_expect(*cell(rows, 2, "run"));
	json_decref(all);
	json_decref(rows);
	scene__release(&scene);
}

Test(view_csv, commas_and_quotes_in_names_move_no_column)
{
	struct scene scene;
	json_t *rows;

	scene__make_named(&scene, "a,\"b\",\n,c");
	rows = show_columns(&scene, "switches,in_thread");
	SAME(json_object_size(json_array_get(rows, 1)), 8 + 2);
	cr_expect_not_null(strstr(cell(rows, 1, "comm"), "a,\"b\","), "%s", cell(rows, 1, "comm"));
	cr_expect_null(strchr(cell(rows, 1, "in_thread"), '"'));
	json_decref(rows);
	scene__release(&scene);
}

Test(view_csv, a_column_that_it_has_not)
{
	const char *bad = NULL;

	SAME(csv__check_columns("runq_ns_p99,toll,end_sender", &bad), 0);
	SAME(csv__check_columns("runq_ns_p99,nonsense,toll", &bad), -EINVAL);
	SAME_TEXT(bad, "nonsense,toll");
	SAME(csv__check_columns("", &bad), -EINVAL);
	SAME(csv__check_columns("pid", &bad), -EINVAL); /* it is always there */
	SAME(csv__check_columns("run,", &bad), -EINVAL);
}
