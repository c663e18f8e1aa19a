/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who the threads of a timeline are: one that takes its leader's place, and those that are forgotten. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/pftrace.h"
#include "unit.h"
#include "view/timeline_private.h"

#define START 1000000000ULL
#define STOP  (START + 900000)

static struct timeline *timeline;
static FILE *file;
static char path[64];

static void begin(void)
{
	snprintf(path, sizeof(path), "/tmp/tasktoll-timeline-XXXXXX");
	file = fdopen(mkstemp(path), "w");
	cr_assert_not_null(file);
	timeline = timeline__new(fileno(file), 0);
	cr_assert_not_null(timeline);
	timeline__begin(timeline, START, 0);
}

static struct pftrace read_back(void)
{
	struct pftrace pftrace;

	cr_assert_eq(timeline__end(timeline, STOP), 0);
	fclose(file);
	pftrace = pftrace__read(path);
	unlink(path);
	timeline__free(timeline);
	return pftrace;
}

TestSuite(timeline_threads, .init = begin);

static struct task_id id_of(__u32 tid, __u32 tgid, const char *comm)
{
	struct task_id id = {
		.start_ns = 1000 + tid, .leader_ns = 1000 + tgid, .tid = tid, .tgid = tgid
	};

	memcpy(id.comm, comm, strnlen(comm, sizeof(id.comm)));
	memcpy(id.leader_comm, comm, strnlen(comm, sizeof(id.leader_comm)));
	return id;
}

static void name(__u32 task, __u32 tid, __u32 tgid, const char *comm)
{
	union timeline_event event = { .task = { .type = TIMELINE_TASK,
						 .task = task,
						 .now_ns = START,
						 .task_id = id_of(tid, tgid, comm) } };

	cr_assert_eq(timeline__take(timeline, &event), 0);
}

static void run_on_cpu(__u32 task, __u64 in, __u64 out)
{
	union timeline_event event = { .oncpu = { .type = TIMELINE_ONCPU,
						  .kind = KIND_PROCESS,
						  .off = OFF_NONE,
						  .task = task,
						  .in_ns = START + in,
						  .out_ns = START + out,
						  .cost_ns = NO_SAMPLE,
						  .pick_ns = NO_SAMPLE } };

	cr_assert_eq(timeline__take(timeline, &event), 0);
}

static void end(__u32 task, __u32 tid, __u32 tgid, const char *comm)
{
	struct wire_task head = { .type = WIRE_DEAD,
				  .tid = tid,
				  .tgid = tgid,
				  .start_ns = 1000 + tid,
				  .leader_ns = 1000 + tgid };
	struct task_rec rec = { .id = task, .off = OFF_SLEEP, .off_ns = START + 5 };

	memcpy(head.comm, comm, strnlen(comm, sizeof(head.comm)));
	memcpy(head.leader_comm, comm, strnlen(comm, sizeof(head.leader_comm)));
	cr_assert_eq(timeline__take_task(timeline, &head, &rec), 0);
}

/* tid of the thread that the nth interval lies on. */
static int tid_of(const struct pftrace *pftrace, size_t nth)
{
	const Perfetto__TracePacket *packet = pftrace__find(pftrace, "oncpu", nth);
	const Perfetto__TrackDescriptor *track;

	cr_assert_not_null(packet);
	track = pftrace__track(pftrace, packet->track_event->track_uuid);
	cr_assert(track && track->thread, "interval %zu is on no thread", nth);
	return track->thread->tid;
}

/* By exec: the kernel ends the leader, whose last interval may be told of later. */
Test(timeline_threads, who_takes_its_leaders_place_has_its_tid)
{
	struct pftrace pftrace;

	name(1, 101, 101, "leader");
	name(2, 102, 101, "worker");
	run_on_cpu(2, 100, 200);
	name(2, 101, 101, "after");
	run_on_cpu(1, 150, 250); /* on another CPU */
	run_on_cpu(2, 300, 400);
	end(1, 101, 101, "leader");
	end(2, 101, 101, "after");
	pftrace = read_back();
	cr_expect_eq(tid_of(&pftrace, 0), 102);
	cr_expect_eq(tid_of(&pftrace, 1), 101);
	cr_expect_eq(tid_of(&pftrace, 2), 101);
	cr_expect_str_eq(pftrace__track(&pftrace, pftrace__find(&pftrace, "oncpu", 2)
							  ->track_event->track_uuid)
				 ->thread->thread_name,
			 "after");
	pftrace__free(&pftrace);
}

Test(timeline_threads, those_that_have_ended_are_forgotten)
{
	struct pftrace pftrace;
	__u32 i, most = 3 * TIMELINE_PASSING;

	name(1, 7, 7, "stays");
	for (i = 2; i < most; i++) {
		name(i, 100 + i, 100 + i, "short");
		run_on_cpu(i, i, i + 1);
		end(i, 100 + i, 100 + i, "short");
	}
	cr_expect_leq(HASH_CNT(hh_task, timeline->by_task), TIMELINE_PASSING + 1);
	cr_expect_leq(HASH_CNT(hh_id, timeline->by_id), TIMELINE_PASSING + 1);
	cr_expect_leq(HASH_COUNT(timeline->processes), TIMELINE_PASSING + 1);
	run_on_cpu(1, most, most + 1);
	pftrace = read_back();
	cr_expect_eq(tid_of(&pftrace, 0), 102);
	cr_expect_eq(tid_of(&pftrace, most - 2), 7);
	pftrace__check(&pftrace);
	pftrace__free(&pftrace);
}

/* Creators and wakers outside of the target never end for us. */
Test(timeline_threads, those_without_a_record_are_forgotten)
{
	struct pftrace pftrace;
	__u32 i;

	for (i = 1; i < 2 * TIMELINE_PASSING; i++) {
		struct task_id id = id_of(i, i, "shell");

		cr_assert_not_null(timeline__thread_of_id(timeline, &id));
	}
	cr_expect_eq(HASH_CNT(hh_id, timeline->by_id), TIMELINE_PASSING);
	name(5, i - 1, i - 1, "shell"); /* it has one after all */
	cr_expect_eq(timeline->passing_count, TIMELINE_PASSING - 1);
	pftrace = read_back();
	pftrace__free(&pftrace);
}

Test(timeline_threads, wakers_that_cannot_be_known)
{
	const Perfetto__TracePacket *packet;
	struct pftrace pftrace;

	timeline__tell_unknown_wakers(timeline, "no hook");
	pftrace = read_back();
	packet = pftrace__find(&pftrace, "lost", 0);
	cr_assert_not_null(packet);
	cr_expect_str_eq(pftrace__name(&pftrace, packet->track_event), "WAKERS ARE NOT KNOWN");
	cr_expect_str_eq(pftrace__text(&pftrace, packet->track_event, "why"), "no hook");
	pftrace__free(&pftrace);
}
