/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time of a thread goes: each moment in one state, and all of them in the end. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc load;

static void stop(void)
{
	if (load.pid)
		proc__kill(&load);
	tt__cleanup();
}

TestSuite(states, .init = tt__require_live, .fini = stop);

static json_t *run_crowd(const char *const before[], const char *sleeps, const char *spinners,
			 json_t **ret_facts)
{
	const char *file = tt__temp("facts"), *args[TT_MAX_ARGS] = { 0 };
	const char *const load_args[] = { "--threads", "--", tt__load("crowd"),
					  sleeps,      "10", spinners,
					  "-o",	       file, NULL };
	int n = 0, i;
	json_t *stat;

	while (before && before[n]) {
		args[n] = before[n];
		n++;
	}
	for (i = 0; load_args[i]; i++)
		args[n++] = load_args[i];
	stat = tt__stat(args);
	*ret_facts = js__parse_file(file);
	check__complete(stat);
	check__sane(stat);
	return stat;
}

/* What /proc/PID/schedstat says of a task that was born in the run, to the nanosecond. */
Test(states, waiting_is_what_the_kernel_says)
{
	json_t *facts, *stat = run_crowd(NULL, "30", "3", &facts), *row;

	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	cr_expect_eq(js__u64(row, "state_ns.waiting"), js__u64(facts, "waited"),
		     "%lu ns, the kernel's own account is %lu", js__u64(row, "state_ns.waiting"),
		     js__u64(facts, "waited"));
	cr_expect_eq(js__u64(row, "runq_ns.sum"), js__u64(facts, "waited"));
	cr_expect_eq(js__u64(row, "runq_ns.count"), js__u64(facts, "times"),
		     "%lu waits, the kernel counts %lu", js__u64(row, "runq_ns.count"),
		     js__u64(facts, "times"));
	cr_expect_gt(js__u64(facts, "waited"), 0);
	json_decref(facts);
	json_decref(stat);
}

/* A sleep is over when its task is runnable: how long that then waits is no part of it. */
Test(states, a_sleep_does_not_contain_the_wait_after_it)
{
	json_t *facts, *stat = run_crowd(NULL, "100", "3", &facts), *row;
	uint64_t asleep, most;

	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	asleep = js__u64(row, "state_ns.sleep");
	most = js__u64(facts, "took") - js__u64(facts, "waited_meanwhile");
	/* it leaves its CPU a moment after the timer has begun to run */
	cr_expect(asleep > 995000000 && asleep <= most, "asleep for %lu of 1,000,000,000 to %lu ns",
		  asleep, most);
	cr_expect_eq(js__u64(row, "offcpu_ns.sleep.count"), 100);
	json_decref(facts);
	json_decref(stat);
}

/* The same where the kernel keeps no account of its own: by the stamps of wakeups. */
Test(states, without_the_kernels_account_it_adds_up_too)
{
	json_t *facts, *row;
	json_t *stat = run_crowd(ARGS("--force-rung", "delay=none"), "30", "2", &facts);
	uint64_t waited, kernel = js__u64(facts, "waited");

	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	waited = js__u64(row, "state_ns.waiting");
	/* it begins a little earlier, before the task is put on the run queue */
	cr_expect(waited > kernel / 10 * 9 && waited < kernel / 10 * 11 + 5000000,
		  "%lu ns, the kernel's own account is %lu", waited, kernel);
	json_decref(facts);
	json_decref(stat);
}

/* Threads that are there throughout: as many times the run as there are. */
static void check_lifetime(json_t *row, uint64_t expected)
{
	uint64_t lifetime = js__u64(row, "lifetime_ns");

	cr_expect(lifetime <= expected + 10000 && expected <= lifetime + 10000,
		  "lifetime %lu ns of %lu", lifetime, expected);
}

Test(states, threads_times_elapsed)
{
	json_t *facts, *stat, *row;
	char pid[16];

	facts = tt__load_start(&load, ARGS("sleeper", "60"), false);
	snprintf(pid, sizeof(pid), "%d", js__pid(facts, "pid"));
	stat = tt__stat(ARGS("-d", "500ms", "--threads", "-p", pid));
	check__sane(stat);
	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	check_lifetime(row, 2 * js__u64(stat, "duration_ns"));
	check_lifetime(js__at(stat, "system"), 2 * js__u64(stat, "duration_ns"));
	row = js__one(js__at(row, "threads"), "tid", js__u64(facts, "sleeper"));
	check_lifetime(row, js__u64(stat, "duration_ns"));
	json_decref(stat);
	json_decref(facts);
}

/* The whole machine, with all that lives and dies meanwhile. */
Test(states, the_machine_adds_up)
{
	json_t *stat = tt__stat(ARGS("-d", "300ms", "--threads"));
	json_t *system = js__at(stat, "system");
	uint64_t cpus = js__u64(stat, "cpus") * js__u64(stat, "duration_ns");

	check__sane(stat);
	cr_expect_eq(js__u64(stat, "proof.time_ns"), js__u64(system, "lifetime_ns"));
	cr_expect_leq(js__u64(stat, "proof.time_missing_ns"),
		      1000 * json_array_size(js__at(stat, "processes")));
	cr_expect_leq(js__u64(system, "state_ns.oncpu"), cpus + 10000);
	json_decref(stat);
}

/* An open wait counts, too: what spins is on its CPU or waits for it, and nothing else. */
Test(states, each_interval_adds_up)
{
	json_t *lines, *line, *process;
	size_t i, j;

	lines = tt__stat_lines(ARGS("-i", "100ms", "--threads", "--", tt__load("crowd"), "40", "10",
				    "3", "-o", tt__temp("facts")));
	json_array_foreach(lines, i, line) {
		json_array_foreach(js__at(line, "processes"), j, process)
			check__time(process);
	}
	json_decref(lines);
}
