/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two runs side by side: what does not compare, where the time went, and what changed most. */
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "unit.h"
#include "view/diff.h"
#include "view/stacks.h"

#define SECOND 1000000000ULL
#define NAMES  2

/* A run with a process or two in it, whose times are told. */
struct told {
	struct process process[NAMES];
	const struct process *list[NAMES];
	struct row system;
	struct summary summary;
};

static void told__begin(struct told *told, __u64 duration_ns)
{
	memset(told, 0, sizeof(*told));
	strcpy(told->summary.host, "host");
	strcpy(told->summary.kernel, "6.18.0");
	strcpy(told->summary.target, "the whole machine");
	told->summary.cpus = 2;
	told->summary.duration_ns = duration_ns;
	told->summary.cost_source = COST_TRACEPOINT;
	memset(told->summary.has_counter, true, sizeof(told->summary.has_counter));
	memset(told->summary.has_dist, true, sizeof(told->summary.has_dist));
	told->summary.processes = told->list;
	told->summary.system = &told->system;
}

static void told__add(struct told *told, const char *comm, __u64 oncpu_ns, __u64 waited_ns,
		      __u64 slept_ns)
{
	struct process *process = &told->process[told->summary.process_count];
	struct row *row = &process->row;

	strcpy(process->comm, comm);
	row->n[C_ONCPU] = oncpu_ns;
	row->n[C_VOLUNTARY] = 1;
	if (waited_ns)
		cr_assert_eq(row__add_sample(row, D_RUNQ, waited_ns), 0);
	if (slept_ns)
		cr_assert_eq(row__add_sample(row, D_OFF_SLEEP, slept_ns), 0);
	row->n[C_LIFETIME] = oncpu_ns + waited_ns + slept_ns;
	cr_assert_eq(row__add(&told->system, row), 0);
	told->list[told->summary.process_count++] = process;
}

static void told__end(struct told *told)
{
	size_t i;

	for (i = 0; i < NAMES; i++)
		row__clear(&told->process[i].row);
	row__clear(&told->system);
}

static void compare(struct compare *ret_compare, const struct told *a, const struct told *b)
{
	memset(ret_compare, 0, sizeof(*ret_compare));
	cr_assert_eq(compare__add(ret_compare, 0, &a->summary), 0);
	cr_assert_eq(compare__add(ret_compare, 1, &b->summary), 0);
}

static char *show_rows(const struct compare *compare, int width, __u32 rows)
{
	static const char *const names[2] = { "a.tasktoll", "b.tasktoll" };
	const struct view_options options = { .rows = rows, .width = width };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(diff__write_text(out, compare, names, &options), 0);
	fclose(out);
	return text;
}

static char *show(const struct compare *compare, int width)
{
	return show_rows(compare, width, 20);
}

static void check_shows(const struct told *a, const struct told *b, const char *const lines[])
{
	struct compare both;
	char *text;

	compare(&both, a, b);
	text = show(&both, 80);
	for (; *lines; lines++)
		cr_expect_not_null(strstr(text, *lines), "no \"%s\" in\n%s", *lines, text);
	free(text);
	compare__free(&both);
}

static void check_doubt(const struct told *a, const struct told *b, int count, const char *begin)
{
	struct doubts doubts;
	struct compare both;

	compare(&both, a, b);
	doubts__find(&doubts, &both);
	SAME(doubts.count, count);
	if (count)
		cr_expect_eq(strncmp(doubts.text[0], begin, strlen(begin)), 0, "%s",
			     doubts.text[0]);
	compare__free(&both);
}

Test(view_diff, begins_with_where_the_time_went)
{
	static const char *const lines[] = {
		"  elapsed                   2.00s      2.00s        +0.0%\n"
		"  CPUs used                  0.50       0.50        +0.0%\n"
		"  on a CPU                  25.0%      10.0% -15.0 points\n"
		"  waiting for a CPU         25.0%      40.0% +15.0 points\n"
		"  interruptible (S)         50.0%      50.0%   0.0 points\n"
		"  uninterruptible (D)        0.0%       0.0%   0.0 points\n"
		"  other                      0.0%       0.0%   0.0 points\n"
		"  all threads' time        100.0%     100.0%",
		NULL
	};
	struct told a, b;

	told__begin(&a, 2 * SECOND);
	told__add(&a, "server", SECOND, SECOND, 2 * SECOND);
	told__begin(&b, 2 * SECOND);
	told__add(&b, "server", SECOND, 4 * SECOND, 5 * SECOND);
	check_shows(&a, &b, lines);
	check_doubt(&a, &b, 0, "");
	told__end(&a);
	told__end(&b);
}

