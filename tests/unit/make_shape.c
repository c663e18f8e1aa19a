/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

struct shape shape__make(__u64 seed, __u64 processes)
{
	struct shape shape = { .runs = 1, .cpus = 6, .has_states = true, .has_create = true };
	__u64 next = 1009 * seed;
	int i, j;

	for (i = 0; i < ROW_COUNTERS; i++) {
		shape.n[i] = next += 7919;
		shape.has_counter[i] = true;
	}
	for (i = 0; i < ROW_DISTS; i++) {
		shape.has_dist[i] = true;
		for (j = 0; j < 40; j++)
			dist__add_sample(&shape.dist[i], i,
					 (next += 104729) / (i >= D_SWITCH_THREAD ? 60 : 3));
	}
	shape.n[C_ONCPU] = (700 + 31 * seed) * MS + next;
	shape.dist[D_RUNQ].sum = (230 + 17 * seed) * MS + next;
	shape.dist[D_OFF_SLEEP].sum = (410 + 23 * seed) * MS + next;
	shape.dist[D_OFF_DISK].sum = (130 + 11 * seed) * MS + next;
	shape.dist[D_OFF_OTHER].sum = (70 + 5 * seed) * MS + next;
	shape.elapsed_ns = (500 + 29 * seed) * MS + next;
	shape.duration_ns = (600 + 37 * seed) * MS + next;
	shape.processes = processes;
	shape.threads = processes + 6;
	shape.most_threads = 7 - processes / 2;
	shape.together =
		(struct together){ processes, processes + 4, 5 - processes / 2, seed == 9 };
	for (i = 0; i < SPAWN_KINDS; i++)
		shape.created[i] = 20 * seed + (__u64)(i * i) + 3;
	shape.create_ns = (37 + 2 * seed) * MS + next;
	for (i = 0; i < END_CLASSES; i++)
		shape.ends[i] = 50 * seed + (__u64)(i * i) + 2;
	shape.memory = (struct shape_memory){
		.samples = 90 + seed,
		.processes = processes,
		.sum = { .rss = seed * 9100000,
			 .pss = seed * 7300000,
			 .private = seed * 5200000,
			 .shared = seed * 3100000,
			 .swap = seed * 1700000,
			 .page_tables = seed * 130000,
			 .threads = processes + 6 },
		.unreadable = seed,
	};
	shape.idle_ns = (900 - 19 * seed) * MS + next;
	shape.others_ns = 120 * MS * seed;
	return shape;
}

struct shapes *shapes__make(bool poor)
{
	struct shapes *shapes = calloc(1, sizeof(*shapes));
	__u64 round;
	int side;

	cr_assert(shapes);
	strcpy(shapes->host, "host");
	strcpy(shapes->kernel, "6.18.1");
	strcpy(shapes->side[0].command, "./threads 4 100");
	memset(shapes->side[1].command, 'x', sizeof(shapes->side[1].command) - 1);
	for (round = 1; round <= 3; round++) {
		for (side = 0; side < 2; side++) {
			struct shape run = shape__make(round + 4 * (__u64)side, side ? 5 : 1);

			if (side) {
				run.crashes = round;
				run.crash_victims = 2 + round;
				run.incomplete = round == 2;
				run.status = round == 3 ? 7 : 0;
				run.failed = round == 3;
			}
			if (poor) {
				memset(&run.has_dist, 0, sizeof(run.has_dist));
				memset(&run.memory, 0, sizeof(run.memory));
				run.has_states = run.has_create = false;
			}
			shapes__add(shapes, side, &run);
		}
	}
	shapes__judge(shapes, poor ? NAN : 321);
	return shapes;
}

void wakes__make(struct wakes *wakes)
{
	static const struct {
		__u32 waker,
			woken; /* 0: an interrupt, or not seen; below 4: of process 1; 7: not in the target */
		enum channel_of_wake channel;
		__u64 count;
	} pairs[] = { { 1, 2, WAKE_FUTEX, 9001 }, { 2, 1, WAKE_FUTEX, 8803 },
		      { 2, 3, WAKE_PIPE, 4007 },  { 4, 1, WAKE_UNIX, 2003 },
		      { 1, 4, WAKE_UNIX, 1999 },  { 5, 4, WAKE_TCP, 997 },
		      { 0, 6, WAKE_TIMER, 503 },  { 7, 6, WAKE_SIGNAL, 11 },
		      { 6, 6, WAKE_EVENTFD, 7 },  { 0, 3, WAKE_UNSEEN, 3 } };
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct wake_value value = { .count = pairs[i].count };
		struct task_id ends[2] = { 0 };
		int k;

		for (k = 0; k < 2; k++) {
			__u32 id = k ? pairs[i].woken : pairs[i].waker;

			ends[k] = (struct task_id){ .tid = 100 + id,
						    .tgid = id < 4 ? 101 : 100 + id,
						    .start_ns = id,
						    .leader_ns = id < 4 ? 1 : id,
						    .flags = id < 7 ? TASK_ID_TRACED : 0 };
			strcpy(ends[k].comm, id == 2 ? "\"<b>&'\033[31m" : "worker");
		}
		if (pairs[i].channel != WAKE_UNSEEN) {
			value.latency.bucket[20 + i] = (__u32)pairs[i].count;
			value.latency.sum = 10000 * pairs[i].count;
		}
		cr_assert_eq(wakes__add(wakes, pairs[i].waker ? &ends[0] : NULL, &ends[1],
					pairs[i].channel, &value),
			     0);
	}
	wakes__sort(wakes);
}
