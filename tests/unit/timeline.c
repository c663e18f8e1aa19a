/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A timeline of made events, read back from its bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/pftrace.h"
#include "model/lifecycle/crash.h"
#include "unit.h"
#include "view/timeline.h"
#include "wake.h"

#define START	   1000000000ULL
#define BOOT_AHEAD 7000000000LL
#define STOP	   (START + 900000)

struct made {
	struct timeline *timeline;
	FILE *file;
	char path[64];
};

static struct made made__begin(__u64 most)
{
	struct made made = { .path = "/tmp/tasktoll-timeline-XXXXXX" };
	int fd = mkstemp(made.path);

	cr_assert_geq(fd, 0);
	made.file = fdopen(fd, "w");
	made.timeline = timeline__new(fd, most);
	cr_assert_not_null(made.timeline);
	timeline__begin(made.timeline, START, BOOT_AHEAD);
	return made;
}

static struct pftrace made__end(struct made *made)
{
	struct pftrace pftrace;

	cr_assert_eq(timeline__end(made->timeline, STOP), 0);
	fclose(made->file);
	pftrace = pftrace__read(made->path);
	unlink(made->path);
	timeline__free(made->timeline);
	return pftrace;
}

static struct task_id id(__u32 tid, __u32 tgid, const char *comm, const char *leader)
{
	struct task_id id = { .start_ns = tid,
			      .leader_ns = tgid,
			      .tid = tid,
			      .tgid = tgid,
			      .flags = TASK_ID_TRACED };

	memcpy(id.comm, comm, strnlen(comm, sizeof(id.comm)));
	memcpy(id.leader_comm, leader, strnlen(leader, sizeof(id.leader_comm)));
	return id;
}

static void name(struct made *made, __u32 task, const struct task_id *of)
{
	union timeline_event event = {
		.task = { .type = TIMELINE_TASK, .task = task, .now_ns = START, .task_id = *of }
	};

	cr_assert_eq(timeline__take(made->timeline, &event), 0);
}

/* Two threads of one process and a kernel thread: tasks 1 to 3. */
static void name_three(struct made *made)
{
	struct task_id one = id(101, 101, "main", "main"), two = id(102, 101, "worker", "main");
	struct task_id kernel = id(7, 7, "kworker/0:1", "kworker/0:1");

	name(made, 1, &one);
	name(made, 2, &two);
	name(made, 3, &kernel);
}

static struct timeline_oncpu interval(__u32 task, __u8 kind, __u64 in, __u64 out)
{
	return (struct timeline_oncpu){ .type = TIMELINE_ONCPU,
					.kind = kind,
					.off = OFF_NONE,
					.task = task,
					.weight = 1,
					.prio = 120,
					.in_ns = START + in,
					.out_ns = START + out,
					.cost_ns = NO_SAMPLE,
					.pick_ns = NO_SAMPLE };
}

static void take(struct made *made, const struct timeline_oncpu *oncpu)
{
	union timeline_event event = { .oncpu = *oncpu };

	cr_assert_eq(timeline__take(made->timeline, &event), 0);
}

static const Perfetto__CompactSched *sched_of(const struct pftrace *pftrace, __u32 cpu)
{
	size_t i;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__FtraceEventBundle *bundle =
			pftrace->trace->packet[i]->ftrace_events;

		if (bundle && bundle->cpu == cpu)
			return bundle->compact_sched;
	}
	cr_assert_fail("no bundle of CPU %u", cpu);
	return NULL;
}

Test(timeline, clocks)
{
	struct made made = made__begin(0);
	struct pftrace pftrace = made__end(&made);
	const Perfetto__ClockSnapshot *snapshot = pftrace.trace->packet[0]->clock_snapshot;

	cr_assert_not_null(snapshot);
	cr_expect_eq(snapshot->primary_trace_clock, 6);
	cr_expect_eq(snapshot->clocks[0]->clock_id, 64);
	cr_expect_eq(snapshot->clocks[0]->timestamp, 0);
	cr_expect_eq(snapshot->clocks[1]->clock_id, 6);
	cr_expect_eq(snapshot->clocks[1]->timestamp, START + BOOT_AHEAD);
	cr_expect_eq(pftrace.trace->packet[1]->trace_packet_defaults->timestamp_clock_id, 64);
	cr_expect_eq(pftrace.trace->packet[1]->sequence_flags, 1);
	pftrace__free(&pftrace);
}

