/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Births, signals, wakes and ends in any order, as a machine that loses events
 * might tell them: nothing is counted twice, and every crash adds up.
 */
#include "model/lifecycle/process_tracker.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIDS	8
#define STARTS	4 /* of each pid, which is used again */
#define THREADS 3
#define STEP_NS 1000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

struct town {
	struct process_tracker *tracker;
	__u64 now_ns;
	__u32 ended[PIDS][STARTS];
};

static void check(int holds)
{
	if (!holds)
		abort();
}

static __u32 take(struct input *input, __u32 limit)
{
	if (!input->size)
		return 0;
	input->size--;
	return *input->data++ % limit;
}

/* ---- what comes out ---- */

static void check_victim(const struct crash *crash, const struct victim *victim)
{
	int i;

	check(victim->ring >= 0 && victim->ring <= 4);
	check(victim->link_count >= 1 && victim->link_count <= VICTIM_LINKS);
	check(victim->outcome < OUTCOMES);
	check((victim->ring == 4) == (victim->outcome == OUTCOME_RESPAWNED));
	check(victim->outcome != OUTCOME_DIED || victim->end_delay_ns <= crash->window_ns);
	for (i = 0; i < victim->link_count; i++) {
		check(victim->links[i].how < HOWS && victim->links[i].evidence[0]);
		check(victim->links[i].delay_ns <= crash->window_ns);
	}
	if (victim->ring)
		check(victim->pid != crash->pid || victim->start_ns != crash->start_ns);
	else
		check(victim->pid == crash->pid && victim->tid != crash->culprit.tid);
}

static void on_crash(void *context, struct crash *crash)
{
	size_t i, died = crash__count(crash, -1, OUTCOME_DIED);

	(void)context;
	check(crash->end.class != END_CLEAN && crash->end.class < END_CLASSES);
	check(crash->fan_out == died + crash__count(crash, -1, OUTCOME_ORPHANED));
	check(crash->fan_out <= crash->victim_count);
	check(crash->culprit.frames || crash->culprit.no_frames);
	for (i = 0; i < crash->victim_count; i++) {
		const struct victim *victim = &crash->victims[i], *before = victim - 1;

		check_victim(crash, victim);
		if (!i)
			continue;
		check(before->ring <= victim->ring);
		check(before->ring < victim->ring ||
		      before->links[0].delay_ns <= victim->links[0].delay_ns);
	}
	crash__free(crash);
}

static void on_end(void *context, const struct task_id *task_id, const struct end *end)
{
	struct town *town = context;

	check(end->class < END_CLASSES);
	check(!town->ended[task_id->tgid / THREADS - 1][task_id->leader_ns - 1]++);
}

/* ---- what goes in ---- */

static const char *kernel_name(void *symbols, __u64 address)
{
	static const char *const names[] = { "pipe_release", "do_notify_parent", "tcp_fin",
					     "asm_exc_page_fault", "try_to_wake_up" };

	(void)symbols;
	return address < sizeof(names) / sizeof(names[0]) ? names[address] : NULL;
}

static struct task_id task_id__take(struct input *input)
{
	__u32 process = take(input, PIDS), start = take(input, STARTS),
	      thread = take(input, THREADS), parent = take(input, PIDS + 1);
	struct task_id task_id = { .tgid = (process + 1) * THREADS,
				   .leader_ns = start + 1,
				   .ppid = parent * THREADS,
				   .flags = take(input, 16) };

	task_id.tid = task_id.tgid + thread;
	task_id.start_ns = task_id.leader_ns;
	task_id.comm[0] = task_id.leader_comm[0] = (char)('a' + process % 3);
	return task_id;
}

static void fill(struct lifecycle_event *event, struct input *input, __u64 id)
{
	static const int signals[] = { SIGSEGV, SIGABRT, SIGTERM, SIGKILL, SIGPIPE,
				       SIGHUP,	SIGCHLD, SIGUSR1, 64 };
	int signal = signals[take(input, sizeof(signals) / sizeof(signals[0]))];
	__u32 i;

	switch (event->type) {
	case LIFECYCLE_SPAWN:
		event->spawn.other = task_id__take(input);
		event->spawn.kind = take(input, SPAWN_KINDS);
		break;
	case LIFECYCLE_SIGNAL:
		event->signal.other = task_id__take(input);
		event->signal.signal = signal;
		event->signal.flags = take(input, 64);
		event->signal.via = take(input, CLOSED_TCP + 1);
		event->signal.closer = (take(input, PIDS) + 1) * THREADS;
		event->signal.closer_ns = take(input, STARTS) + 1;
		break;
	case LIFECYCLE_FATAL:
		event->fatal.id = id;
		event->fatal.signal = signal;
		event->fatal.code = (int)take(input, 16) - 8;
		event->fatal.sender = (take(input, PIDS) + 1) * THREADS;
		event->fatal.threads = take(input, THREADS) + 1;
		break;
	case LIFECYCLE_WAKE:
		event->wake.other = task_id__take(input);
		event->wake.via = take(input, CLOSED_TCP + 1);
		event->wake.closer = (take(input, PIDS) + 1) * THREADS;
		event->wake.closer_ns = take(input, STARTS) + 1;
		event->wake.count = take(input, 256); /* more than there is room for */
		for (i = 0; i < 4; i++)
			event->wake.frames[i] = take(input, 8);
		break;
	case LIFECYCLE_ALONE:
		event->alone.id = id;
		event->alone.signal = signal;
		event->alone.syscall_arch = take(input, 2);
		break;
	case LIFECYCLE_DOWN:
	case LIFECYCLE_END:
		event->end.code = take(input, 2) ? (__u32)signal : take(input, 3) << 8;
		event->end.oom = take(input, 2);
		break;
	default:
		break;
	}
}

static void go_on(struct town *town, struct input *input)
{
	struct lifecycle_event event = { .type = take(input, LIFECYCLE_WAKE + 4),
					 .size = sizeof(event) };
	__u64 stack = town->now_ns - take(input, 4) * STEP_NS;
	struct crash_frame *frames;

	town->now_ns += STEP_NS;
	event.now_ns = town->now_ns;
	switch (event.type) {
	case LIFECYCLE_WAKE + 1:
		town->now_ns += (__u64)take(input, 256) << 32;
		break;
	case LIFECYCLE_WAKE + 2:
		process_tracker__advance(town->tracker, town->now_ns, take(input, 8) == 0);
		break;
	case LIFECYCLE_WAKE + 3:
		if (!process_tracker__wants_stack(town->tracker, stack))
			break;
		frames = calloc(1, sizeof(*frames));
		process_tracker__take_stack(town->tracker, stack, frames, 0, "it has none");
		break;
	default:
		event.task_id = task_id__take(input);
		fill(&event, input, town->now_ns);
		check(!process_tracker__apply(town->tracker, &event));
	}
	check(process_tracker__count(town->tracker) <= PIDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct town town = { .now_ns = 1000 * STEP_NS };
	struct process_tracker_config config = { .window_ns = 20 * STEP_NS,
						 .context = &town,
						 .on_end = on_end,
						 .on_crash = on_crash,
						 .kernel_name = kernel_name };
	bool seen_out = take(&input, 2);

	config.all = take(&input, 2);
	config.stacks = take(&input, 2);
	town.tracker = process_tracker__new(&config);
	if (!town.tracker)
		return 0;
	while (input.size)
		go_on(&town, &input);
	if (seen_out) {
		process_tracker__advance(town.tracker, town.now_ns, true);
		check(!process_tracker__next(town.tracker));
	}
	process_tracker__free(town.tracker);
	return 0;
}
