/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace tells of each switch: as many of each kind, at the same prices, as the summary of the same
 * run has; and what is missing in it is counted, to the last one.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/pftrace.h"
#include "../lib/tt.h"

TestSuite(timeline, .init = tt__require_live, .fini = tt__cleanup);

static const char *const kinds[] = { "thread", "process", "resume", "kernel", "idle" };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The load writes nothing to standard output: what is there is the summary. */
static json_t *trace_of(const char *const args[], int status, struct pftrace *ret_pftrace)
{
	const char *command[TT_MAX_ARGS] = { "timeline", "--format", "json", "-o" };
	const char *file = tt__temp("trace.pftrace");
	struct run run;
	json_t *summary;
	size_t i, n = 4;

	command[n++] = file;
	for (i = 0; args[i]; i++)
		command[n++] = args[i];
	command[n] = NULL;
	tt__run(&run, command, NULL);
	cr_assert_eq(run.status, status, "%d: %s", run.status, run.err);
	summary = js__parse(run.out);
	*ret_pftrace = pftrace__read(file);
	run__free(&run);
	return summary;
}

static void check_kind(const struct pftrace *pftrace, json_t *system, const char *kind)
{
	struct pftrace_sums sums = pftrace__sum(pftrace, kind);
	char path[32];

	snprintf(path, sizeof(path), "in.%s", kind);
	cr_expect_eq(sums.switches, js__u64(system, path), "%s: %lu in the trace", path,
		     sums.switches);
	snprintf(path, sizeof(path), "switch_ns.%s", kind);
	if (json_is_object(js__find(system, path)))
		cr_expect_eq(sums.switch_ns, js__u64(js__at(system, path), "sum"),
			     "%s: %lu in the trace", path, sums.switch_ns);
}

/*
 * All of them, each with what it cost.  Idle is no part of a target: the trace has it, and the
 * summary has not.  Of a switch that was hidden the kind is a guess, which the machine's row has not.
 */
static void check_sums(const struct pftrace *pftrace, json_t *summary, bool machine)
{
	json_t *system = js__at(summary, "system");
	struct pftrace_sums all = pftrace__sum(pftrace, NULL), idle = pftrace__sum(pftrace, "idle");
	bool hidden = machine && js__u64(summary, "proof.switches_withheld");
	size_t i;

	for (i = 0; i < KINDS && !hidden; i++) {
		if (machine || strcmp(kinds[i], "idle"))
			check_kind(pftrace, system, kinds[i]);
	}
	if (machine)
		idle = (struct pftrace_sums){ 0 };
	cr_expect_eq(all.switches - idle.switches, check__all_kinds(system));
	if (json_is_object(js__find(system, "pick_ns")))
		cr_expect_eq(all.pick_ns - idle.pick_ns, js__u64(system, "pick_ns.sum"));
}

static void check_ring(const char *sample)
{
	struct pftrace pftrace;
	json_t *summary = trace_of(ARGS("--cost-sample", sample, "--", tt__load("ring"), "1009",
					"-o", tt__temp("facts")),
				   0, &pftrace);

	check__complete(summary);
	check_sums(&pftrace, summary, false);
	pftrace__check(&pftrace);
	cr_expect_eq(pftrace__count(&pftrace, "lost", "LOST"), 0);
	pftrace__free(&pftrace);
	json_decref(summary);
}

Test(timeline, kinds_and_prices_are_those_of_the_summary)
{
	check_ring("1");
}

Test(timeline, sampled_prices_add_up_to_the_same)
{
	check_ring("16");
}

Test(timeline, of_the_whole_machine)
{
	struct pftrace pftrace;
	json_t *summary = trace_of(ARGS("-d", "1"), 0, &pftrace);

	check__complete(summary);
	check_sums(&pftrace, summary, true);
	pftrace__check(&pftrace);
	pftrace__free(&pftrace);
	json_decref(summary);
}