Test(timeline, prices_of_a_switch)
{
	struct made made = made__begin(0);
	struct timeline_oncpu oncpu = interval(1, KIND_PROCESS, 11000, 13000);
	const Perfetto__TracePacket *packet;
	struct pftrace pftrace;
	uint64_t number;

	name_three(&made);
	oncpu.pick_ns = 307;
	oncpu.cost_ns = 541;
	oncpu.weight = 16;
	oncpu.flags = TIMELINE_FLUSHED;
	take(&made, &oncpu);
	oncpu = interval(2, KIND_THREAD, 13000, 17000);
	take(&made, &oncpu);
	pftrace = made__end(&made);
	pftrace__check(&pftrace);

	packet = pftrace__find(&pftrace, "oncpu", 0);
	cr_assert_not_null(packet);
	cr_expect_eq(packet->timestamp, 11000);
	cr_expect_str_eq(pftrace__name(&pftrace, packet->track_event), "on CPU (process)");
	cr_expect_str_eq(pftrace__text(&pftrace, packet->track_event, "kind"), "process");
	cr_expect(pftrace__number(&pftrace, packet->track_event, "pick_ns", &number) &&
		  number == 307);
	cr_expect(pftrace__number(&pftrace, packet->track_event, "switch_ns", &number) &&
		  number == 541);
	cr_expect(pftrace__number(&pftrace, packet->track_event, "stands_for", &number) &&
		  number == 16);
	cr_expect(pftrace__number(&pftrace, packet->track_event, "tlb_flushed", &number));

	/* one that has no price says none */
	packet = pftrace__find(&pftrace, "oncpu", 1);
	cr_expect_not(pftrace__number(&pftrace, packet->track_event, "switch_ns", &number));
	cr_expect_not(pftrace__number(&pftrace, packet->track_event, "stands_for", &number));
	cr_expect_eq(pftrace__sum(&pftrace, "process").switch_ns, 541 * 16);
	cr_expect_eq(pftrace__sum(&pftrace, NULL).switches, 2);
	cr_expect_eq(pftrace__lasted(&pftrace, "on CPU (thread)", 0), 4000);
	pftrace__free(&pftrace);
}

Test(timeline, wait_with_who_ended_it)
{
	struct made made = made__begin(0);
	struct timeline_oncpu oncpu = interval(1, KIND_THREAD, 1000, 30000);
	const Perfetto__TracePacket *wakes, *sleep, *waits;
	struct pftrace pftrace;

	name_three(&made);
	take(&made, &oncpu);
	oncpu = interval(2, KIND_THREAD, 29000, 31000);
	oncpu.cpu = 1;
	oncpu.off = OFF_SLEEP;
	oncpu.off_ns = START + 5000;
	oncpu.wait_ns = 7000;
	oncpu.woken_ns = START + 21500;
	oncpu.flags = TIMELINE_WOKEN | TIMELINE_BY_TASK;
	oncpu.waker = 1;
	oncpu.channel = WAKE_FUTEX;
	oncpu.on_cpu = 0;
	take(&made, &oncpu);
	pftrace = made__end(&made);
	pftrace__check(&pftrace);

	wakes = pftrace__find(&pftrace, "wake", 0);
	sleep = pftrace__find(&pftrace, "wait", 0);
	waits = pftrace__find(&pftrace, "wait", 1);
	cr_assert(wakes && sleep && waits);
	cr_expect_eq(wakes->timestamp, 21500);
	cr_expect_eq(pftrace__track(&pftrace, wakes->track_event->track_uuid)->thread->tid, 101);
	cr_expect_str_eq(pftrace__name(&pftrace, sleep->track_event), "interruptible (S)");
	cr_expect_str_eq(pftrace__text(&pftrace, sleep->track_event, "woken_by"), "task");
	cr_expect_str_eq(pftrace__text(&pftrace, sleep->track_event, "channel"), "futex");
	cr_expect_eq(sleep->timestamp, 5000);
	cr_expect_eq(pftrace__lasted(&pftrace, "interruptible (S)", 0), 17000);
	cr_expect_eq(waits->timestamp, 22000);
	cr_expect_eq(pftrace__lasted(&pftrace, "waiting for a CPU", 0), 7000);
	cr_assert_eq(waits->track_event->n_terminating_flow_ids, 1);
	cr_expect_eq(waits->track_event->terminating_flow_ids[0], wakes->track_event->flow_ids[0]);
	pftrace__free(&pftrace);
}

