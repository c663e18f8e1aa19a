/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every figure of a rich run as Prometheus and a browser read it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/tt.h"
#include "golden.h"
#include "make_rich.h"
#include "unit.h"
#include "view/html_machine.h"
#include "view/metrics.h"

static struct rich rich;
static struct group_sums sums;

static void begin(bool poor, enum group_by by, size_t most)
{
	struct groups groups;

	rich__make(&rich, poor);
	cr_assert_eq(groups__make(&groups, &rich.scene.summary, by), 0);
	sums.most = most;
	cr_assert_eq(group_sums__add(&sums, &groups, 1), 0);
	groups__free(&groups);
}

static void end(void)
{
	group_sums__free(&sums);
	rich__release(&rich);
	tt__cleanup();
}

TestSuite(golden_metrics, .fini = end);

static char *show(enum group_by by)
{
	const struct metrics page = { &rich.scene.summary, &rich.scene.summary, &sums, by, "1.2" };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	metrics__write(out, &page);
	fclose(out);
	return text;
}

Test(golden_metrics, of_a_machine_and_its_groups)
{
	begin(false, BY_COMM, 2);
	golden__check("metrics.txt", show(BY_COMM));
}

Test(golden_metrics, what_is_not_available_is_absent)
{
	begin(true, BY_COMM, 2);
	golden__check("metrics-poor.txt", show(BY_COMM));
}

/* ---- how many ---- */

static size_t count_series(const char *text, const char *with)
{
	size_t count = 0;

	while (*text) {
		size_t size = strcspn(text, "\n");
		char line[1024];

		snprintf(line, sizeof(line), "%.*s", (int)size, text);
		count += *text != '#' && strstr(line, with);
		text += size + 1;
	}
	return count;
}

Test(golden_metrics, a_page_has_as_many_series_as_were_counted_on)
{
	size_t groups;
	char *text;

	begin(false, BY_COMM, 3);
	text = show(BY_COMM);
	groups = count_series(text, "{group=\"");
	SAME(groups, (HASH_COUNT(sums.names) + (sums.other != NULL)) * METRICS_OF_GROUP);
	cr_expect_leq(count_series(text, "") - groups + SUMMARY_UNAVAILABLE, METRICS_OF_MACHINE,
		      "%zu", count_series(text, ""));
	SAME(metrics__groups_most(METRICS_OF_MACHINE + 10 * METRICS_OF_GROUP), 9);
	SAME(metrics__groups_most(5000), 99);
	free(text);
}

/* ---- what a group is ---- */

static void expect_labels(enum group_by by, const char *name, const char *labels)
{
	struct group_sums one = { .most = 1 };
	struct group_sum sum = { .name = (char *)(unsigned long)name };
	struct summary run = { 0 };
	struct metrics page = { &run, &run, &one, by, "1.2" };
	char *text, line[256];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	HASH_ADD_KEYPTR(hh, one.names, sum.name, strlen(sum.name), &sum);
	metrics__write_groups(out, &page);
	fclose(out);
	HASH_CLEAR(hh, one.names);
	snprintf(line, sizeof(line), "tasktoll_group_threads{%s} 0\n", labels);
	cr_expect_not_null(strstr(text, line), "no %s", line);
	free(text);
}

Test(golden_metrics, labels_say_what_a_group_is)
{
	expect_labels(BY_COMM, "postgres", "group=\"postgres\",comm=\"postgres\"");
	expect_labels(BY_USER, "postgres", "group=\"postgres\"");
	expect_labels(BY_CGROUP, "ssh.service", "group=\"ssh.service\",unit=\"ssh.service\"");
	expect_labels(BY_CGROUP, "docker 0123456789ab",
		      "group=\"docker 0123456789ab\",container=\"0123456789ab\"");
	expect_labels(BY_CGROUP, "pod 8f3c2a10-1b2c-4d3e-9f40-0123456789ab/fedcba987654",
		      "group=\"pod 8f3c2a10-1b2c-4d3e-9f40-0123456789ab/fedcba987654\","
		      "container=\"fedcba987654\"");
	expect_labels(BY_CGROUP, "pod 8f3c2a10-1b2c-4d3e-9f40-0123456789ab",
		      "group=\"pod 8f3c2a10-1b2c-4d3e-9f40-0123456789ab\"");
	/* strangers name directories */
	expect_labels(BY_CGROUP, "/a/docker 0123456789ab", "group=\"/a/docker 0123456789ab\"");
	expect_labels(BY_CGROUP, "/docker x0123456789", "group=\"/docker x0123456789\"");
	expect_labels(BY_CGROUP, "docker 0123.service",
		      "group=\"docker 0123.service\",unit=\"docker 0123.service\"");
	expect_labels(BY_CGROUP, GROUP_UNKNOWN, "group=\"unknown\"");
	expect_labels(BY_COMM, GROUP_UNKNOWN, "group=\"unknown\"");
}