/* Hand-offs through pipes: each read of the other's token is a sleep that the other ends. */
Test(timeline, waits_are_those_of_the_summary_and_have_a_waker)
{
	enum { COUNT = 997 };
	struct pftrace pftrace;
	json_t *summary = trace_of(ARGS("--", tt__load("pingpong"), "process", "997", "-o",
					tt__temp("facts")),
				   0, &pftrace);
	size_t sleeps = pftrace__count(&pftrace, "wait", "interruptible (S)"), by_task = 0, i;
	size_t wakes = pftrace__count(&pftrace, "wake", "wakes");

	for (i = 0; i < pftrace.trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = pftrace.trace->packet[i]->track_event;
		const char *who = event ? pftrace__text(&pftrace, event, "woken_by") : NULL;
		bool task = who && !strcmp(who, "task");

		by_task += task && !strcmp(pftrace__text(&pftrace, event, "channel"), "pipe");
	}
	cr_expect_geq(sleeps, COUNT, "%zu sleeps", sleeps);
	cr_expect_geq(by_task, COUNT, "%zu sleeps in a pipe that a task ended", by_task);
	cr_expect_geq(wakes, by_task);
	cr_expect_eq(pftrace__lasted(&pftrace, "interruptible (S)", 0),
		     js__u64(summary, "system.offcpu_ns.sleep.sum"));
	pftrace__free(&pftrace);
	json_decref(summary);
}

static const Perfetto__ThreadDescriptor *thread_of(const struct pftrace *pftrace, size_t nth,
						   const char *category)
{
	const Perfetto__TracePacket *packet = pftrace__find(pftrace, category, nth);
	const Perfetto__TrackDescriptor *track;

	cr_assert_not_null(packet, "no %s %zu", category, nth);
	track = pftrace__track(pftrace, packet->track_event->track_uuid);
	return track ? track->thread : NULL;
}

/* Seven threads: one goes wrong and takes six down. */
Test(timeline, crash_takes_threads_down)
{
	const char *file = tt__temp("facts");
	struct pftrace pftrace;
	json_t *summary = trace_of(ARGS("--", tt__load("crasher"), "7", "null", "-o", file),
				   128 + SIGSEGV, &pftrace);
	json_t *crash = json_array_get(js__at(summary, "crashes"), 0);
	const Perfetto__ThreadDescriptor *culprit = thread_of(&pftrace, 0, "crash");
	const Perfetto__TrackEvent *event = pftrace__find(&pftrace, "crash", 0)->track_event;

	cr_assert_eq(pftrace__count(&pftrace, "crash", "CRASH"), 1);
	cr_assert_not_null(culprit);
	cr_expect_eq((uint64_t)culprit->tid, js__u64(crash, "culprit.tid"));
	cr_expect_str_eq(pftrace__text(&pftrace, event, "signal"), "SIGSEGV");
	cr_expect_str_eq(pftrace__text(&pftrace, event, "function"), "fault_null");
	cr_expect_eq(event->n_flow_ids, json_array_size(js__at(crash, "victims")));
	cr_expect_eq(pftrace__count(&pftrace, "crash", "sibling"), 6);
	pftrace__check(&pftrace);
	pftrace__free(&pftrace);
	json_decref(summary);
}

Test(timeline, creations_and_ends)
{
	struct pftrace pftrace;
	json_t *summary = trace_of(ARGS("--", "/bin/sh", "-c",
					"for i in 1 2 3 4 5; do /bin/true; done; exit 0"),
				   0, &pftrace);

	cr_expect_eq(pftrace__count(&pftrace, "lifecycle", "process ends"),
		     js__u64(summary, "ends.clean"));
	cr_expect_eq(pftrace__count(&pftrace, "lifecycle", "exec"), 6);
	cr_expect_eq(pftrace__count(&pftrace, "lifecycle", "creates"),
		     pftrace__count(&pftrace, "lifecycle", "is created"));
	cr_expect_geq(pftrace__count(&pftrace, "lifecycle", "creates"), 5);
	pftrace__free(&pftrace);
	json_decref(summary);
}

static uint64_t lost_in(const struct pftrace *pftrace, const char *name)
{
	uint64_t sum = 0, count;
	size_t i;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = pftrace->trace->packet[i]->track_event;

		if (event && !strcmp(pftrace__name(pftrace, event), name) &&
		    pftrace__number(pftrace, event, "count", &count))
			sum += count;
	}
	return sum;
}

