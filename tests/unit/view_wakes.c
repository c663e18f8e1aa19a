/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom, as text and in JSON. */
#include "view/wakes.h"

#include <stdlib.h>
#include <string.h>

#include "ids.h"
#include "unit.h"

static struct wake list[4];
static struct wakes wakes;

static struct wake_end end_of(__u32 tid, const char *comm)
{
	struct wake_end end = { .tid = tid, .tgid = tid + 1, .start_ns = tid + 2 };

	strcpy(end.comm, comm);
	return end;
}

static void add(size_t i, enum wake_scope scope, enum channel_of_wake channel, __u64 count,
		__u64 ns)
{
	list[i] = (struct wake){ .waker = end_of(70, "giver"),
				 .woken = end_of(80, "taker"),
				 .channel = channel,
				 .scope = scope,
				 .count = count,
				 .slept_ns = 1000 + count };
	dist__add_sample(&list[i].latency, D_RUNQ, ns);
	wakes.sums.of[scope][channel].count += count;
	wakes.sums.of[scope][channel].slept_ns += 2 * count;
	dist__add(&wakes.sums.of[scope][channel].latency, D_RUNQ, &list[i].latency);
}

static void begin(void)
{
	wakes = (struct wakes){ .list = list, .count = 4 };
	add(0, WAKES_INSIDE, WAKE_FUTEX, 1500, 4000);
	add(1, WAKES_OUTSIDE, WAKE_PIPE, 30, 2000);
	add(2, WAKES_INTERRUPT, WAKE_TIMER, 20, 3000);
	add(3, WAKES_UNSEEN, WAKE_UNSEEN, 10, 5000);
}

TestSuite(view_wakes, .init = begin);

/* ---- text ---- */

static void check_text(size_t rows, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	text__wakes(out, &wakes, rows);
	fclose(out);
	SAME_TEXT(text, expected);
	free(text);
}

#define HEAD                                                                                       \
	"\nWHO WAKES WHOM\n"                                                                       \
	"  waker                    woken                    by           count      p50\n"        \
	"  giver (70)               taker (80)               futex        1,500    4.0us\n"
#define OTHERS                                                                                     \
	"  giver (70)               taker (80)               pipe            30    2.0us\n"        \
	"  interrupt                taker (80)               timer           20    3.0us\n"        \
	"  not seen                 taker (80)               unseen          10    5.0us\n"

Test(view_wakes, table)
{
	check_text(10, HEAD OTHERS);
	check_text(4, HEAD OTHERS);
	check_text(1, HEAD "  3 more pairs: --format json has all\n");
	wakes.count = 0;
	check_text(4, "");
}

/* ---- JSON ---- */

static void check_json(json_t *json, const char *expected)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	SAME_TEXT(text, expected);
	free(text);
	json_decref(json);
}

#define LATENCY(ns)                                                                                \
	"{\"count\":1,\"sum\":" ns ",\"min\":" ns ",\"p50\":" ns ",\"p90\":" ns ",\"p99\":" ns     \
	",\"max\":" ns "}"
#define SUM(channel, count, slept, ns)                                                             \
	"\"" channel "\":{\"count\":" count ",\"slept_ns\":" slept                                 \
	",\"latency_ns\":" LATENCY(ns) "}"

Test(view_wakes, sums)
{
	check_json(wake_sums__to_json(&wakes.sums),
		   "{\"wakeups\":1560,\"inside\":{" SUM(
			   "futex", "1500", "3000",
			   "4000") "},"
				   "\"between\":{},\"outside\":{" SUM(
					   "pipe", "30", "60",
					   "2000") "},"
						   "\"interrupt\":{" SUM(
							   "timer", "20", "40",
							   "3000") "},"
								   "\"unseen\":{" SUM("unseen",
										      "10", "20",
										      "5000") "}}");
}

#define TAKER "\"woken\":{\"tid\":80,\"pid\":81,\"start_ns\":82,\"comm\":\"taker\"}"

