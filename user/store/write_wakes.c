/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who woke whom in a period. */
#include "store/writer.h"

static int put_wake(struct store_writer *writer, __u32 period, const struct wake *wake,
		    struct failure *failure)
{
	const struct keys keys = { .period = period,
				   .thread = wake->woken.tid,
				   .start_ns = wake->woken.start_ns,
				   .waker = wake->waker.tid,
				   .waker_start_ns = wake->waker.start_ns,
				   .kind = wake->channel };
	struct dist latency = wake->latency;
	struct wake_row row = { .wake = *wake, .latency = &latency };

	return writer__put(writer, TABLE_WAKES, &keys, &row, failure);
}

static int put_at_once(struct store_writer *writer, struct keys *keys,
		       const struct wake_group *group, struct failure *failure)
{
	int i, err = 0;

	for (i = 0; i < WAKE_AT_ONCE && !err; i++) {
		struct at_once_row row = { .running_ns = group->times.running[i] << WAKE_UNIT_SHIFT,
					   .wanted_ns = group->times.wanted[i] << WAKE_UNIT_SHIFT };

		keys->place = (__u64)i;
		if (row.running_ns || row.wanted_ns)
			err = writer__put(writer, TABLE_AT_ONCE, keys, &row, failure);
	}
	return err;
}

static int put_group(struct store_writer *writer, __u32 period, const struct wake_group *group,
		     struct failure *failure)
{
	struct keys keys = { .period = period, .pid = group->tgid, .start_ns = group->leader_ns };
	const struct wake_group_row row = { .work_ns = group->times.work << WAKE_UNIT_SHIFT,
					    .one_ns = group->times.one << WAKE_UNIT_SHIFT,
					    .one_idle_ns = group->times.one_idle << WAKE_UNIT_SHIFT,
					    .handoffs = group->times.handoffs };
	int err = writer__put(writer, TABLE_WAKE_GROUPS, &keys, &row, failure);

	return err ? err : put_at_once(writer, &keys, group, failure);
}

int store__put_wakes(struct store_writer *writer, __u32 period, const struct wakes *wakes,
		     struct failure *failure)
{
	size_t i;
	int err = 0;

	for (i = 0; i < wakes->count && !err && !writer__is_cut(writer); i++) {
		if (wakes->list[i].count && !wakes->list[i].written)
			err = put_wake(writer, period, &wakes->list[i], failure);
	}
	for (i = 0; i < wakes->group_count && !err && !writer__is_cut(writer); i++)
		err = put_group(writer, period, &wakes->groups[i], failure);
	return err;
}