Test(timeline, events_of_the_scheduler)
{
	struct made made = made__begin(0);
	struct timeline_oncpu oncpu = interval(1, KIND_PROCESS, 1000, 3000);
	const Perfetto__CompactSched *sched;
	struct pftrace pftrace;

	name_three(&made);
	oncpu.state = 1;
	take(&made, &oncpu);
	oncpu = interval(0, KIND_IDLE, 3000, 8000); /* idle */
	oncpu.state = TIMELINE_PREEMPTED;
	take(&made, &oncpu);
	oncpu = interval(3, KIND_KERNEL, 9500, 10000); /* something else came between */
	oncpu.state = 0x402;
	take(&made, &oncpu);
	oncpu = interval(2, KIND_PROCESS, 10000, 11000);
	oncpu.state = TIMELINE_RUNS;
	take(&made, &oncpu);
	pftrace = made__end(&made);
	sched = sched_of(&pftrace, 0);
	cr_assert_eq(sched->n_switch_timestamp, 6);
	/* the first one is lost on Perfetto */
	cr_expect_eq(sched->switch_timestamp[0], START + BOOT_AHEAD);
	cr_expect_eq(sched->switch_timestamp[1], 1000);
	cr_expect_eq(sched->switch_timestamp[2], 2000);
	cr_expect_eq(sched->switch_timestamp[3], 5000);
	cr_expect_eq(sched->switch_timestamp[4], 1500);
	cr_expect_eq(sched->switch_timestamp[5], 500);
	cr_expect_eq(sched->switch_next_pid[1], 101);
	cr_expect_eq(sched->switch_next_pid[2], 0);
	cr_expect_eq(sched->switch_prev_state[2], 1);
	cr_expect_str_eq(sched->intern_table[sched->switch_next_comm_index[3]], "[not traced]");
	cr_expect_eq(sched->switch_prev_state[3], 0x100);
	cr_expect_eq(sched->switch_next_pid[4], 7);
	cr_expect_eq(sched->switch_next_pid[5], 102);
	cr_expect_eq(sched->switch_prev_state[5], 0x80);
	cr_expect_str_eq(sched->intern_table[sched->switch_next_comm_index[5]], "worker");
	pftrace__free(&pftrace);
}

/* Bundles are of bounded size: all switches are there, whatever their number. */
Test(timeline, many_switches)
{
	enum { COUNT = 5003 };
	struct made made = made__begin(0);
	struct timeline_sums sums;
	struct pftrace pftrace;
	size_t switches = 0, i;

	name_three(&made);
	for (i = 0; i < COUNT; i++) {
		struct timeline_oncpu oncpu =
			interval(1 + (i & 1), KIND_THREAD, 100 + 10 * i, 110 + 10 * i);

		oncpu.cost_ns = i;
		take(&made, &oncpu);
	}
	timeline__sum(made.timeline, &sums);
	cr_expect_eq(sums.switches, COUNT);
	cr_expect_eq(sums.in[KIND_THREAD], COUNT);
	pftrace = made__end(&made);
	for (i = 0; i < pftrace.trace->n_packet; i++) {
		const Perfetto__FtraceEventBundle *bundle = pftrace.trace->packet[i]->ftrace_events;

		switches += bundle ? bundle->compact_sched->n_switch_timestamp : 0;
	}
	cr_expect_eq(switches, COUNT + 1);
	cr_expect_eq(pftrace__sum(&pftrace, "thread").switch_ns, (__u64)COUNT * (COUNT - 1) / 2);
	pftrace__free(&pftrace);
}

