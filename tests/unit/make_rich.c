/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_rich.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/stacks.h"
#include "unit.h"

#define SHELL	50
#define MASTER	90  /* parent of the worker */
#define WORKER	100 /* crashes */
#define PEER	200
#define OTHER	201
#define CREATOR 210
#define HELPER	211
#define BORN	220 /* a child of the creator of which readings come, too */

/* ---- figures ---- */

/* About equally many of each order of magnitude, so that percentiles differ. */
static __u64 spread(struct chance *chance, unsigned int from, unsigned int bits)
{
	__u64 low = 1ULL << (from + chance__below(chance, bits));

	return low + chance__below(chance, low);
}

static __u32 count(struct chance *chance)
{
	return 1000 + (__u32)chance__below(chance, 900000);
}

static void fill_dist(struct task *task, enum measure d, struct chance *chance)
{
	__u64 n = 20 + 7 * (__u64)d + chance__below(chance, 7); /* of each measure another */
	bool cost = d == D_PICK || (d >= D_SWITCH_THREAD && d <= D_SWITCH_KERNEL);

	while (n--)
		task__sample(task, d, cost ? spread(chance, 7, 11) : spread(chance, 11, 20));
}

/* `seed`: another one gives other figures. */
static void fill(struct task *task, __u64 seed)
{
	struct chance chance = { seed * 0x9e3779b97f4a7c15ULL };
	int d;

	task__switch(task, count(&chance), count(&chance));
	task->rec.IN_THREAD = count(&chance);
	task->rec.IN_PROCESS = count(&chance);
	task->rec.IN_RESUME = count(&chance);
	task->rec.IN_KERNEL = count(&chance);
	task->rec.ONCPU = spread(&chance, 20, 8);
	task->rec.MIGRATIONS = count(&chance);
	task->rec.FLUSHED = count(&chance);
	task->rec.SHOOT_SENT = count(&chance);
	task->rec.SHOOT_RECV = count(&chance);
	task->rec.off = OFF_NONE;
	task->rec.off_ns = SCENE_END - 2000000 - seed * 1000;
	task->rec.MISSED = 10000 + (__u32)chance__below(&chance, 1000);
	for (d = 0; d < D_COUNT; d++)
		fill_dist(task, d, &chance);
}

static struct task make_task(__u32 tgid, __u32 tid, const char *comm, const char *leader_comm)
{
	struct task task = task__make(tid, tgid, tid);

	task__rename(&task, comm, leader_comm);
	task.head.ppid = SHELL;
	fill(&task, tid);
	return task;
}

