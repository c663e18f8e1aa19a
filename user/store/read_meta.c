/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is the same for all of a recording, and what its reader should know. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/number.h"
#include "store/reader.h"
#include "store/witness.h"

#define NOTED_NS 5000000000ULL /* after the last commit: then nobody notes its end any more */

struct meta {
	char machine[65];
	char reason[200]; /* for which it was kept; "" */
	bool ended;
	__u64 between_ns;
	__u64 cut_ns;  /* when its recorder ended, if it was cut off; 0: not known */
	__u64 read_ns; /* up to which there is something; both CLOCK_MONOTONIC */
};

static void meta__take(struct store *store, struct meta *meta, const char *key, const char *value)
{
	struct summary *summary = &store->meta;
	__u64 number = strtoull(value, NULL, 10);
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
		{ "host", summary->host, sizeof(summary->host) },
		{ "kernel", summary->kernel, sizeof(summary->kernel) },
		{ "boot_id", summary->boot_id, sizeof(summary->boot_id) },
		{ "target", summary->target, sizeof(summary->target) },
		{ "machine", meta->machine, sizeof(meta->machine) },
		{ REASON_KEY, meta->reason, sizeof(meta->reason) },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!strcmp(texts[i].key, key))
			utf8__from_bytes(texts[i].to, texts[i].size, value, strlen(value));
	}
	if (!strcmp(key, "cpus") && number && number <= 65536)
		summary->cpus = (int)number;
	else if (!strcmp(key, "cost_source") && number <= COST_FINISH_TASK_SWITCH)
		summary->cost_source = (enum cost_source)number;
	else if (!strcmp(key, "threads"))
		summary->threads = number;
	else if (!strcmp(key, ROLLS_KEY))
		store->rolls = number == 1;
	else if (!strcmp(key, "ended"))
		meta->ended = number == 1;
	else if (!strcmp(key, "longest_between_commits_ns"))
		meta->between_ns = number;
	else if (!strcmp(key, WITNESS_KEY))
		meta->cut_ns = number;
}

static void read_pairs(struct store *store, struct meta *meta)
{
	struct query query;

	query__begin(&query, store, TABLE_RECORDING, NULL, "", 0);
	for (;;) {
		struct keys keys = { .text = "" };
		struct pair_row row = { "" };

		if (query__next(&query, &keys, &row) <= 0)
			break;
		meta__take(store, meta, keys.text, row.value);
	}
	query__end(&query);
}

static void measure__take(struct summary *summary, const char *kind, const char *measure,
			  bool available)
{
	char name[64];
	int i;

	for (i = 0; i < ROW_COUNTERS && !strcmp(kind, "counter"); i++) {
		snprintf(name, sizeof(name), "%s%s%s", counter_infos[i].group,
			 *counter_infos[i].group ? "_" : "", counter_infos[i].name);
		if (!strcmp(name, measure))
			summary->has_counter[i] = available;
	}
	for (i = 0; i < ROW_DISTS && !strcmp(kind, "distribution"); i++) {
		snprintf(name, sizeof(name), "%s%s%s", dist_infos[i].group,
			 *dist_infos[i].group ? "_" : "", dist_infos[i].name);
		if (!strcmp(name, measure))
			summary->has_dist[i] = available;
	}
	for (i = 0; i < PHASES && !strcmp(kind, "phase"); i++) {
		if (!strcmp(phase_names[i], measure))
			summary->has_phase[i] = available;
	}
	if (!strcmp(kind, "creation") && !strcmp(measure, "failed"))
		summary->has_failed = available;
}

static void read_measures(struct store *store)
{
	static const char *const only[] = { "kind", "measure", "available", NULL };
	struct query query;

	query__begin(&query, store, TABLE_MEASURES, only, "", 0);
	for (;;) {
		struct keys keys = { .text = "", .measure = "" };
		struct measure_row row = { 0 };

		if (query__next(&query, &keys, &row) <= 0)
			break;
		measure__take(&store->meta, keys.text, keys.measure, row.available);
	}
	query__end(&query);
}

static void read_unavailable(struct store *store)
{
	struct query query;

	query__begin(&query, store, TABLE_UNAVAILABLE, NULL, "ORDER BY place", 0);
	while (store->meta.unavailable_count < SUMMARY_UNAVAILABLE) {
		struct keys keys = { 0 };
		struct unavailable_row row = { .measure = "" };

		if (query__next(&query, &keys, &row) <= 0)
			break;
		summary__unavailable(&store->meta, store__keep(store, row.measure), row.reason);
	}
	query__end(&query);
}

