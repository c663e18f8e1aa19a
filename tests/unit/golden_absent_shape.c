/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What compare says differently when one figure of a shape is missing, 0, 1 or a hundred times
 * as much: of a portrait, and of the second of two programs.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "changed_lines.h"
#include "golden.h"
#include "make_shape.h"
#include "unit.h"
#include "view/portrait.h"
#include "view/shapes.h"

TestSuite(golden_absent_shape, .fini = tt__cleanup);

/* ---- what is missing ---- */

struct absent {
	char name[64];
	void (*change)(struct shape *shape, const struct absent *absent);
	size_t at;
	int which;
	__u64 value; /* of a figure; HUNDREDFOLD */
};

#define HUNDREDFOLD ~0ULL

static void set_flag(struct shape *shape, const struct absent *absent)
{
	bool *flag = (bool *)((char *)shape + absent->at);

	*flag = !*flag;
}

static void set_figure(struct shape *shape, const struct absent *absent)
{
	__u64 *figure = (__u64 *)(void *)((char *)shape + absent->at);

	*figure = absent->value == HUNDREDFOLD ? 100 * *figure : absent->value;
}

static void set_double(struct shape *shape, const struct absent *absent)
{
	*(double *)(void *)((char *)shape + absent->at) = (double)absent->value;
}

static void no_dist(struct shape *shape, const struct absent *absent)
{
	shape->has_dist[absent->which] = false;
}

static void dist_0(struct shape *shape, const struct absent *absent)
{
	memset(&shape->dist[absent->which], 0, sizeof(shape->dist[0]));
}

static void no_counter(struct shape *shape, const struct absent *absent)
{
	shape->has_counter[absent->which] = false;
}

static void counter_0(struct shape *shape, const struct absent *absent)
{
	shape->n[absent->which] = 0;
}

static void created_0(struct shape *shape, const struct absent *absent)
{
	shape->created[absent->which] = 0;
}

static void ends_0(struct shape *shape, const struct absent *absent)
{
	shape->ends[absent->which] = 0;
}

static void wakes_0(struct shape *shape, const struct absent *absent)
{
	memset(&shape->wakes.of[absent->which / WAKE_CHANNELS][absent->which % WAKE_CHANNELS], 0,
	       sizeof(shape->wakes.of[0][0]));
}

static void running_0(struct shape *shape, const struct absent *absent)
{
	shape->running_ns[absent->which] = 0;
}

static void set_interpreter(struct shape *shape, const struct absent *absent)
{
	shape->serial.interpreter = (enum interpreter)absent->which;
}

static void set_status(struct shape *shape, const struct absent *absent)
{
	shape->status = absent->which;
}

static void set_cpus(struct shape *shape, const struct absent *absent)
{
	shape->cpus = absent->which + 1;
}

static void set_priced(struct shape *shape, const struct absent *absent)
{
	shape->priced_one_in = (__u32)absent->which;
}

#define FIGURE(name)                                                                               \
	{                                                                                          \
#name, offsetof(struct shape, name)                                                \
	}

static const struct {
	const char *name;
	size_t at;
} flags[] = { FIGURE(has_states),      FIGURE(has_create),	  FIGURE(lives_unknown),
	      FIGURE(recorded),	       FIGURE(together.at_least), FIGURE(has_wakes),
	      FIGURE(at_once_unknown), FIGURE(memory.moved),	  FIGURE(serial.found) },
  figures[] = { FIGURE(elapsed_ns),
		FIGURE(duration_ns),
		FIGURE(processes),
		FIGURE(threads),
		FIGURE(most_threads),
		FIGURE(together.processes),
		FIGURE(together.threads),
		FIGURE(together.largest),
		FIGURE(create_ns),
		FIGURE(crashes),
		FIGURE(crash_victims),
		FIGURE(memory.samples),
		FIGURE(memory.processes),
		FIGURE(memory.sum.rss),
		FIGURE(memory.sum.pss),
		FIGURE(memory.sum.private),
		FIGURE(memory.sum.shared),
		FIGURE(memory.sum.swap),
		FIGURE(memory.sum.page_tables),
		FIGURE(memory.sum.threads),
		FIGURE(memory.unreadable),
		FIGURE(idle_ns),
		FIGURE(others_ns),
		FIGURE(incomplete),
		FIGURE(failed),
		FIGURE(serial.threads),
		FIGURE(serial.duration_ns),
		FIGURE(serial.work_ns),
		FIGURE(serial.one_ns),
		FIGURE(serial.one_idle_ns),
		FIGURE(serial.more_ns),
		FIGURE(serial.idle_ns),
		FIGURE(serial.handoffs),
		FIGURE(serial.given),
		FIGURE(serial.switches),
		FIGURE(serial.waited_ns),
		FIGURE(serial.holder_ns),
		FIGURE(serial.waiter_ns),
		FIGURE(serial.lock_waits),
		FIGURE(serial.lock_inside) },
  doubles[] = { FIGURE(serial.round), FIGURE(serial.takers) };