/* It stands still while its load runs, with a buffer of 1 MiB. */
Test(timeline, what_finds_the_buffer_full_is_counted)
{
	const char *file = tt__temp("trace.pftrace");
	struct proc proc;
	struct pftrace pftrace;
	struct run run;
	json_t *summary;
	uint64_t lost;

	tt__start(&proc,
		  ARGS("timeline", "--format", "json", "-o", file, "--max-memory", "1", "-d", "3",
		       "--", tt__load("pingpong"), "thread", "200003", "-o", tt__temp("facts")),
		  NULL);
	usleep(1500000);
	proc__signal(&proc, SIGSTOP);
	usleep(1000000);
	proc__signal(&proc, SIGCONT);
	proc__finish(&proc, &run);
	summary = js__parse(run.out);
	pftrace = pftrace__read(file);
	lost = lost_in(&pftrace, "LOST");
	if (!lost)
		cr_skip_test("the load was too slow to fill the buffer");
	cr_expect_not_null(strstr(run.err, "missing in the trace"));
	cr_expect_not(js__bool(summary, "complete"));
	cr_expect_eq(js__u64(summary, "lost.events"), lost);
	/* what is lost is an interval; one of each CPU at most was there before tracing began */
	cr_expect_leq(check__all_kinds(js__at(summary, "system")),
		      pftrace__sum(&pftrace, NULL).switches + lost);
	run__free(&run);
	pftrace__free(&pftrace);
	json_decref(summary);
}

Test(timeline, file_that_reaches_its_size)
{
	struct proc load;
	struct pftrace pftrace;
	json_t *summary;

	proc__start(&load, ARGS(tt__load("pingpong"), "thread", "1000003", "-o", tt__temp("facts")),
		    NULL);
	summary = trace_of(ARGS("--max-size", "1", "-d", "20", "-c", "pingpong"), 3, &pftrace);
	proc__kill(&load);
	cr_expect_leq(pftrace.size, 1 << 20);
	cr_expect_eq(pftrace__count(&pftrace, "lost", "CUT: the file has reached its size"), 1);
	cr_expect_geq(pftrace__sum(&pftrace, NULL).switches +
			      lost_in(&pftrace, "CUT: the file has reached its size"),
		      check__all_kinds(js__at(summary, "system")));
	pftrace__free(&pftrace);
	json_decref(summary);
}

Test(timeline, says_that_wakers_cannot_be_known)
{
	const char *file = tt__temp("trace.pftrace");
	struct pftrace pftrace;
	struct run run;

	tt__run(&run,
		ARGS("timeline", "-o", file, "--force-rung", "WAKEUP=none", "--",
		     tt__load("pingpong"), "thread", "211", "-o", tt__temp("facts")),
		NULL);
	cr_assert_eq(run.status, 0, "%s", run.err);
	cr_expect_not_null(strstr(run.err, "does not say who ended a wait"), "%s", run.err);
	pftrace = pftrace__read(file);
	cr_expect_eq(pftrace__count(&pftrace, "lost", "WAKERS ARE NOT KNOWN"), 1);
	cr_expect_eq(pftrace__count(&pftrace, "wake", "wakes"), 0);
	run__free(&run);
	pftrace__free(&pftrace);
}

/* By exec of a thread that is no leader: it has the leader's tid from then on, and its name is there once. */
Test(timeline, who_executes_has_its_leaders_tid)
{
	const char *file = tt__temp("trace.pftrace"), *facts = tt__temp("facts");
	struct pftrace pftrace;
	struct run run;
	size_t i, before = 0, after = 0;
	int pid = 0;

	tt__run(&run,
		ARGS("timeline", "-o", file, "--", tt__load("execer"), "3", "101", "-o", facts),
		NULL);
	cr_assert_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	pftrace = pftrace__read(file);
	for (i = 0; i < pftrace.trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = pftrace.trace->packet[i]->track_event;
		const Perfetto__TrackDescriptor *track;

		if (!event || event->type != 1 /* it begins */ ||
		    strcmp(pftrace__category(&pftrace, event), "oncpu"))
			continue;
		track = pftrace__track(&pftrace, event->track_uuid);
		if (!track || !track->thread)
			continue;
		before += track->thread->pid != track->thread->tid;
		if (track->thread->pid == track->thread->tid) {
			pid = track->thread->pid;
			after++;
		}
	}
	cr_expect_gt(pid, 0);
	cr_expect_geq(before, 3 * 101, "%zu", before);
	cr_expect_geq(after, 101, "the new program's switches are not on the leader's track: %zu",
		      after);
	pftrace__free(&pftrace);
}