Test(view_wakes, pairs)
{
	wakes.count = 1;
	check_json(wakes__to_json(&wakes),
		   "[{\"waker\":{\"tid\":70,\"pid\":71,\"start_ns\":72,\"comm\":\"giver\"}," TAKER
		   ",\"channel\":\"futex\",\"scope\":\"inside\",\"count\":1500,\"slept_ns\":2500,"
		   "\"latency_ns\":" LATENCY("4000") "}]");
	wakes.list += 2;
	wakes.count = 2;
	check_json(
		wakes__to_json(&wakes),
		"[{\"waker\":null," TAKER
		",\"channel\":\"timer\",\"scope\":\"interrupt\",\"count\":20,\"slept_ns\":1020,"
		"\"latency_ns\":" LATENCY(
			"3000") "},{\"waker\":null," TAKER
				",\"channel\":\"unseen\",\"scope\":\"unseen\",\"count\":10,\"slept_ns\":1010,"
				"\"latency_ns\":" LATENCY("5000") "}]");
}

#define SECOND 1000000000ULL

static struct serial turns(void)
{
	return (struct serial){ .found = true,
				.pid = 9,
				.comm = "turns",
				.threads = 2,
				.duration_ns = 10 * SECOND,
				.work_ns = 6 * SECOND,
				.one_ns = 5 * SECOND,
				.one_idle_ns = 3 * SECOND,
				.more_ns = SECOND,
				.idle_ns = 4 * SECOND,
				.handoffs = 60,
				.given = 50,
				.switches = 70,
				.waited_ns = 5 * SECOND + 1,
				.round = 0.5,
				.takers = 1.5,
				.holder = end_of(10, "holds"),
				.waiter = end_of(11, "waits"),
				.holder_ns = 7,
				.waiter_ns = 8,
				.interpreter = INTERPRETER_PYTHON,
				.lock_waits = 6,
				.lock_inside = 5 };
}

static void check_lock(struct serial serial, const char *verdict, const char *lock)
{
	json_t *json = serial__to_json(&serial);
	const char *has = json_string_value(json_object_get(json, "lock"));

	SAME_TEXT(json_string_value(json_object_get(json, "verdict")), verdict);
	SAME_TEXT(has ? has : "null", lock);
	json_decref(json);
}

Test(view_wakes, process_that_takes_turns)
{
	struct serial serial = turns();
	json_t *json;

	check_json(
		serial__to_json(&serial),
		"{\"pid\":9,\"comm\":\"turns\",\"verdict\":\"serialised\",\"duration_ns\":10000000000,"
		"\"work_ns\":6000000000,\"one_ns\":5000000000,\"one_idle_ns\":3000000000,"
		"\"more_ns\":1000000000,\"handoffs\":60,\"given\":50,\"switches\":70,"
		"\"waited_ns\":5000000001,\"round\":0.5,\"takers\":1.5,\"lock_waits\":6,"
		"\"gil_waits\":5,\"interpreter\":\"python\",\"lock\":\"gil\","
		"\"holder\":{\"tid\":10,\"comm\":\"holds\",\"oncpu_ns\":7},"
		"\"waiter\":{\"tid\":11,\"comm\":\"waits\",\"waited_ns\":8}}");
	serial.lock_inside = 0;
	check_lock(serial, "serialised", "one lock");
	serial.one_idle_ns = 0;
	check_lock(serial, "not decidable", "null");
	serial.takers = 1;
	check_lock(serial, "no", "null");
	serial.duration_ns = 1;
	check_lock(serial, "not enough data", "null");
	serial.threads = 1;
	check_lock(serial, "not known", "null");
	serial.waiter.tid = 0;
	json = serial__to_json(&serial);
	cr_expect(json_is_null(json_object_get(json, "waiter")));
	cr_expect(json_is_object(json_object_get(json, "holder")));
	json_decref(json);
	serial.found = false;
	check_json(serial__to_json(&serial), "null");
}