static struct absent *absents(size_t *ret_count)
{
	static const __u64 values[] = { 0, 1, HUNDREDFOLD };
	static const char *const value_names[] = { "0", "1", "a hundred times" };
	static struct absent list[600];
	size_t count = 0;
	int i, k;

#define ABSENT(number, function, offset, content, ...)                                             \
	for (i = 0; i < (int)(number); i++) {                                                      \
		cr_assert_lt(count, ARRAY_SIZE(list));                                             \
		snprintf(list[count].name, sizeof(list[count].name), __VA_ARGS__);                 \
		list[count].change = function;                                                     \
		list[count].at = offset;                                                           \
		list[count].value = content;                                                       \
		list[count++].which = i;                                                           \
	}
	ABSENT(ROW_COUNTERS, no_counter, 0, 0, "%s: n/a", counter_infos[i].name)
	ABSENT(ROW_COUNTERS, counter_0, 0, 0, "%s: 0", counter_infos[i].name)
	ABSENT(ROW_DISTS, no_dist, 0, 0, "%s: n/a", dist_infos[i].name)
	ABSENT(ROW_DISTS, dist_0, 0, 0, "%s: none", dist_infos[i].name)
	ABSENT(ARRAY_SIZE(flags), set_flag, flags[i].at, 0, "not %s", flags[i].name)
	for (k = 0; k < 3; k++)
		ABSENT(ARRAY_SIZE(figures), set_figure, figures[i].at, values[k], "%s: %s",
		       figures[i].name, value_names[k])
	for (k = 0; k < 2; k++)
		ABSENT(ARRAY_SIZE(doubles), set_double, doubles[i].at, values[k], "%s: %s",
		       doubles[i].name, value_names[k])
	ABSENT(1, set_figure, offsetof(struct shape, runs), 7, "7 runs")
	ABSENT(SPAWN_KINDS, created_0, 0, 0, "created %d: 0", i)
	ABSENT(END_CLASSES, ends_0, 0, 0, "ended %d: 0", i)
	ABSENT(WAKE_SCOPES * WAKE_CHANNELS, wakes_0, 0, 0, "wakeups %d by %s: 0", i / WAKE_CHANNELS,
	       wake_channels[i % WAKE_CHANNELS])
	ABSENT(WAKE_AT_ONCE, running_0, 0, 0, "%d at once: 0", i)
	ABSENT(INTERPRETER_RUBY + 1, set_interpreter, 0, 0, "interpreter %d", i)
	ABSENT(3, set_status, 0, 0, "status %d", i)
	ABSENT(3, set_cpus, 0, 0, "%d CPUs", i + 1)
	ABSENT(3, set_priced, 0, 0, "one in %d was priced", i)
#undef ABSENT
	*ret_count = count;
	return list;
}

/* ---- of which ---- */

/* With all that can be told: threads that take turns on a lock, wakeups of each kind, a crash. */
static struct shape rich_shape(__u64 seed)
{
	struct shape shape = shape__make(seed, 5);
	__u64 next = 100;
	int scope, channel, i;