static void remark(struct store *store, const char *text)
{
	if (store->remark_count < STORE_REMARKS)
		utf8__from_bytes(store->remarks[store->remark_count++], sizeof(store->remarks[0]),
				 text, strlen(text));
}

static bool is_of_this_boot(const struct store *store)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	char id[sizeof(store->meta.boot_id)] = "";

	if (file) {
		if (fgets(id, sizeof(id), file))
			id[strcspn(id, "\n")] = 0;
		fclose(file);
	}
	return *id && !strcmp(id, store->meta.boot_id);
}

/* What is told is not less than what is missing, though it is rounded. */
static struct number at_most(__u64 ns)
{
	return number__duration(ns + ns / 100 + 1000000);
}

/* Until when can its recorder have lived?  Nobody needs to have noted it: it has ended by now. */
static void remark_cut(struct store *store, const struct meta *meta)
{
	__u64 end = meta->cut_ns;
	char text[320];

	if (!end && is_of_this_boot(store))
		end = clock__monotonic();
	if (!store->periods)
		snprintf(text, sizeof(text),
			 "the recording was cut off before anything was written");
	else if (end >= meta->read_ns && end)
		snprintf(text, sizeof(text),
			 "the recording was cut off: its last %s at most are missing",
			 at_most(end - meta->read_ns).text);
	else
		snprintf(
			text, sizeof(text),
			"the recording was cut off at an unknown time, so it is unknown how much is "
			"missing (it was written every %s)",
			number__duration(meta->between_ns ? meta->between_ns : 1000000000).text);
	store->cut_off = true;
	remark(store, text);
}

static void make_remarks(struct store *store, const struct meta *meta)
{
	struct utsname here = { 0 };
	char text[320], host[65];

	uname(&here);
	if (*meta->reason) {
		snprintf(text, sizeof(text), "the recording was kept because of %s", meta->reason);
		utf8__printable(text);
		remark(store, text);
	}
	if (!meta->ended)
		remark_cut(store, meta);
	if (strcmp(here.nodename, store->meta.host) || strcmp(here.machine, meta->machine)) {
		snprintf(host, sizeof(host), "%s", store->meta.host);
		utf8__printable(host);
		snprintf(text, sizeof(text),
			 "the recording was made on %s (%.32s), this is %.64s (%.32s)", host,
			 meta->machine, here.nodename, here.machine);
		utf8__printable(text);
		remark(store, text);
	}
}

static __u32 read_a_period(struct store *store, const char *tail, __u64 *ret_now)
{
	static const char *const only[] = { "period", "read_at_ns", NULL };
	struct keys keys = { 0 };
	struct period_row row = { 0 };
	struct query query;

	query__begin(&query, store, TABLE_PERIODS, only, tail, 0);
	if (query__next(&query, &keys, &row) > 0)
		*ret_now = row.now_ns;
	query__end(&query);
	return (__u32)keys.period;
}

/* The first is 1, unless those before it have been forgotten. */
static void read_periods(struct store *store, struct meta *meta)
{
	__u32 last = read_a_period(store, "ORDER BY period DESC LIMIT 1", &meta->read_ns), first;
	__u64 ignored;

	store->first = 1;
	store->periods = last;
	if (!store->rolls || !last)
		return;
	first = read_a_period(store, "ORDER BY period LIMIT 1", &ignored);
	if (!first || first > last)
		return;
	store->first = first;
	store->periods = last - first + 1;
}

/* Its recorder has ended just now: when, is noted in a moment. */
static bool is_noted_soon(const struct store *store, const struct meta *meta)
{
	__u64 now = clock__monotonic();

	return !meta->ended && !meta->cut_ns && is_of_this_boot(store) && now >= meta->read_ns &&
	       now - meta->read_ns < NOTED_NS;
}

int store__read_meta(struct store *store, struct failure *failure)
{
	struct meta meta = { 0 };
	int tries;

	store->meta.cpus = 1;
	for (tries = 0; tries < 50; tries++) {
		read_pairs(store, &meta);
		if (!tries)
			read_periods(store, &meta);
		if (!is_noted_soon(store, &meta))
			break;
		usleep(20000);
	}
	read_measures(store);
	read_unavailable(store);
	if (store->broken[TABLE_RECORDING] || store->broken[TABLE_PERIODS])
		return failure__set(failure, -EIO, "it is damaged",
				    "sqlite3 FILE .recover saves what can be saved",
				    "cannot read the recording %s", store->path);
	make_remarks(store, &meta);
	return 0;
}
