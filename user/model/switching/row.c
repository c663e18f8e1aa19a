/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/row.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct counter_info counter_infos[ROW_COUNTERS] = {
#define COUNTER(id, type, group, name, unit, probe, help) [C_##id] = { group, name, unit, help },
#include "counters.def"
	[C_IN_IDLE] = { "in", "idle", "count", "switches to the idle task" },
	[C_LIFETIME] = { "", "lifetime_ns", "nanoseconds",
			 "lifetimes of its threads, within the run" },
};

const char *const state_names[STATES] = { "oncpu", "waiting", "sleep", "disk", "other" };

const struct dist row__no_dist;

#define NO_BUCKETS ((struct bucket_range){ 1, 0 })

static struct dist *row__touch(struct row *row, int which, struct bucket_range range)
{
	struct dist **dist = &row->dist[which];

	if (row->thin) {
		if (!*dist && row->spare[which]) {
			*dist = dist__reuse(row->spare[which], range);
			if (!*dist)
				free(row->spare[which]);
			row->spare[which] = NULL;
		}
		return dist__make_room(dist, range) ? NULL : *dist;
	}
	if (!*dist)
		*dist = calloc(1, sizeof(**dist));
	return *dist;
}

static void row__add_counters(struct row *row, const struct task_rec *new,
			      const struct task_rec *old, int idle)
{
	__u64 kernel = row->n[C_IN_KERNEL];

	/* the subtraction is done in the record's own width, so that a wrap is harmless */
#define COUNTER(id, type, ...) row->n[C_##id] += (type)(new->id - (old ? old->id : 0));
#include "counters.def"
	if (idle) {
		row->n[C_IN_IDLE] += row->n[C_IN_KERNEL] - kernel;
		row->n[C_IN_KERNEL] = kernel;
	}
}

int rows__add_readings(struct row *const *rows, int count, const struct reading *now,
		       const struct reading *before, int idle)
{
	struct seen_hist hists[D_COUNT], were[D_COUNT];
	int d, i;

	for (i = 0; i < count; i++)
		row__add_counters(rows[i], now->rec, before->rec, idle);
	reading__hists(now, hists);
	reading__hists(before, were);
	for (d = 0; d < D_COUNT; d++) {
		int target = idle && d == D_SWITCH_KERNEL ? D_SWITCH_IDLE : d;
		struct bucket_range range;

		if (!hists[d].head || !dist__differs(&hists[d], &were[d], &range))
			continue;
		for (i = 0; i < count; i++) {
			if (!row__touch(rows[i], target, range))
				return -ENOMEM;
			dist__add_range(rows[i]->dist[target], target, &hists[d], &were[d], range);
		}
	}
	return 0;
}

int row__add_readings(struct row *row, const struct reading *now, const struct reading *before,
		      int idle)
{
	return rows__add_readings(&row, 1, now, before, idle);
}

int row__add(struct row *row, const struct row *other)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++)
		row->n[i] += other->n[i];
	for (i = 0; i < ROW_DISTS; i++) {
		if (!other->dist[i])
			continue;
		if (!row__touch(row, i, dist__used(other->dist[i])))
			return -ENOMEM;
		if (dist__add(row->dist[i], i, other->dist[i]))
			return -ENOMEM;
	}
	return 0;
}

int row__add_sample(struct row *row, int which, __u64 ns)
{
	__u32 bucket = dist__bucket_of(which, ns);

	if (!row__touch(row, which, (struct bucket_range){ bucket, bucket }))
		return -ENOMEM;
	dist__add_sample(row->dist[which], which, ns);
	return 0;
}

static const __u32 *fine__of(const struct fine_hists *fine, int which)
{
	static const size_t offsets[ROW_DISTS] = {
#define DIST(id, layout, ...) [D_##id] = offsetof(struct fine_hists, id),
#include "counters.def"
		[D_SWITCH_IDLE] = offsetof(struct fine_hists, SWITCH_IDLE),
	};

	return fine ? (const void *)((const char *)fine + offsets[which]) : NULL;
}

