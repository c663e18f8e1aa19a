/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Producers and consumers whose wakeups are known: each pair is told, exactly, by its channel. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../lib/js.h"
#include "../lib/tt.h"

#define TIMES 101

TestSuite(wakes, .init = tt__require_live, .fini = tt__cleanup, .timeout = 120);

static json_t *compare(const char *const args[])
{
	const char *argv[TT_MAX_ARGS] = { "compare", "-q", "--format",
					  "json",    "-o", tt__temp("wakes.json") };
	struct run run;
	size_t i;

	for (i = 0; args[i]; i++)
		argv[6 + i] = args[i];
	tt__run(&run, argv, NULL);
	tt__expect_success(&run);
	run__free(&run);
	return js__parse_file(tt__temp("wakes.json"));
}

struct expected {
	const char *way, *channel, *scope;
	bool process;
};

static bool is_from(json_t *wake, uint64_t pid)
{
	json_t *waker = js__at(wake, "waker");

	return json_is_object(waker) && js__u64(waker, "pid") == pid;
}

/*
 * Of all edges into the consumer, none but those from the producer.  Two threads meet at locks of
 * the kernel, too, such as that of their address space: those wakeups are no message, and `other`.
 */
static void expect_edges(json_t *page, json_t *facts, const struct expected *expected)
{
	uint64_t woken = js__u64(facts, "woken"), pid = js__u64(facts, "pid"), count = 0;
	json_t *wake;
	size_t i;

	json_array_foreach(js__at(page, "wakes"), i, wake) {
		if (js__u64(wake, "woken.tid") != woken || !is_from(wake, pid))
			continue;
		if (!expected->process && !strcmp(js__str(wake, "channel"), "other"))
			continue;
		cr_expect_str_eq(js__str(wake, "channel"), expected->channel, "%s", expected->way);
		cr_expect_str_eq(js__str(wake, "scope"), expected->scope, "%s", expected->way);
		cr_expect_str_eq(js__str(wake, "woken.comm"), "consumer");
		cr_expect_eq(js__u64(wake, "latency_ns.count"), js__u64(wake, "count"));
		count += js__u64(wake, "count");
	}
	cr_expect_eq(count, TIMES, "%s%s: %lu", expected->way,
		     expected->process ? " between processes" : "", count);
}

static void check_way(const struct expected *expected)
{
	char load[4300], facts_path[4300], times[16];
	const char *process = expected->process ? "process" : NULL;
	json_t *page, *facts;

	snprintf(load, sizeof(load), "%s", tt__load("wakes"));
	snprintf(facts_path, sizeof(facts_path), "%s", tt__temp("facts"));
	snprintf(times, sizeof(times), "%d", TIMES);
	page = compare(ARGS("--", load, expected->way, times, "-o", facts_path, process));
	facts = js__parse_file(facts_path);
	expect_edges(page, facts, expected);
	json_decref(facts);
	json_decref(page);
}