	shape.has_wakes = true;
	for (scope = 0; scope < WAKE_SCOPES; scope++) {
		for (channel = 0; channel < WAKE_CHANNELS; channel++) {
			struct wake_sum *sum = &shape.wakes.of[scope][channel];

			sum->count = next += 37;
			sum->slept_ns = next * 1000;
			for (i = 0; i < 5; i++)
				dist__add_sample(&sum->latency, D_RUNQ, next * 100 + (__u64)i);
		}
	}
	for (i = 0; i < WAKE_AT_ONCE; i++)
		shape.running_ns[i] = (__u64)(27 - i) * 7 * MS;
	shape.crashes = 3;
	shape.crash_victims = 5;
	shape.serial = (struct serial){ .found = true,
					.pid = 4711,
					.comm = "worker",
					.threads = 6,
					.duration_ns = 2000 * MS,
					.work_ns = 1800 * MS,
					.one_ns = 1750 * MS,
					.one_idle_ns = 1700 * MS,
					.more_ns = 13 * MS,
					.idle_ns = 3100 * MS,
					.handoffs = 4007,
					.given = 3989,
					.switches = 9001,
					.waited_ns = 1500 * MS,
					.round = 0.97,
					.takers = 4.3,
					.holder_ns = 211 * MS,
					.waiter_ns = 307 * MS,
					.interpreter = INTERPRETER_PYTHON,
					.lock_waits = 53,
					.lock_inside = 47 };
	shape.serial.holder.tid = 4712;
	shape.serial.waiter.tid = 4713;
	return shape;
}

static char *show(bool json, json_t *object, const void *shown,
		  void (*text_of)(FILE *, const void *))
{
	char *text = NULL;
	size_t size;
	FILE *out;

	if (json) {
		text = golden__json_lines(
			json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)));
		json_decref(object);
		return text;
	}
	out = open_memstream(&text, &size);
	text_of(out, shown);
	fclose(out);
	return text;
}

static void text_of_portrait(FILE *out, const void *portrait)
{
	text__portrait(out, portrait);
}

static void text_of_shapes(FILE *out, const void *shapes)
{
	text__shapes(out, shapes);
}

static char *portrait_with(bool json, const struct absent *absent)
{
	struct portrait portrait = { .shape = rich_shape(3),
				     .isolation = { .processes = 5, .user = true },
				     .prices = { 321, 1200, 4300, 15000, 87000 } };
	int i;

	for (i = 0; i < WAKE_CHANNELS; i++)
		portrait.prices.extra_by[i] = 300 + 10 * i;
	strcpy(portrait.target, "process 4711");
	strcpy(portrait.host, "host");
	strcpy(portrait.kernel, "6.18.1");
	if (absent)
		absent->change(&portrait.shape, absent);
	portrait__draw(&portrait);
	return show(json, json ? portrait__to_json(&portrait) : NULL, &portrait, text_of_portrait);
}

static char *shapes_with(bool json, const struct absent *absent)
{
	struct shapes *shapes = shapes__make(false);
	char *text;

	shapes->side[1].all = rich_shape(7);
	if (absent)
		absent->change(&shapes->side[1].all, absent);
	shapes__judge(shapes, 321);
	text = show(json, json ? shapes__to_json(shapes) : NULL, shapes, text_of_shapes);
	free(shapes);
	return text;
}

static void check(char *(*with)(bool json, const struct absent *absent), bool json,
		  const char *name)
{
	char *text;
	size_t size, count, i;
	FILE *out = open_memstream(&text, &size);
	struct absent *list = absents(&count);

	for (i = 0; i < count; i++) {
		char *was = with(json, NULL), *is = with(json, &list[i]);

		fprintf(out, "%s\n", list[i].name);
		changed_lines__print(out, was, is);
		free(was);
		free(is);
	}
	fclose(out);
	golden__check(name, text);
}

Test(golden_absent_shape, portrait)
{
	check(portrait_with, false, "portrait-absent.txt");
	check(portrait_with, true, "portrait-absent-json.txt");
}

Test(golden_absent_shape, shapes)
{
	check(shapes_with, false, "shapes-absent.txt");
	check(shapes_with, true, "shapes-absent-json.txt");
}