/* Sample n of 500: each measure, the d-th, has its own. */
#define FINE(dist, d, L)                                                                           \
	do {                                                                                       \
		double low = HIST_##L##_FIRST == HIST_COST_FIRST ? 7 : 11;                         \
		double octaves = HIST_##L##_FIRST == HIST_COST_FIRST ? 9.4 : 17.4;                 \
		__u64 ns = (__u64)(exp2(low + octaves * n / 500) * (20 + (d)) / 20);               \
                                                                                                   \
		fine.dist.bucket[hist_fine_bucket(ns, HIST_##L##_FIRST, HIST_##L##_OCTAVES)]++;    \
	} while (0)

/* Of each measure others, so that the machine's percentiles differ. */
static void add_fine(struct model *model, int cpu)
{
	static struct fine_hists fine;
	int n;

	memset(&fine, 0, sizeof(fine));
	for (n = 0; n < 500; n++) {
#define DIST(id, layout, ...) FINE(id, D_##id, layout);
#include "counters.def"
		FINE(SWITCH_IDLE, D_SWITCH_IDLE, COST);
	}
	cr_assert_eq(model__apply_fine(model, cpu, &fine), 0);
}

static void add_cpu(struct model *model, int cpu)
{
	struct task idle = task__make(1, 0, 0);
	struct chance chance = { 77 + (__u64)cpu };
	struct cpu_slot slot = { .nr_base = count(&chance), .wakes_missed = count(&chance) };
	int kind;

	fill(&idle, 1000 + (__u64)cpu);
	for (kind = 0; kind < KIND_COUNT; kind++) {
		slot.in[kind] = 20000000 + count(&chance);
		slot.switches += slot.in[kind];
	}
	slot.voluntary = slot.switches - 20 * (__u64)count(&chance);
	slot.nr_switches = slot.nr_base + slot.switches + 700 + (__u64)cpu;
	slot.idle = idle.rec;
	cr_assert_eq(model__apply_cpu(model, cpu, &slot), 0);
	add_fine(model, cpu);
}

/* Off its CPU, for the reason and the time that its id gives. */
static void add_open(struct model *model, __u32 tgid, __u32 tid, enum off why)
{
	struct task task = make_task(tgid, tid, "waits", "peer");

	task__go_off(&task, why, SCENE_END - 1000000 - tid * 1000ULL);
	task.rec.wake_ns = SCENE_END - 2000 - tid;
	task__read(&task, model);
}

static void add_tasks(struct model *model)
{
	struct task master = make_task(MASTER, MASTER, "master", "master");
	struct task thread = make_task(MASTER, 91, "first of two", "master");
	struct task ended = make_task(MASTER, 92, "second of two", "master");
	struct task peer = make_task(PEER, PEER, "peer", "peer");
	struct task kernel = make_task(12, 12, "kworker/1:2", "kworker/1:2");
	struct task namespaced = make_task(OTHER, OTHER, "other", "other");

	task__read(&master, model);
	task__read(&thread, model);
	task__die(&ended, model);
	task__read(&peer, model);
	kernel.head.flags = WIRE_KTHREAD;
	kernel.head.ppid = 2;
	task__read(&kernel, model);
	namespaced.head.own_tgid = 7;
	task__read(&namespaced, model);
	add_open(model, PEER, 20001, OFF_SLEEP);
	add_open(model, PEER, 20002, OFF_DISK);
	add_open(model, OTHER, 20003, OFF_PREEMPTED);
	add_open(model, OTHER, 20004, OFF_OTHER);
}

/* ---- what is created ---- */

static void create(struct story *story, struct chance *chance, __u32 creator, __u32 tid,
		   enum spawn_kind kind)
{
	story->copy_ns = spread(chance, 13, 8);
	story->rss = spread(chance, 20, 9);
	story->namespaces = tid % 3 == 0;
	story__create(story, creator, tid, kind);
	story__return(story, creator, kind, spread(chance, 11, 9), 0);
	if (kind != SPAWN_PROCESS && kind != SPAWN_VFORK)
		return;
	story->exec_ns = spread(chance, 18, 6);
	story__exec(story, tid, "program");
}

/* The two phases that the record of who was created tells. */
static void read_born(struct story *story, struct model *model, struct chance *chance, __u32 tid,
		      enum spawn_kind kind, __u32 creator)
{
	const struct task_id *task_id = &story->tasks[tid];
	struct task task = make_task(task_id->tgid, tid, "born", "born");

	task.head.ppid = task_id->ppid;
	task.head.start_ns = task_id->start_ns;
	task.head.leader_ns = task_id->leader_ns;
	task.rec.born_ns = SCENE_START + tid;
	task.rec.creator = creator;
	task.rec.creator_ns = birth_of(creator);
	task.rec.spawn = kind;
	task.rec.start_wait = spread(chance, 12, 9);
	task.head.now_ns = task.rec.born_ns + spread(chance, 20, 8);
	task__die(&task, model);
}

static void create_all(struct story *story, struct model *model)
{
	static const __u32 counts[SPAWN_KINDS] = { 6, 9, 5, 4, 3 };
	static const int errors[] = { EAGAIN, ENOMEM, EPERM, EINVAL, ENOSPC, EBUSY, 4000 };
	struct chance chance = { 4711 };
	__u32 tid = BORN, kind, i;

	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		for (i = 0; i < counts[kind]; i++, tid++) {
			__u32 creator = i % 3 ? CREATOR : HELPER;

			create(story, &chance, creator, tid, kind);
			if (i < 2)
				read_born(story, model, &chance, tid, kind, creator);
		}
		for (i = 0; i <= kind; i++)
			story__return(story, i % 2 ? CREATOR : HELPER, kind, 0, errors[i]);
	}
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		story__return(story, CREATOR, SPAWN_THREAD, 0, errors[i]);
}

/* ---- how it ends ---- */

static void end_some(struct story *story)
{
	__u32 pid;

	story->copy_ns = story->exec_ns = LIFECYCLE_NO_TIME;
	for (pid = 400; pid < 409; pid++) {
		story__fork(story, SHELL, pid);
		story__exec(story, pid, "short");
	}
	story__die(story, 400, EXIT_CODE(0));
	story__die(story, 401, EXIT_CODE(3));
	story__signal(story, MASTER, 402, SIGABRT, 0);
	story__die(story, 402, EXIT_CODE(4));
	for (pid = 403; pid < 406; pid++) {
		story__signal(story, PEER, pid, SIGTERM, SIGNAL_DEFAULT);
		story__die(story, pid, SIGTERM);
	}
	for (pid = 406; pid < 410; pid++) {
		if (pid == 409)
			story__fork(story, SHELL, pid);
		story__oom(story, pid, SIGKILL);
	}
}

static void take_stack(struct story *story, struct process_tracker *tracker, size_t count)
{
	static const char *const names[] = {
		"__GI_raise", "abort",		 "check",  "Parser::next()", "parse, \"it\"\n",
		"loop",	      "[libx.so+0x12f]", "handle", "serve",	     "run",
		"main",	      "_start"
	};
	struct crash_frame *frames = calloc(ARRAY_SIZE(names), sizeof(*frames));
	size_t i;

	for (i = 0; i < count; i++) {
		frames[i].name = strdup(names[i]);
		frames[i].module = i % 4 == 3 ? NULL : strdup(i < 2 ? "libc.so.6" : "server");
		frames[i].interrupted = i == 2;
	}
	if (count == 4) { /* does not reach its root */
		free(frames[3].name);
		frames[3].name = strdup("[truncated: damaged]");
		frames[3].mark = true;
	}
	process_tracker__take_stack(tracker, story->now_ns - STORY_STEP_NS, frames, count, NULL);
}

/* Victims of every ring; each event takes another time. */
static void crash_worker(struct story *story, struct process_tracker *tracker)
{
	__u32 i;

	for (i = 1; i <= 2; i++)
		story__thread(story, WORKER, WORKER + i);
	for (i = 0; i < 7; i++)
		story__fork(story, WORKER, 300 + i);
	story__fork(story, 300, 310);
	for (i = 0; i < 4; i++)
		story__fork(story, MASTER, 320 + i);
	story__fault(story, WORKER + 1, SIGSEGV, SEGV_MAPERR);
	take_stack(story, tracker, 11);
	for (i = 0; i < 3; i++) {
		story__wait(story, 17000 * (i + 1));
		story__down(story, WORKER + (i == 1 ? 2 : 0), WITH_CORE(SIGSEGV));
		i += i == 1;
	}
	story__wait(story, 123000);
	story__wake(story, WORKER + 1, PEER, PATH("pipe_release"));
	story__wake(story, WORKER + 1, PEER, PATH("exit_sem"));
	story__die(story, WORKER + 1, WITH_CORE(SIGSEGV));
	story__wait(story, 41000);
	story__signal(story, WORKER + 1, 301, SIGKILL, SIGNAL_DEFAULT | SIGNAL_PDEATH);
	story__die(story, 301, SIGKILL);
	story__signal(story, WORKER + 1, 302, SIGKILL,
		      SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL | SIGNAL_EXITKILL);
	story__die(story, 302, SIGKILL);
	story__signal(story, WORKER + 1, 303, SIGKILL,
		      SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL | SIGNAL_NAMESPACE);
	story__die(story, 303, SIGKILL);
	story__sigpipe(story, 304, CLOSED_UNIX, WORKER);
	story__die(story, 304, SIGPIPE);
	story__signal(story, WORKER + 1, 305, SIGHUP, SIGNAL_DEFAULT | SIGNAL_GROUP);
	story__die(story, 305, SIGHUP);
	story__wait(story, 777000);
	story__wake(story, WORKER + 1, MASTER, PATH("do_notify_parent"));
	story__signal(story, WORKER + 1, MASTER, SIGCHLD, 0);
	for (i = 0; i < 2; i++) {
		story__signal(story, MASTER, 320 + i, SIGQUIT, 0);
		story__die(story, 320 + i, EXIT_CODE(2));
	}
	story__signal(story, MASTER, 322, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, 322, SIGTERM);
	story__wait(story, 999000);
	story__fork(story, MASTER, 330);
}

/* With a handler that had taken another signal; alone; and one that still writes its core. */
static void crash_others(struct story *story, struct process_tracker *tracker)
{
	story__fork(story, SHELL, 500);
	story__exec(story, 500, "handles");
	story__handle(story, 500, SIGSEGV, SEGV_ACCERR, HANDLED_RUNS);
	story__signal(story, 500, 500, SIGABRT, SIGNAL_DEFAULT);
	story__fatal(story, 500, SIGABRT, SI_TKILL, 500);
	take_stack(story, tracker, 4);
	story__die(story, 500, SIGABRT);
	memset(&story->handled, 0, sizeof(story->handled));
	story__fork(story, SHELL, 510);
	story__exec(story, 510, "forbidden");
	story__thread(story, 510, 511);
	story__end_alone(story, 511, SIGSYS);
	story__fork(story, SHELL, 520);
	story__exec(story, 520, "dumps core");
	story__fork(story, 520, 521);
	story__fault(story, 520, SIGBUS, BUS_ADRERR);
	process_tracker__take_stack(tracker, story->now_ns - STORY_STEP_NS, NULL, 0,
				    "it was not copied");
}

void rich__fill(struct rich *rich)
{
	const struct process_tracker_config config = { .window_ns = STORY_WINDOW_NS,
						       .all = true,
						       .stacks = true,
						       .realtime_offset_ns = 1795348700000000000ULL,
						       .kernel_name = story__kernel_name };
	struct model *model;
	struct story *story = &rich->story;

	setenv("TZ", "UTC0", 1); /* the text has local time */
	scene__begin(&rich->scene, true, true);
	model = rich->scene.model;
	cr_assert_eq(model__track_processes(model, &config), 0);
	story__begin(story, model__apply_lifecycle, model);
	story__census(story, 1, 0, "init");
	story__census(story, SHELL, 1, "shell");
	story__census(story, MASTER, SHELL, "master");
	story__census(story, WORKER, MASTER, "worker");
	story__census(story, PEER, SHELL, "peer");
	story__census(story, OTHER, SHELL, "other");
	story__census(story, CREATOR, SHELL, "creator");
	story__census(story, HELPER, SHELL, "helper");
	add_cpu(model, 0);
	add_cpu(model, 1);
	add_tasks(model);
	create_all(story, model);
	end_some(story);
	crash_worker(story, model->tracker);
	crash_others(story, model->tracker);
	process_tracker__advance(model->tracker, story->now_ns, true);
	model->skipped_runs = 5;
	model->tlb_unattributed = 8;
}

/* ---- what is said beside ---- */

void rich__describe(struct summary *summary, const struct model *model, bool poor)
{
	scene__describe(summary);
	strcpy(summary->host, "host-1");
	summary->cpus = 6;
	summary->duration_ns = 12345678901;
	summary->lost = (struct summary_loss){ 21, 22, 23, 24, 25 };
	summary->tlb_unattributed = model->tlb_unattributed;
	summary->self = (struct summary_toll){ .known = !poor,
					       .why_not = "it was not asked for",
					       .ns_per_switch = 1391.6,
					       .bpf_ns = 2712345,
					       .cpu_ns = 3345678,
					       .rss_bytes = 5 << 20,
					       .kernel_bytes = 17 << 20 };
	summary->cost_source = poor ? COST_NONE : COST_FINISH_TASK_SWITCH;
	if (!poor)
		return;
	summary__unavailable(summary, "pick_ns", "no hook: not here");
	summary__unavailable(summary, "switch_ns", "no hook: not there");
	summary__unavailable(summary, "copy_ns", "this kernel has no fentry");
	summary__unavailable(summary, "failed", "no way to see it");
	summary__unavailable(summary, "tlb_shootdowns_sent", "it is emulated");
}

void rich__take(struct rich *rich, bool poor)
{
	struct scene *scene = &rich->scene;

	cr_assert_eq(model__close(scene->model, SCENE_END), 0);
	rich__describe(&scene->summary, scene->model, poor);
	cr_assert_eq(summary__take(&scene->summary, scene->model, sort__find("toll")), 0);
}

void rich__make(struct rich *rich, bool poor)
{
	rich__fill(rich);
	rich__take(rich, poor);
}

void rich__release(struct rich *rich)
{
	scene__release(&rich->scene);
	story__end(&rich->story);
}

/* ---- stacks ---- */

void rich_profile__make(struct rich_profile *rich)
{
	static const struct {
		__u32 tid;
		const char *stack, *waker;
	} from[RICH_SAMPLES] = {
		{ 11, "_start > main > loop + step + inner > read@k > schedule@k", NULL },
		{ 11, "_start > main > loop + step + inner > read@k > schedule@k",
		  "=db > _start > write > wake@k" },
		{ 12, "_start > main > send", "=cron > tick > wake@k" },
		{ 12, "_start > main > ?unknown > poll@k", NULL },
		{ 13, "=[truncated: no unwind information] > jit > poll@k", NULL },
		{ 13, "=[truncated: damaged] > lib::call(int) > futex@k", "=web > _start > send" },
		{ 21, "_start > main > Job.run^/srv/app.py:7 > deep + deeper", NULL },
		{ 21, NULL, NULL },
		{ 21, "kthread@k > worker@k", "=web > ?unknown > wake@k" },
	};
	struct chance chance = { 99 };
	size_t i, w;

	rich->profile = profile__new();
	stacks__thread(rich->profile, 10, 11, "web");
	stacks__thread(rich->profile, 10, 12, "web");
	stacks__thread(rich->profile, 10, 13, "db");
	stacks__thread(rich->profile, 20, 21, "cron");
	memset(rich->samples, 0, sizeof(rich->samples));
	for (i = 0; i < RICH_SAMPLES; i++) {
		struct sample *sample = &rich->samples[i];

		sample->thread = stacks__find_thread(rich->profile, from[i].tid);
		sample->stack = from[i].stack ? stacks__add(rich->profile, from[i].stack) : 0;
		sample->waker = from[i].waker ? stacks__add(rich->profile, from[i].waker) : 0;
		for (w = 0; w < WEIGHTS; w++)
			sample->weight[w] = (__s64)spread(&chance, 12, 12);
	}
}

void rich_profile__release(struct rich_profile *rich)
{
	profile__free(rich->profile);
}