Test(timeline, hostile_names)
{
	struct made made = made__begin(0);
	struct task_id hostile = id(5, 5, "\xff\x1b[2J\n\"};<", "0123456789abcdef");
	struct timeline_oncpu oncpu = interval(4, KIND_PROCESS, 1, 2);
	const Perfetto__TrackDescriptor *track;
	struct pftrace pftrace;

	name(&made, 4, &hostile);
	take(&made, &oncpu);
	pftrace = made__end(&made);
	track = pftrace__track(&pftrace,
			       pftrace__find(&pftrace, "oncpu", 0)->track_event->track_uuid);
	cr_assert_not_null(track);
	cr_expect_null(strpbrk(track->thread->thread_name, "\x1b\n\xff"));
	cr_expect_not_null(strstr(track->thread->thread_name, "[2J"));
	track = pftrace__track(&pftrace, 1ULL << 40 | 5);
	cr_expect_str_eq(track->process->process_name, "0123456789abcdef");
	pftrace__free(&pftrace);
}

Test(timeline, what_was_lost)
{
	struct made made = made__begin(0);
	union timeline_event lost = { .lost = { .type = TIMELINE_LOST,
						.cpu = 3,
						.count = 1009,
						.first_ns = START + 50,
						.last_ns = START + 950 } };
	const Perfetto__TracePacket *packet;
	struct timeline_sums sums;
	struct pftrace pftrace;
	uint64_t number;

	cr_assert_eq(timeline__take(made.timeline, &lost), 0);
	timeline__sum(made.timeline, &sums);
	cr_expect_eq(sums.lost, 1009);
	pftrace = made__end(&made);
	packet = pftrace__find(&pftrace, "lost", 0);
	cr_assert_not_null(packet);
	cr_expect_eq(packet->timestamp, 50);
	cr_expect_str_eq(pftrace__name(&pftrace, packet->track_event), "LOST");
	cr_expect(pftrace__number(&pftrace, packet->track_event, "count", &number) &&
		  number == 1009);
	cr_expect(pftrace__number(&pftrace, packet->track_event, "cpu", &number) && number == 3);
	cr_expect(pftrace__number(&pftrace, packet->track_event, "lasted_ns", &number) &&
		  number == 900);
	pftrace__free(&pftrace);
}

/* What there is no room for is counted, and the trace says so where it ends. */
Test(timeline, file_that_is_full)
{
	enum { COUNT = 40009, MOST = 200000 };
	struct made made = made__begin(MOST);
	struct timeline_sums sums;
	struct pftrace pftrace;
	uint64_t number;
	int i;

	name_three(&made);
	for (i = 0; i < COUNT; i++) {
		struct timeline_oncpu oncpu = interval(1, KIND_THREAD, 10 * i, 10 * i + 10);

		take(&made, &oncpu);
	}
	cr_expect(timeline__is_full(made.timeline));
	timeline__sum(made.timeline, &sums);
	cr_expect_gt(sums.switches, 0);
	cr_expect_eq(sums.switches + sums.cut, COUNT);
	pftrace = made__end(&made);
	cr_expect_leq(pftrace.size, MOST);
	cr_expect(pftrace__number(&pftrace, pftrace__find(&pftrace, "lost", 0)->track_event,
				  "count", &number));
	cr_expect_eq(number, sums.cut);
	pftrace__free(&pftrace);
}

