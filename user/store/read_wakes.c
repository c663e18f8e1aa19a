/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who woke whom in a period. */
#include <errno.h>
#include <stdlib.h>

#include "store/reader.h"

/* Recordings of earlier versions have no such table. */
static bool store__has_table(struct store *store, enum store_table table)
{
	return sqlite3_table_column_metadata(store->db, "main", table_names[table], NULL, NULL,
					     NULL, NULL, NULL, NULL) == SQLITE_OK;
}

static void wake__fill(struct wake *wake, const struct wake_row *row, const struct keys *keys)
{
	*wake = row->wake;
	wake->woken.tid = (__u32)keys->thread;
	wake->woken.start_ns = keys->start_ns;
	wake->waker.tid = (__u32)keys->waker;
	wake->waker.start_ns = keys->waker_start_ns;
	wake->channel = (enum channel_of_wake)keys->kind;
	wake->total = wake->count;
	if (row->latency)
		wake->latency = *row->latency;
	wake->latency.fine = NULL;
}

static int read_list(struct store *store, __u32 period, struct wakes *wakes)
{
	struct query query;
	int err = 0;

	query__begin(&query, store, TABLE_WAKES, NULL, "WHERE period = ?1", period);
	while (!err && query.rows < WAKE_EDGES) {
		struct wake_row row = { 0 };
		struct keys keys = { 0 };
		struct wake wake;

		err = query__next(&query, &keys, &row);
		if (err > 0) {
			wake__fill(&wake, &row, &keys);
			err = wakes__take(wakes, &wake);
		} else if (!err) {
			err = 1; /* no more */
		}
		if (row.latency)
			dist__free(row.latency);
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

/* The one that was just added, or another one of this reading. */
static struct wake_group *find(struct wakes *wakes, size_t first, const struct keys *keys)
{
	size_t i;

	for (i = first; i < wakes->group_count; i++) {
		if (wakes->groups[i].tgid == keys->pid &&
		    wakes->groups[i].leader_ns == keys->start_ns)
			return &wakes->groups[i];
	}
	return NULL;
}

static int read_groups(struct store *store, __u32 period, struct wakes *wakes)
{
	struct query query;
	int err;

	query__begin(&query, store, TABLE_WAKE_GROUPS, NULL, "WHERE period = ?1", period);
	for (;;) {
		struct wake_group_row row = { 0 };
		struct keys keys = { 0 };
		struct wake_group group = { 0 };

		err = query.rows < WAKE_GROUPS ? query__next(&query, &keys, &row) : 0;
		if (err <= 0)
			break;
		group.tgid = (__u32)keys.pid;
		group.leader_ns = keys.start_ns;
		group.times.work = row.work_ns >> WAKE_UNIT_SHIFT;
		group.times.one = row.one_ns >> WAKE_UNIT_SHIFT;
		group.times.one_idle = row.one_idle_ns >> WAKE_UNIT_SHIFT;
		group.times.handoffs = row.handoffs;
		err = wakes__add_group(wakes, &group);
		if (err)
			break;
	}
	query__end(&query);
	return err;
}

static int read_at_once(struct store *store, __u32 period, struct wakes *wakes, size_t first)
{
	struct query query;
	int err;

	query__begin(&query, store, TABLE_AT_ONCE, NULL, "WHERE period = ?1", period);
	for (;;) {
		struct at_once_row row = { 0 };
		struct keys keys = { 0 };
		struct wake_group *group;

		err = query.rows < (__u64)WAKE_GROUPS * WAKE_AT_ONCE ?
			      query__next(&query, &keys, &row) :
			      0;
		if (err <= 0)
			break;
		group = find(wakes, first, &keys);
		if (!group) {
			store->bad++;
			continue;
		}
		group->times.running[keys.place] = row.running_ns >> WAKE_UNIT_SHIFT;
		group->times.wanted[keys.place] = row.wanted_ns >> WAKE_UNIT_SHIFT;
	}
	query__end(&query);
	return err;
}

int store__read_wakes(struct store *store, __u32 period, struct wakes *wakes,
		      struct failure *failure)
{
	size_t first = wakes->group_count;
	int err;

	if (!store__has_table(store, TABLE_WAKES) || !store__has_table(store, TABLE_WAKE_GROUPS))
		return 0;
	period += store->first - 1;
	err = read_list(store, period, wakes);
	if (!err)
		err = read_groups(store, period, wakes);
	if (!err && store__has_table(store, TABLE_AT_ONCE))
		err = read_at_once(store, period, wakes, first);
	return err ? failure__set(failure, err, NULL, NULL, "cannot read the recording %s",
				  store->path) :
		     0;
}