/* By time, each second, whichever process and state it is; ratios are numbers that can be read. */
Test(view_diff, what_changed_most_comes_first)
{
	static const char *const lines[] = {
		"  CHANGED MOST    TIME IN        A/s      B/s       CHANGE\n"
		"  server          waiting     1.00ms    1.83s  1,830 times\n"
		"  born            on a CPU       0ns    500ms          new\n"
		"  gone            on a CPU     250ms      0ns         gone\n",
		NULL
	};
	struct told a, b;

	told__begin(&a, SECOND);
	told__add(&a, "server", SECOND / 2, SECOND / 1000, 0);
	told__add(&a, "gone", SECOND / 4, 0, 0);
	told__begin(&b, SECOND);
	told__add(&b, "server", SECOND / 2, SECOND / 1000 * 1830, 0);
	told__add(&b, "born", SECOND / 2, 0, 0);
	check_shows(&a, &b, lines);
	told__end(&a);
	told__end(&b);
}

Test(view_diff, says_what_does_not_compare)
{
	struct told a, b;

	told__begin(&a, SECOND);
	told__begin(&b, SECOND);
	told__add(&a, "server", SECOND / 2, 0, 0);
	told__add(&b, "server", SECOND / 2, 0, 0);
	check_doubt(&a, &b, 0, "");
	b.summary.cpus = 4;
	check_doubt(&a, &b, 1, "the machines have 2 and 4 CPUs");
	strcpy(b.summary.kernel, "6.1.0");
	check_doubt(&a, &b, 2, "the kernels differ (Linux 6.18.0 and 6.1.0)");
	strcpy(b.summary.host, "other");
	check_doubt(&a, &b, 3, "A and B are from different machines (host and other)");
	b.summary.duration_ns = 2 * SECOND;
	/* and it used half of the CPU time each second */
	check_doubt(&a, &b, 5, "A and B differ in length (1.00s and 2.00s)");
	told__end(&a);
	told__end(&b);
}

Test(view_diff, says_that_the_load_is_another_one)
{
	struct told a, b;

	told__begin(&a, SECOND);
	told__begin(&b, SECOND);
	told__add(&a, "server", SECOND / 2, 0, 0);
	told__add(&b, "server", SECOND / 4, 0, 0);
	told__add(&b, "cc1", SECOND / 4, 0, 0);
	check_doubt(
		&a, &b, 1,
		"the load differs: 50.0% of the CPU time of B is of programs that did not run in A "
		"(cc1)");
	strcpy(b.summary.target, "process 12");
	check_doubt(&a, &b, 2, "the targets differ (the whole machine; process 12)");
	told__end(&a);
	told__end(&b);
}

/* Where each row is there, and just so many are asked for, nothing is said of more. */
Test(view_diff, all_rows_are_all)
{
	struct compare both;
	struct told a, b;
	char *text;

	told__begin(&a, SECOND);
	told__begin(&b, SECOND);
	told__add(&a, "server", SECOND, SECOND, 2 * SECOND);
	told__add(&b, "server", SECOND, 4 * SECOND, 5 * SECOND);
	compare(&both, &a, &b);
	text = show_rows(&both, 80, 1);
	cr_expect_not_null(strstr(text, "server"), "%s", text);
	cr_expect_null(strstr(text, " more ("), "%s", text);
	free(text);
	compare__free(&both);
	told__end(&a);
	told__end(&b);
}

/* Not known on one side: no share, no change, and no zero. */
Test(view_diff, what_is_not_known_is_not_compared)
{
	static const char *const lines[] = {
		"  on a CPU                 100.0%        n/a            -\n",
		"  wait for a CPU p50            -        n/a            -\n", NULL
	};
	struct told a, b;

	told__begin(&a, SECOND);
	told__begin(&b, SECOND);
	told__add(&a, "server", SECOND / 2, 0, 0);
	told__add(&b, "server", SECOND / 2, 0, 0);
	b.summary.has_dist[D_RUNQ] = false;
	check_shows(&a, &b, lines);
	told__end(&a);
	told__end(&b);
}

Test(view_diff, fits_from_60_columns_on)
{
	size_t i, n;

	for (i = 0; i < PAGE_WIDTHS; i++) {
		for (n = 0; n < PAGE_NAMES; n++) {
			struct compare both;
			struct told a, b;
			char *text;

			told__begin(&a, SECOND);
			told__begin(&b, 1234 * SECOND);
			told__add(&a, page_names[n], 1, 1, 1);
			told__add(&b, page_names[n], 1234 * SECOND, 99 * SECOND, SECOND);
			told__add(&b, "other", 1234 * SECOND, 99 * SECOND, SECOND);
			compare(&both, &a, &b);
			text = show(&both, page_widths[i]);
			page__check_fits(text, page_widths[i], page_names[n]);
			page__check_lines_up(text, "CHANGED MOST", 2);
			page__check_lines_up(text, "COMMAND", 2);
			free(text);
			compare__free(&both);
			told__end(&a);
			told__end(&b);
		}
	}
}
