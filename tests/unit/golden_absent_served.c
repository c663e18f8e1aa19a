/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Prometheus and a browser read differently when one thing of a rich run is missing, 0 or 1. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/tt.h"
#include "changed_lines.h"
#include "golden.h"
#include "make_absent.h"
#include "make_rich.h"
#include "unit.h"
#include "view/html_machine.h"
#include "view/metrics.h"

/* A run with groups that have grown, between two looks, by amounts of their own. */
struct served {
	struct rich rich;
	struct group_sums sums;
	struct recent recent;
};

static void group_sums__grow(struct group_sums *sums, __u64 factor)
{
	struct group_sum *sum;
	__u64 n = 0;
	int state;

	for (sum = sums->names; sum; sum = sum->hh.next) {
		n = (n + factor) % 11;
		for (state = 0; state < STATES; state++)
			sum->recent.state[state] = (1 + (n * (__u64)(state + 2)) % 13) * 100000000;
		sum->recent.switches = 1000 * n + 7;
		sum->recent.toll = 1000000 * n + 17;
	}
}

static void served__begin(struct served *served)
{
	struct groups groups;

	setenv("TZ", "UTC", 1);
	tzset();
	rich__make(&served->rich, false);
	served->sums.most = 3;
	cr_assert_eq(groups__make(&groups, &served->rich.scene.summary, BY_COMM), 0);
	cr_assert_eq(group_sums__add(&served->sums, &groups, 1), 0);
	groups__free(&groups);
	group_sums__grow(&served->sums, 7);
}

static void served__end(struct served *served)
{
	group_sums__free(&served->sums);
	rich__release(&served->rich);
}

TestSuite(golden_absent_served, .fini = tt__cleanup);

/* ---- for Prometheus ---- */

/* Buckets are in the whole page: here they would hide the rest. */
static char *without_buckets(char *text)
{
	char *from = text, *to = text;

	while (*from) {
		size_t size = strcspn(from, "\n") + 1;
		char *bucket = strstr(from, "_bucket{");

		if (!bucket || bucket > from + size) {
			memmove(to, from, size);
			to += size;
		}
		from += size;
	}
	*to = 0;
	return text;
}

static char *show_metrics(const struct absent *absent)
{
	static struct served served;
	const struct summary *run = &served.rich.scene.summary;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	served = (struct served){ 0 };
	served__begin(&served);
	if (absent)
		absent->remove(&served.rich.scene.summary, absent->which);
	metrics__write(out, &(struct metrics){ run, run, &served.sums, BY_COMM, "1.2" });
	fclose(out);
	served__end(&served);
	return without_buckets(text);
}

/* ---- for people ---- */

static char story[] = "a tree\n", line[] = "crasher SIGSEGV";
static const struct told_crash crash = { .realtime_ns = 1764000000000000000ULL,
					 .line = line,
					 .story = story };

static char *show_page(const struct absent *absent, void (*change)(struct html_machine *page))
{
	static struct served served;
	struct html_machine page = { .run = &served.rich.scene.summary,
				     .last = &served.rich.scene.summary,
				     .groups = &served.sums,
				     .by = "comm",
				     .recent = &served.recent,
				     .crashes = &crash,
				     .crash_count = 1,
				     .crashes_all = 1 };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	served = (struct served){ 0 };
	served__begin(&served);
	if (absent)
		absent->remove(&served.rich.scene.summary, absent->which);
	recent__take(&served.recent, &served.rich.scene.summary);
	if (change)
		change(&page);
	cr_assert_eq(html_machine__write(out, &page), 0);
	fclose(out);
	served__end(&served);
	return text;
}

static void no_crash(struct html_machine *page)
{
	page->crash_count = page->crashes_all = 0;
}

static void more_crashes(struct html_machine *page)
{
	page->crashes_all = 2;
}

static void no_groups(struct html_machine *page)
{
	static const struct group_sums none;

	page->groups = &none;
}

static void nothing_recent(struct html_machine *page)
{
	static const struct recent none;

	page->recent = &none;
}

static void long_ago(struct html_machine *page)
{
	static struct recent recent;
	size_t i;

	recent = *page->recent;
	recent.count = RECENT_POINTS + 1;
	for (i = 0; i < RECENT_POINTS; i++) {
		recent.points[i] = page->recent->points[0];
		recent.points[i].busy = (1 + i * 7 % 11) * 100000000;
		recent.points[i].switches = (1 + i * 5 % 13) * 1000;
		recent.points[i].state[STATE_WAITING] = (1 + i * 3 % 7) * 10000000;
		recent.points[i].state[STATE_DISK] = i % 5 * 10000000;
	}
	page->recent = &recent;
}

static void by_user(struct html_machine *page)
{
	page->by = "user";
}

/* ---- both ---- */

static void print(FILE *out, const char *name, char *was, char *is)
{
	fprintf(out, "%s\n", name);
	changed_lines__print(out, was, is);
	free(was);
	free(is);
}

Test(golden_absent_served, metrics)
{
	size_t count, i, size;
	const struct absent *list = absents(&count);
	char *text;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < count; i++)
		print(out, list[i].name, show_metrics(NULL), show_metrics(&list[i]));
	fclose(out);
	golden__check("metrics-absent.txt", text);
}

Test(golden_absent_served, page)
{
	static const struct {
		const char *name;
		void (*change)(struct html_machine *page);
	} changes[] = {
		{ "no crash", no_crash },   { "more crashes", more_crashes },
		{ "no groups", no_groups }, { "nothing recent", nothing_recent },
		{ "long ago", long_ago },   { "by user", by_user },
	};
	size_t count, i, size;
	const struct absent *list = absents(&count);
	char *text;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < count; i++)
		print(out, list[i].name, show_page(NULL, NULL), show_page(&list[i], NULL));
	for (i = 0; i < ARRAY_SIZE(changes); i++)
		print(out, changes[i].name, show_page(NULL, NULL),
		      show_page(NULL, changes[i].change));
	fclose(out);
	golden__check("machine-absent.txt", text);
}