Test(timeline, creation_and_end)
{
	struct made made = made__begin(0);
	struct lifecycle_event spawn = { .type = LIFECYCLE_SPAWN,
					 .now_ns = START + 70,
					 .task_id = id(101, 101, "main", "main"),
					 .spawn = { .other = id(102, 101, "worker", "main"),
						    .kind = SPAWN_THREAD,
						    .copy_ns = 4242 } };
	struct lifecycle_event end = { .type = LIFECYCLE_END,
				       .now_ns = START + 90,
				       .task_id = id(101, 101, "main", "main"),
				       .end = { .code = 11 } };
	const Perfetto__TrackEvent *from, *to, *ends;
	struct pftrace pftrace;
	uint64_t number;

	name_three(&made);
	cr_assert_eq(timeline__take_lifecycle(made.timeline, &spawn), 0);
	cr_assert_eq(timeline__take_lifecycle(made.timeline, &end), 0);
	pftrace = made__end(&made);
	pftrace__check(&pftrace);
	from = pftrace__find(&pftrace, "lifecycle", 0)->track_event;
	to = pftrace__find(&pftrace, "lifecycle", 1)->track_event;
	ends = pftrace__find(&pftrace, "lifecycle", 2)->track_event;
	cr_expect_str_eq(pftrace__name(&pftrace, from), "creates");
	cr_expect_str_eq(pftrace__text(&pftrace, from, "kind"), "thread");
	cr_expect(pftrace__number(&pftrace, from, "copy_ns", &number) && number == 4242);
	cr_expect_eq(from->flow_ids[0], to->terminating_flow_ids[0]);
	cr_expect_eq(pftrace__track(&pftrace, to->track_uuid)->thread->tid, 102);
	cr_expect_eq(ends->track_uuid, from->track_uuid);
	cr_expect_str_eq(pftrace__text(&pftrace, ends, "signal"), "SIGSEGV");
	pftrace__free(&pftrace);
}

Test(timeline, crash_with_its_victims)
{
	struct victim victims[2] = {
		{ .ring = 0,
		  .pid = 101,
		  .tid = 102,
		  .comm = "worker",
		  .outcome = OUTCOME_DIED,
		  .links = { { .how = HOW_SIBLING,
			       .delay_ns = 13,
			       .evidence = "thread of 101" } } },
		{ .ring = 2,
		  .pid = 99,
		  .tid = 99,
		  .comm = "parent",
		  .outcome = OUTCOME_WOKEN,
		  .links = { { .how = HOW_WOKEN, .delay_ns = 17, .evidence = "SIGCHLD" } } },
	};
	struct crash crash = { .at_ns = START + 500,
			       .traced = true,
			       .pid = 101,
			       .comm = "main",
			       .end = { .class = END_CRASH, .signal = 11 },
			       .culprit = { .tid = 101 },
			       .victims = victims,
			       .victim_count = 2,
			       .fan_out = 1 };
	const Perfetto__TracePacket *packet;
	struct made made = made__begin(0);
	struct pftrace pftrace;
	uint64_t number;

	name_three(&made);
	timeline__take_crash(made.timeline, &crash);
	pftrace = made__end(&made);
	pftrace__check(&pftrace);
	packet = pftrace__find(&pftrace, "crash", 0);
	cr_expect_eq(packet->timestamp, 500);
	cr_expect_str_eq(pftrace__name(&pftrace, packet->track_event), "CRASH");
	cr_expect_str_eq(pftrace__text(&pftrace, packet->track_event, "signal"), "SIGSEGV");
	cr_expect(pftrace__number(&pftrace, packet->track_event, "fan_out", &number) &&
		  number == 1);
	cr_expect_eq(pftrace__track(&pftrace, packet->track_event->track_uuid)->thread->tid, 101);
	cr_assert_eq(packet->track_event->n_flow_ids, 2);
	packet = pftrace__find(&pftrace, "crash", 1);
	cr_expect_eq(packet->timestamp, 513);
	cr_expect_str_eq(pftrace__name(&pftrace, packet->track_event), "sibling");
	cr_expect_str_eq(pftrace__text(&pftrace, packet->track_event, "outcome"), "died");
	cr_expect_eq(pftrace__track(&pftrace, packet->track_event->track_uuid)->thread->tid, 102);
	/* a process that has no track of its own */
	packet = pftrace__find(&pftrace, "crash", 2);
	cr_expect_str_eq(pftrace__text(&pftrace, packet->track_event, "evidence"), "SIGCHLD");
	cr_expect_str_eq(pftrace__track(&pftrace, packet->track_event->track_uuid)->name,
			 "tasktoll");
	pftrace__free(&pftrace);
}