/* A sample in each bucket, in the last one as well: each line counts those below it, too. */
Test(golden_metrics, histogram_of_all_buckets)
{
	static const int whichs[] = { D_PICK, D_RUNQ, D_OFF_SLEEP };
	static const struct metric_labels none;
	size_t i, lines;

	for (i = 0; i < ARRAY_SIZE(whichs); i++) {
		const struct dist_info *info = &dist_infos[whichs[i]];
		struct dist dist = { 0 };
		char *text, *at, last[64];
		size_t size;
		FILE *out = open_memstream(&text, &size);
		__u32 b;

		for (b = 0; b < info->buckets; b++)
			dist__add_sample(&dist, whichs[i], hist_floor(b, info->first));
		metric__histogram(out, "m", &none, &dist, whichs[i], false);
		fclose(out);
		for (at = text, lines = 0; !strncmp(at, "m_bucket{le=", 12); lines++) {
			at = strchr(at, ' ') + 1;
			SAME(strtoull(at, &at, 10), lines + 1);
			at++;
		}
		SAME(lines, info->buckets);
		snprintf(last, sizeof(last), "m_bucket{le=\"+Inf\"} %u\n", info->buckets);
		cr_expect_not_null(strstr(text, last), "%s", text);
		snprintf(last, sizeof(last), "m_count %u\n", info->buckets);
		cr_expect_str_eq(text + size - strlen(last), last);
		free(text);
	}
}

/* ---- by somebody else ---- */

Test(golden_metrics, promtool_has_no_complaint)
{
	static const char *const shell = "promtool check metrics < \"$0\"";
	static const enum group_by by[] = { BY_COMM, BY_USER };
	const char *path = tt__temp("metrics");
	struct run run;
	FILE *file;
	char *text;

	run__do(&run, ARGS("sh", "-c", "command -v promtool"), NULL);
	if (run.status)
		cr_skip_test("promtool is not here");
	run__free(&run);
	begin(false, by[0], 100);
	text = show(BY_COMM);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
	run__do(&run, ARGS("sh", "-c", shell, path), NULL);
	cr_expect_eq(run.status, 0, "%s%s", run.out, run.err);
	cr_expect_eq(run.out_len + run.err_len, 0, "%s%s", run.out, run.err);
	run__free(&run);
	free(text);
}

Test(golden_metrics, names_do_what_they_are_told)
{
	size_t i;

	for (i = 0; hostile_names[i]; i++) {
		struct group_sum sum = { .name = (char *)(unsigned long)hostile_names[i] };
		struct metric_labels labels = { .group = sum.name };
		char *text;
		size_t size, quotes = 0, at;
		FILE *out = open_memstream(&text, &size);

		metric__count(out, "m", &labels, 7);
		fclose(out);
		cr_expect_not(has_control_characters(text), "%s", text);
		cr_expect_eq(strchr(text, '\n'), text + size - 1, "%s", text);
		for (at = 0; text[at]; at++) {
			if (text[at] == '\\')
				at++;
			else
				quotes += text[at] == '"';
		}
		SAME(quotes, 2);
		cr_expect_str_eq(text + size - 4, "} 7\n", "%s", text);
		free(text);
	}
}

/* ---- for people ---- */

Test(golden_metrics, page_of_a_machine)
{
	static struct recent recent;
	const struct summary *run = &rich.scene.summary;
	static char line[] = "<b>&crasher SIGSEGV: 3 down", story[] = "a tree\n  of <it>\n";
	struct told_crash crash = { .realtime_ns = 1764000000000000000ULL,
				    .line = line,
				    .story = story };
	char *text;
	size_t size;
	FILE *out;

	setenv("TZ", "UTC", 1);
	tzset();
	begin(true, BY_COMM, 2);
	recent__take(&recent, run);
	group_sums__mark(&sums);
	recent__take(&recent, run);
	group_sums__mark(&sums);
	recent.points[1] = recent.points[0];
	recent.points[1].busy /= 2;
	out = open_memstream(&text, &size);
	cr_assert_eq(html_machine__write(out, &(struct html_machine){ .run = run,
								      .last = run,
								      .groups = &sums,
								      .by = "comm",
								      .recent = &recent,
								      .crashes = &crash,
								      .crash_count = 1,
								      .crashes_all = 5 }),
		     0);
	fclose(out);
	cr_expect_null(strstr(text, "<script"), "a script");
	cr_expect_null(strstr(text, "style="), "a style that the policy forbids");
	cr_expect_null(strstr(text, "http:"), "something from elsewhere");
	golden__check("machine.html", text);
}