#define WAY(name, way, channel)                                                                    \
	Test(wakes, name##_between_threads)                                                        \
	{                                                                                          \
		check_way(&(struct expected){ way, channel, "inside", false });                    \
	}                                                                                          \
	Test(wakes, name##_between_processes)                                                      \
	{                                                                                          \
		check_way(&(struct expected){ way, channel, "between", true });                    \
	}

/* ---- the same from a recording, in one period and in several ---- */

static void check_recorded(const struct expected *expected, const char *interval)
{
	char load[4300], facts_path[4300], file[4300], times[16];
	const char *process = expected->process ? "process" : NULL;
	json_t *page, *facts;
	struct run run;

	snprintf(load, sizeof(load), "%s", tt__load("wakes"));
	snprintf(facts_path, sizeof(facts_path), "%s", tt__temp("facts"));
	snprintf(file, sizeof(file), "%s", tt__temp("wakes.tasktoll"));
	snprintf(times, sizeof(times), "%d", TIMES);
	tt__run(&run,
		ARGS("record", "-q", "--force", "--wakes", "-i", interval, "-o", file, "--", load,
		     expected->way, times, "-o", facts_path, process),
		NULL);
	tt__expect_success(&run);
	run__free(&run);
	page = compare(ARGS(file));
	facts = js__parse_file(facts_path);
	expect_edges(page, facts, expected);
	cr_expect_eq(js__u64(page, "figures.creation.thread"), !expected->process);
	cr_expect_eq(js__u64(page, "figures.creation.process"), expected->process);
	cr_expect_eq(js__u64(page, "figures.isolation.threads_at_once"), 2);
	cr_expect_eq(js__u64(page, "figures.isolation.processes_at_once"), 1 + expected->process);
	cr_expect(json_is_array(js__at(page, "figures.use.running_ns")));
	json_decref(facts);
	json_decref(page);
}

Test(wakes, recorded_between_threads)
{
	check_recorded(&(struct expected){ "futex", "futex", "inside", false }, "60s");
	check_recorded(&(struct expected){ "pipe", "pipe", "inside", false }, "20ms");
}

Test(wakes, recorded_between_processes)
{
	check_recorded(&(struct expected){ "pipe", "pipe", "between", true }, "60s");
	check_recorded(&(struct expected){ "unix", "unix", "between", true }, "20ms");
}

WAY(futex, "futex", "futex")
WAY(pipe, "pipe", "pipe")
WAY(unix_socket, "unix", "unix")
WAY(tcp, "tcp", "tcp")
WAY(udp, "udp", "udp")
WAY(eventfd, "eventfd", "eventfd")
WAY(eventfd_by_epoll, "epoll", "eventfd")
WAY(pipe_by_epoll, "epoll-pipe", "pipe")
WAY(tcp_by_epoll, "epoll-tcp", "tcp")
WAY(pipe_by_poll, "poll", "pipe")
WAY(tcp_by_poll, "poll-tcp", "tcp")
WAY(signals, "signal", "signal")

/* Each child wakes its parent once, which sleeps in waitpid() by then. */
Test(wakes, ends_of_children)
{
	json_t *page, *facts, *wake;
	uint64_t pid, count = 0;
	size_t i;

	page = compare(ARGS("--", tt__load("wakes"), "child", "23", "-o", tt__temp("facts")));
	facts = js__parse_file(tt__temp("facts"));
	pid = js__u64(facts, "pid");
	json_array_foreach(js__at(page, "wakes"), i, wake) {
		if (js__u64(wake, "woken.tid") != pid || strcmp(js__str(wake, "channel"), "child"))
			continue;
		cr_expect_eq(js__u64(wake, "count"), 1);
		cr_expect_str_eq(js__str(wake, "scope"), "between");
		count++;
	}
	cr_expect_eq(count, 23);
	json_decref(facts);
	json_decref(page);
}

/*
 * Nobody but the clock: an interrupt, whoever it hit.  A timer that fires before its sleeper has
 * left the CPU ends no sleep: by the kernel's count of switches, as many sleeps ended as there
 * are wakeups, but for one or two after that count was read.  A kernel may withhold what happens
 * while some tasks run, and with it a timer that fires on them: these sleeps end unseen.
 */

Test(wakes, sleeps_end_by_timer)
{
	json_t *page, *facts, *wake;
	uint64_t woken, by_timer = 0, all = 0, nv;
	size_t i;

	page = compare(ARGS("--", tt__load("wakes"), "timer", "101", "-o", tt__temp("facts")));
	facts = js__parse_file(tt__temp("facts"));
	woken = js__u64(facts, "woken");
	nv = js__u64(facts, "nv");
	json_array_foreach(js__at(page, "wakes"), i, wake) {
		if (js__u64(wake, "woken.tid") != woken)
			continue;
		all += js__u64(wake, "count");
		if (strcmp(js__str(wake, "channel"), "timer"))
			continue;
		cr_expect(json_is_null(js__at(wake, "waker")));
		cr_expect_str_eq(js__str(wake, "scope"), "interrupt");
		by_timer += js__u64(wake, "count");
	}
	cr_expect_leq(by_timer, 101);
	cr_expect_gt(by_timer, 90);
	cr_expect(all >= nv && all <= nv + 2, "%lu wakeups, %lu sleeps", all, nv);
	json_decref(facts);
	json_decref(page);
}

/* ---- turns ---- */

/* The figures of a process, of a run without a loss. */
static json_t *turns_of(const char *const args[], json_t **ret_page)
{
	*ret_page = compare(args);
	cr_expect_eq(js__u64(*ret_page, "incomplete"), 0);
	return js__at(*ret_page, "figures.use.serial");
}

static bool had_idle_cpu(json_t *page)
{
	return json_number_value(js__at(page, "figures.use.cpus_idle")) >= 0.5;
}

static void expect_turns(const char *const args[])
{
	json_t *page, *serial = turns_of(args, &page);
	const char *verdict = js__str(serial, "verdict");

	if (had_idle_cpu(page))
		cr_expect_str_eq(verdict, "serialised");
	else
		cr_expect_str_eq(verdict, "not decidable");
	cr_expect_leq(js__u64(serial, "one_ns"), js__u64(serial, "work_ns"));
	cr_expect_leq(js__u64(serial, "one_idle_ns"), js__u64(serial, "one_ns"));
	json_decref(page);
}

static void expect_no_turns(const char *const args[])
{
	json_t *page, *serial = turns_of(args, &page);

	if (json_is_object(serial))
		cr_expect_str_neq(js__str(serial, "verdict"), "serialised", "%s", args[1]);
	json_decref(page);
}

/* Each turn is a hand-off: the next one sleeps by then.  Those of the end may not be. */
Test(wakes, a_baton_is_handed_over)
{
	json_t *page, *serial;

	serial = turns_of(ARGS("--", tt__load("turns"), "baton", "3", "1009"), &page);
	cr_expect_geq(js__u64(serial, "handoffs"), 1009);
	cr_expect_leq(js__u64(serial, "handoffs"), 1009 + 2 * 3, "and those who end and join");
	cr_expect_leq(js__u64(serial, "given"), js__u64(serial, "handoffs"));
	cr_expect_gt(js__u64(serial, "given"), 900);
	cr_expect_gt(json_number_value(js__at(serial, "round")), 0.95);
	cr_expect_float_eq(json_number_value(js__at(serial, "takers")), 3, 0.5);
	json_decref(page);
}

Test(wakes, one_lock_is_found)
{
	expect_turns(ARGS("--", tt__load("turns"), "mutex", "4", "2000"));
}

Test(wakes, no_lock_is_claimed_of_others)
{
	expect_no_turns(ARGS("--", tt__load("turns"), "free", "4", "1000"));
	expect_no_turns(ARGS("--", tt__load("turns"), "short", "4", "1000"));
	expect_no_turns(ARGS("--", tt__load("turns"), "pool", "4", "1000"));
	expect_no_turns(ARGS("--", tt__load("turns"), "sleep", "4", "1000"));
	expect_no_turns(ARGS("--", tt__load("turns"), "mutex", "1", "1000"));
}

static const char python_threads[] = "import threading, time\n"
				     "def w():\n"
				     "    x, t = 0, time.time()\n"
				     "    while time.time() - t < 2:\n"
				     "        for i in range(10000): x += i\n"
				     "t = [threading.Thread(target=w) for _ in range(4)]\n"
				     "[x.start() for x in t]; [x.join() for x in t]\n";

static const char python_sleepers[] = "import threading, time\n"
				      "def w():\n"
				      "    for i in range(100): time.sleep(0.01)\n"
				      "t = [threading.Thread(target=w) for _ in range(4)]\n"
				      "[x.start() for x in t]; [x.join() for x in t]\n";

static const char python_processes[] = "import os, time\n"
				       "def w():\n"
				       "    x, t = 0, time.time()\n"
				       "    while time.time() - t < 1:\n"
				       "        for i in range(10000): x += i\n"
				       "for _ in range(4):\n"
				       "    if not os.fork(): w(); os._exit(0)\n"
				       "for _ in range(4): os.wait()\n";

Test(wakes, the_lock_of_an_interpreter)
{
	struct run run;

	run__do(&run, ARGS("python3", "--version"), NULL);
	if (run.status)
		cr_skip_test("python3 is not installed");
	run__free(&run);
	expect_turns(ARGS("--", "python3", "-c", python_threads));
	expect_no_turns(ARGS("--", "python3", "-c", python_sleepers));
	expect_no_turns(ARGS("--", "python3", "-c", python_processes));
}

/* All time is told, by how many ran at once; to a unit of 1024 ns at each end. */
Test(wakes, how_many_run_at_once_adds_up)
{
	json_t *page, *at_once;
	uint64_t all = 0, oncpu = 0, i;

	page = compare(ARGS("--", tt__load("turns"), "free", "4", "1000"));
	at_once = js__at(page, "figures.use.running_ns");
	for (i = 0; i < json_array_size(at_once); i++) {
		uint64_t ns = (uint64_t)json_integer_value(json_array_get(at_once, i));

		all += ns;
		oncpu += i * ns;
	}
	cr_expect_float_eq((double)all, (double)js__u64(page, "duration_ns"), 2e7);
	cr_expect_float_eq((double)oncpu, (double)js__u64(page, "oncpu_ns"), 2e7);
	json_decref(page);
}