/* More than one event has room for: each victim has an arrow that begins at the crash. */
Test(timeline, crash_with_thousands_of_victims)
{
	enum { COUNT = 5000 };
	struct victim *victims = calloc(COUNT, sizeof(*victims));
	struct crash crash = { .at_ns = START,
			       .traced = true,
			       .pid = 101,
			       .end = { .class = END_CRASH, .signal = 11 },
			       .victims = victims,
			       .victim_count = COUNT };
	char *begun = calloc(COUNT + 1, 1), *ended = calloc(COUNT + 1, 1);
	struct made made = made__begin(0);
	struct pftrace pftrace;
	size_t i, k;

	for (i = 0; i < COUNT; i++)
		victims[i] = (struct victim){ .ring = 1,
					      .pid = (__u32)(1000 + i),
					      .tid = (__u32)(1000 + i),
					      .links = { { .how = HOW_ORPHAN } } };
	timeline__take_crash(made.timeline, &crash);
	pftrace = made__end(&made);
	pftrace__check(&pftrace);
	for (i = 0; i < pftrace.trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = pftrace.trace->packet[i]->track_event;

		for (k = 0; event && k < event->n_flow_ids; k++)
			begun[event->flow_ids[k] <= COUNT ? event->flow_ids[k] : 0]++;
		for (k = 0; event && k < event->n_terminating_flow_ids; k++)
			ended[event->terminating_flow_ids[k] <= COUNT ?
				      event->terminating_flow_ids[k] :
				      0]++;
	}
	for (i = 0; i <= COUNT; i++)
		cr_assert(begun[i] == !!i && ended[i] == !!i, "arrow %zu", i);
	pftrace__free(&pftrace);
	free(begun);
	free(ended);
	free(victims);
}

/* An arrow each, and an exec, which has none. */
Test(timeline, creations_and_an_exec)
{
	struct made made = made__begin(0);
	struct lifecycle_event spawn = { .type = LIFECYCLE_SPAWN,
					 .task_id = id(101, 101, "main", "main"),
					 .spawn = { .kind = SPAWN_PROCESS } };
	struct lifecycle_event exec = { .type = LIFECYCLE_EXEC,
					.now_ns = START + 400,
					.task_id = id(202, 202, "n\new", "new") };
	const Perfetto__TrackEvent *from, *to;
	struct pftrace pftrace;
	uint64_t i;

	name_three(&made);
	for (i = 0; i < 3; i++) {
		spawn.now_ns = START + 100 * i;
		spawn.spawn.other = id(201 + (__u32)i, 201 + (__u32)i, "new", "new");
		cr_assert_eq(timeline__take_lifecycle(made.timeline, &spawn), 0);
	}
	cr_assert_eq(timeline__take_lifecycle(made.timeline, &exec), 0);
	pftrace = made__end(&made);
	pftrace__check(&pftrace);
	for (i = 0; i < 3; i++) {
		from = pftrace__find(&pftrace, "lifecycle", 2 * i)->track_event;
		to = pftrace__find(&pftrace, "lifecycle", 2 * i + 1)->track_event;
		cr_expect_eq(pftrace__find(&pftrace, "lifecycle", 2 * i)->timestamp, 100 * i);
		cr_expect_eq(from->flow_ids[0], i + 1);
		cr_expect_eq(to->terminating_flow_ids[0], i + 1);
		cr_expect_eq(pftrace__track(&pftrace, to->track_uuid)->thread->tid, 201 + (int)i);
	}
	cr_expect_eq(pftrace__find(&pftrace, "lifecycle", 6)->timestamp, 400);
	to = pftrace__find(&pftrace, "lifecycle", 6)->track_event;
	cr_expect_str_eq(pftrace__name(&pftrace, to), "exec");
	cr_expect_str_eq(pftrace__text(&pftrace, to, "comm"), "n?ew");
	cr_expect_eq(pftrace__track(&pftrace, to->track_uuid)->thread->tid, 202);
	cr_expect_eq(to->n_flow_ids + to->n_terminating_flow_ids, 0);
	pftrace__free(&pftrace);
}
