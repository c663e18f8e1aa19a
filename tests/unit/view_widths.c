/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every page of text fits, from 60 columns on, whatever tasks are called. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "make_rich.h"
#include "make_summary.h"
#include "page.h"
#include "unit.h"
#include "view/columns.h"
#include "view/stacks.h"

static void show_named(const char *name, int width)
{
	const struct view_options options = {
		.rows = 20, .first = true, .width = width, .explain = true
	};
	struct scene scene;
	char *text;

	scene__make_named(&scene, name);
	text = scene__show(&scene, &view_text, &options);
	page__check_fits(text, width, name);
	page__check_lines_up(text, "COMMAND", 2);
	free(text);
	scene__release(&scene);
}

Test(view_widths, a_summary_fits_whatever_tasks_are_called)
{
	size_t i, n;

	for (i = 0; i < PAGE_WIDTHS; i++) {
		for (n = 0; n < PAGE_NAMES; n++)
			show_named(page_names[n], page_widths[i]);
	}
}

Test(view_widths, a_summary_of_everything_fits)
{
	size_t i;
	int poor;

	for (i = 0; i < PAGE_WIDTHS; i++) {
		for (poor = 0; poor < 2; poor++) {
			const struct view_options options = {
				.rows = 100, .first = true, .width = page_widths[i], .explain = true
			};
			struct rich rich;
			char *text;

			rich__make(&rich, poor);
			text = scene__show(&rich.scene, &view_text, &options);
			page__check_fits(text, page_widths[i],
					 poor ? "the poor one" : "the rich one");
			free(text);
			rich__release(&rich);
		}
	}
}

/* By whatever is sorted, the figure is there. */
Test(view_widths, the_sorted_column_is_always_there)
{
	size_t i, s;

	for (i = 0; i < PAGE_WIDTHS; i++) {
		for (s = 0; s < sort_count; s++) {
			const struct view_options options = { .rows = 4,
							      .first = true,
							      .width = page_widths[i] };
			struct rich rich;
			char *text, title[24];

			rich__make(&rich, false);
			rich.scene.summary.sort = &sorts[s];
			text = scene__show(&rich.scene, &view_text, &options);
			snprintf(title, sizeof(title), " %s", column_infos[sorts[s].column].title);
			cr_expect_not_null(strstr(text, title), "%s at %d columns:\n%s",
					   sorts[s].name, page_widths[i], text);
			page__check_fits(text, page_widths[i], sorts[s].name);
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
	page__check_fits(text, 60, "columns");
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

/* On a terminal a stack goes on below; in a pipe it is a line. */
Test(view_widths, stacks_fit)
{
	struct rich_profile rich;
	size_t i, m, s;

	rich_profile__make(&rich);
	for (i = 0; i < 2 * PAGE_WIDTHS; i++) {
		const struct view_options options = { .rows = 100,
						      .width = page_widths[i / 2],
						      .widens = i % 2 };
		char *text;
		size_t size;

		for (m = 0; m < metric_count; m++) {
			FILE *out = open_memstream(&text, &size);
			struct top top;

			cr_assert_eq(top__begin(&top, rich.profile, &metrics[m]), 0);
			for (s = 0; s < RICH_SAMPLES; s++)
				top__add(&top, &rich.samples[s]);
			top__finish(&top);
			cr_assert_eq(stacks__write_text(out, rich.profile, &top, &options), 0);
			fclose(out);
			if (!options.widens)
				page__check_fits(text, options.width, metrics[m].name);
			top__end(&top);
			free(text);
		}
	}
	rich_profile__release(&rich);
}
