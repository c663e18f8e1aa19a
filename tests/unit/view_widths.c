/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every page of text fits, from 60 columns on, whatever tasks are called. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "make_rich.h"
#include "make_summary.h"
#include "unit.h"
#include "view/columns.h"

static const int widths[] = { 60, 80, 100, 132, 200 };

#define ZHONG "\xe4\xb8\xad"

/* 15 bytes at most, as names of tasks are. */
static const char *const names[] = {
	"tame",
	"fifteen-letters",
	ZHONG ZHONG ZHONG ZHONG ZHONG,			/* CJK: two columns each */
	"e\xcc\x81o\xcc\x88u\xcc\x8a",			/* combining */
	"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",		/* Hebrew, right to left */
	"\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",	/* Arabic */
	"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98", /* wide, and cut off */
	"\xff\xfe\x1b[31m",
};

static void check_fits(const char *text, int width, const char *page)
{
	char line[4096];

	for (; *text; text += strcspn(text, "\n") + 1) {
		size_t length = strcspn(text, "\n");

		cr_assert_lt(length, sizeof(line));
		memcpy(line, text, length);
		line[length] = 0;
		cr_expect_leq(utf8__columns(line), (size_t)width, "%s at %d columns: %zu in\n%s",
			      page, width, utf8__columns(line), line);
	}
}

/* The columns at which the words of the table's heading end are those at which a figure ends. */
static void check_lines_up(const char *text, const char *heading, int rows)
{
	const char *at = strstr(text, heading), *line;
	size_t length, column, end;

	cr_assert_not_null(at, "no %s in\n%s", heading, text);
	while (at > text && at[-1] != '\n')
		at--;
	length = strcspn(at, "\n");
	for (line = at + length + 1; rows--; line += strcspn(line, "\n") + 1) {
		char copy[1024];

		end = strcspn(line, "\n");
		cr_assert_lt(end, sizeof(copy));
		memcpy(copy, line, end);
		copy[end] = 0;
		column = utf8__columns(copy);
		SAME(column, length);
	}
}

static void show_named(const char *name, int width)
{
	const struct view_options options = {
		.rows = 20, .first = true, .width = width, .explain = true
	};
	struct scene scene;
	char *text;

	scene__make_named(&scene, name);
	text = scene__show(&scene, &view_text, &options);
	check_fits(text, width, name);
	check_lines_up(text, "COMMAND", 2);
	free(text);
	scene__release(&scene);
}

Test(view_widths, a_summary_fits_whatever_tasks_are_called)
{
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		for (n = 0; n < ARRAY_SIZE(names); n++)
			show_named(names[n], widths[i]);
	}
}

Test(view_widths, a_summary_of_everything_fits)
{
	size_t i;
	int poor;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		for (poor = 0; poor < 2; poor++) {
			const struct view_options options = {
				.rows = 100, .first = true, .width = widths[i], .explain = true
			};
			struct rich rich;
			char *text;

			rich__make(&rich, poor);
			text = scene__show(&rich.scene, &view_text, &options);
			check_fits(text, widths[i], poor ? "the poor one" : "the rich one");
			free(text);
			rich__release(&rich);
		}
	}
}

/* By whatever is sorted, the figure is there. */
Test(view_widths, the_sorted_column_is_always_there)
{
	size_t i, s;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		for (s = 0; s < sort_count; s++) {
			const struct view_options options = { .rows = 4,
							      .first = true,
							      .width = widths[i] };
			struct rich rich;
			char *text, title[24];

			rich__make(&rich, false);
			rich.scene.summary.sort = &sorts[s];
			text = scene__show(&rich.scene, &view_text, &options);
			snprintf(title, sizeof(title), " %s", column_infos[sorts[s].column].title);
			cr_expect_not_null(strstr(text, title), "%s at %d columns:\n%s",
					   sorts[s].name, widths[i], text);
			check_fits(text, widths[i], sorts[s].name);
			free(text);
			rich__release(&rich);
		}
	}
}

/* Of those that are asked for, on a terminal, those that fit; the others are named. */
Test(view_widths, columns_that_are_asked_for)
{
	struct view_options options = { .rows = 4, .first = true, .width = 60 };
	struct columns columns;
	const char *bad;
	struct rich rich;
	char *text;

	cr_assert_eq(columns__parse(&columns, "cputime,sleeptime,disktime,tolltime,count", &bad),
		     0);
	options.columns = &columns;
	rich__make(&rich, false);
	text = scene__show(&rich.scene, &view_text, &options);
	check_fits(text, 60, "columns");
	cr_expect_not_null(strstr(text, "CPU TIME SLEEP TIME DISK TIME\n"), "%s", text);
	cr_expect_not_null(strstr(text, "no room for tolltime, count"), "%s", text);
	free(text);
	options.widens = true;
	text = scene__show(&rich.scene, &view_text, &options);
	cr_expect_not_null(strstr(text, "CPU TIME SLEEP TIME DISK TIME TOLL TIME  SWITCHES\n"),
			   "%s", text);
	cr_expect_null(strstr(text, "no room for"), "%s", text);
	free(text);
	rich__release(&rich);
}

Test(view_widths, a_column_that_there_is_not_is_refused)
{
	struct columns columns;
	const char *bad;

	cr_expect_eq(columns__parse(&columns, "run,walk,toll", &bad), -EINVAL);
	SAME_TEXT(bad, "walk,toll");
	cr_expect_eq(columns__parse(&columns, "", &bad), -EINVAL);
	cr_expect_eq(columns__parse(&columns, "run,", &bad), -EINVAL);
	cr_expect_eq(columns__parse(&columns, "toll,run", &bad), 0);
	SAME(columns.count, 2);
	cr_expect_eq(columns.column[0], COLUMN_TOLL);
}

/* Shares of the five states: 100, but for rounding. */
Test(view_widths, time_by_state_adds_up_to_100)
{
	struct scene scene;
	size_t i;

	scene__make(&scene, 5, false, false);
	for (i = 0; i < scene.summary.process_count; i++) {
		struct measured m = summary__measured(&scene.summary, scene.summary.processes[i]);
		double sum = 0;
		enum column column;

		for (column = COLUMN_RUN; column <= COLUMN_OTHER; column++)
			sum += column_infos[column].figure(&m);
		cr_expect_float_eq(sum, 100, 1e-9, "%f", sum);
	}
	scene__release(&scene);
}