int row__add_fine(struct row *row, const struct fine_hists *now, const struct fine_hists *before)
{
	int i, err = 0;

	for (i = 0; i < ROW_DISTS && !err; i++) {
		if (!row__touch(row, i, NO_BUCKETS))
			return -ENOMEM;
		err = dist__add_fine(row->dist[i], i, fine__of(now, i), fine__of(before, i));
	}
	return err;
}

int row__add_fine_sample(struct row *row, int which, __u64 ns)
{
	if (!row__touch(row, which, NO_BUCKETS))
		return -ENOMEM;
	return dist__add_fine_sample(row->dist[which], which, ns);
}

int row__take_fine(struct row *row, const struct row *other)
{
	int i, err = 0;

	for (i = 0; i < ROW_DISTS && !err; i++) {
		if (row->dist[i] && other->dist[i] && other->dist[i]->fine)
			err = dist__take_fine(row->dist[i], i, other->dist[i]);
	}
	return err;
}

void row__take_back(struct row *row, int which, __u64 ns)
{
	struct dist *dist = row->dist[which];

	if (!dist)
		return;
	if (ns > dist->sum)
		ns = dist->sum;
	dist->sum -= ns;
	dist->open -= (__s64)ns;
}

int row__give_back(struct row *row, int which, __u64 ns)
{
	if (!ns)
		return 0;
	if (!row__touch(row, which, NO_BUCKETS))
		return -ENOMEM;
	row->dist[which]->sum += ns;
	row->dist[which]->open += (__s64)ns;
	return 0;
}

__u64 row__state(const struct row *row, enum state state)
{
	static const int dists[STATES] = { [STATE_WAITING] = D_RUNQ,
					   [STATE_SLEEP] = D_OFF_SLEEP,
					   [STATE_DISK] = D_OFF_DISK,
					   [STATE_OTHER] = D_OFF_OTHER };

	return state == STATE_ONCPU ? row->n[C_ONCPU] : row__dist(row, dists[state])->sum;
}

void row__clear(struct row *row)
{
	bool thin = row->thin;
	int i;

	for (i = 0; i < ROW_DISTS; i++) {
		dist__free(row->dist[i]);
		free(row->spare[i]);
	}
	memset(row, 0, sizeof(*row));
	row->thin = thin;
}

void row__restart(struct row *row)
{
	int i;

	for (i = 0; i < ROW_DISTS; i++) {
		struct dist *dist = row->dist[i];

		row->dist[i] = NULL;
		if (!dist || !dist->room || row->spare[i])
			dist__free(dist);
		else
			row->spare[i] = dist;
	}
	memset(row->n, 0, sizeof(row->n));
}

__u64 row__switches(const struct row *row)
{
	return row->n[C_VOLUNTARY] + row->n[C_INVOLUNTARY];
}

__u64 row__in(const struct row *row)
{
	return row->n[C_IN_THREAD] + row->n[C_IN_PROCESS] + row->n[C_IN_RESUME] +
	       row->n[C_IN_KERNEL] + row->n[C_IN_IDLE];
}

double row__toll_error(const struct row *row, __u32 most)
{
	double pick = dist__sum_error(row__dist(row, D_PICK), D_PICK, most), squares = 0, error;
	int d;

	for (d = 0; d < ROW_DISTS; d++) {
		if (dist_infos[d].layout != LAYOUT_COST || d == D_PICK)
			continue;
		error = dist__sum_error(row__dist(row, d), d, most);
		squares += error * error; /* a switch is of one kind */
	}
	return pick + sqrt(squares); /* and its phases are priced together */
}

__u64 row__toll(const struct row *row)
{
	__u64 sum = 0;
	int d;

	for (d = 0; d < ROW_DISTS; d++) {
		if (dist_infos[d].layout == LAYOUT_COST)
			sum += row__dist(row, d)->sum;
	}
	return sum;
}
