/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process of ours that takes the stacks of the process that `top` or `compare` watches. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/hash.h"
#include "session/counting.h"
#include "session/stack_watch_private.h"

#define STEP	      2048 /* stacks that are resolved together, if there are so many */
#define ALLOW_NS      100000000ULL
#define BYTES	      (32ULL << 20) /* that stacks which wait may take */
#define PROFILE_BYTES (64U << 20)   /* that those may take which are known */

/* What threads of a name paid on a stack. */
struct off_key {
	__u64 stack; /* its number on the kernel's side */
	__u32 thread, pad;
};

struct off_time {
	__u64 off_ns[OFF_COUNT], runq_ns;
};

struct off_cpu {
	struct off_key key;
	struct off_time time;
	UT_hash_handle hh;
};

enum { MARK_NEW, MARK_PAST, MARK_LOST, MARK_WAITS, MARKS };

struct watching {
	struct counting counting;
	struct settings settings;
	struct profile *profile;
	struct off_cpu *all;
	__u32 pid, marks[MARKS];
	__u64 allow_ns, resolve_ns, step_ns;
	int err;
	struct failure failure;
	struct flame_lines lines;
};

/* ---- what comes in ---- */

/* Threads of a name are one; of a thread that is gone the process's name is known. */
static __u32 watching__thread(struct watching *watching, __u64 task)
{
	const struct model *model = watching->counting.model;
	struct profile_thread entry = { .pid = watching->pid, .comm = "[ended]" };
	const struct thread *thread;

	HASH_FIND(hh, model->threads, &task, sizeof(task), thread);
	if (thread)
		entry.comm = thread->comm;
	entry.process_comm = entry.comm;
	return profile__thread(watching->profile, &entry);
}

static struct off_cpu *watching__off(struct watching *watching, __u64 task, __u64 stack)
{
	struct off_key key = { .stack = stack, .thread = watching__thread(watching, task) };

	return key.thread ? HASH_GET(watching->all, key, &key) : NULL;
}

static int watching__take_sample(void *context, const struct sample_key *key,
				 const struct sample_value *value)
{
	struct off_cpu *off = watching__off(context, key->task, key->stack);
	int i;

	if (!off)
		return -ENOMEM;
	for (i = 0; i < OFF_COUNT; i++)
		off->time.off_ns[i] += value->off_ns[i];
	off->time.runq_ns += value->runq_ns;
	return 0;
}

static void watching__teach(void *context, __u64 space, __u64 pc, __u64 rule)
{
	struct watching *watching = context;

	trace__teach(watching->counting.run.trace, space, pc, rule);
}

static void watching__teach_python(void *context, __u64 space, const struct python_layout *layout)
{
	struct watching *watching = context;

	trace__teach_python(watching->counting.run.trace, space, layout);
}

static void watching__forget(void *context, __u64 id)
{
	struct watching *watching = context;

	trace__forget_stack_event(watching->counting.run.trace, id);
}

/* Stacks are unwound soon, for half of the time at most.  True: there is more to do at once. */
static bool watching__resolve(struct watching *watching)
{
	struct symbolization *symbolization = watching->counting.names.symbolization;
	size_t waiting = symbolization__waiting(symbolization);
	__u64 now = clock__monotonic();
	bool more = false;

	if (now >= watching->allow_ns) {
		trace__allow_stack_events(watching->counting.run.trace,
					  waiting < STACK_EVENTS_ONCE ?
						  STACK_EVENTS_ONCE - (__u32)waiting :
						  0);
		watching->allow_ns = now + ALLOW_NS;
	}
	if (!symbolization__is_resolving(symbolization)) {
		if (watching->step_ns)
			watching->resolve_ns = now + (now - watching->step_ns);
		watching->step_ns = 0;
		waiting = symbolization__unwinding(symbolization);
		if (waiting >= STEP || (waiting && now >= watching->resolve_ns)) {
			watching->step_ns = now;
			symbolization__resolve(symbolization, STEP);
		}
	}
	watching->err = symbolization__turn(symbolization, &more);
	return more;
}

static enum run_next watching__tick(void *context)
{
	struct watching *watching = context;
	struct trace *trace = watching->counting.run.trace;
	bool more;

	names__poll(&watching->counting.names);
	more = watching__resolve(watching);
	if (!watching->err && trace__samples_due(trace))
		watching->err = trace__read_samples(trace, &watching->failure);
	if (watching->err)
		return RUN_RETURNS;
	return more ? RUN_GOES_ON : RUN_SLEEPS;
}

/* ---- what is shown ---- */

/* Made at the beginning: a flame wants a profile to which nothing is added. */
static int watching__make_marks(struct watching *watching)
{
	static const char *const texts[MARKS] = { "[not run yet]", "[off CPU since before]",
						  "[stack lost]", "[not unwound yet]" };
	int i;

	for (i = 0; i < MARKS; i++) {
		watching->marks[i] = profile__stack(watching->profile, 0,
						    profile__mark(watching->profile, texts[i]));
		if (!watching->marks[i])
			return -ENOMEM;
	}
	return 0;
}

static __u32 watching__stack(const struct watching *watching, __u64 id)
{
	__u32 stack;

	if (id == STACK_NEW)
		return watching->marks[MARK_NEW];
	if (id == STACK_PAST)
		return watching->marks[MARK_PAST];
	if (!symbolization__find(watching->counting.names.symbolization, id, &stack))
		return watching->marks[MARK_LOST];
	return stack ? stack : watching->marks[MARK_WAITS];
}

static int watching__put(struct watching *watching, struct flame *flame, const struct off_key *key,
			 const struct off_time *time)
{
	struct sample sample = { .thread = key->thread,
				 .stack = watching__stack(watching, key->stack) };
	int i;

	for (i = 0; i < OFF_COUNT; i++)
		sample.weight[WEIGHT_SLEEP + i] = (__s64)time->off_ns[i];
	sample.weight[WEIGHT_RUNQ] = (__s64)time->runq_ns;
	return flame__take(flame, &sample);
}

/* A thread that is off CPU now has paid on its stack, too. */
static int watching__put_open(struct watching *watching, struct flame *flame, __u64 now)
{
	const struct model *model = watching->counting.model;
	const struct thread *thread;
	struct open_interval open;
	int err = 0;

	for (thread = model->threads; thread && !err; thread = thread->hh.next) {
		struct off_key key = { .stack = thread->stack ? thread->stack : STACK_PAST };
		struct off_time time = { 0 };

		if (thread->ended || !model__open_interval(model, thread, now, &open))
			continue;
		key.thread = watching__thread(watching, thread->id);
		time.off_ns[open.off] = open.rest;
		time.runq_ns = open.runq;
		err = watching__put(watching, flame, &key, &time);
	}
	return err;
}

static int watching__draw(struct watching *watching, __u64 now)
{
	const struct flame_options options = { .metric = metric__find("offcpu"),
					       .no_kernel = true };
	struct flame *flame = flame__new(&options);
	const struct thread *thread;
	const struct off_cpu *off;
	int err = flame ? 0 : -ENOMEM;

	for (thread = watching->counting.model->threads; thread; thread = thread->hh.next)
		watching__thread(watching, thread->id);
	if (!err)
		err = flame__begin(flame, watching->profile);
	for (off = watching->all; off && !err; off = off->hh.next)
		err = watching__put(watching, flame, &off->key, &off->time);
	if (!err)
		err = watching__put_open(watching, flame, now);
	if (!err)
		err = flame__build(flame);
	if (!err)
		flame_lines__fill(&watching->lines, flame);
	flame__free(flame);
	return err;
}

/* ---- from beginning to end ---- */

static int watching__show(struct watching *watching, struct board *board)
{
	struct counting *counting = &watching->counting;
	struct symbolization *symbolization = counting->names.symbolization;
	struct summary summary;
	__u64 now;
	int err = counting__read(counting, &summary, &now, &watching->failure);

	if (!err)
		err = trace__read_samples(counting->run.trace, &watching->failure);
	if (err)
		return err;
	symbolization__ask(symbolization);
	symbolization__poll(symbolization);
	err = watching__draw(watching, now);
	if (err)
		return failure__set(&watching->failure, err, NULL, NULL, "cannot keep the stacks");
	watching->lines.any = true;
	watching->lines.toll.cpu_ns = clock__read(CLOCK_PROCESS_CPUTIME_ID) +
				      symbolization__cpu_ns(symbolization);
	watching->lines.toll.bpf_ns = summary.self.known ? summary.self.bpf_ns : 0;
	board__show(board, &watching->lines);
	return 0;
}

static int watching__begin(struct watching *watching)
{
	struct symbolization_config config = { .switches = true,
					       .profile = watching->profile,
					       .bytes = BYTES,
					       .teach = watching__teach,
					       .teach_python = watching__teach_python,
					       .forget = watching__forget,
					       .context = watching };
	const struct counting_stacks stacks = { .sample = watching__take_sample,
						.pythons = true,
						.context = watching };
	struct counting *counting = &watching->counting;
	int err = watching__make_marks(watching);

	if (!err)
		err = names__open(&counting->names, &config, &watching->failure);
	if (!err)
		err = counting__begin(counting, &watching->settings, true, &stacks,
				      &watching->failure);
	if (err)
		return err;
	counting->run.tick = watching__tick;
	counting->run.tick_context = watching;
	return 0;
}

static void watching__go_on(struct watching *watching, struct board *board, __u64 interval_ns)
{
	__u64 due = watching->counting.run.start_ns + interval_ns;

	while (!watching->err) {
		bool over = run__wait(&watching->counting.run, due);

		if (over || clock__monotonic() >= due) {
			watching->err = watching->err ? watching->err :
							watching__show(watching, board);
			due = clock__monotonic() + interval_ns;
		}
		if (over)
			return;
		if (profile__stack_bytes(watching->profile) > PROFILE_BYTES)
			watching->err = failure__set(&watching->failure, -ENOMEM,
						     "they take more than 64 MiB",
						     "use tasktoll record", "no more stacks");
	}
}

void watching__run(struct board *board, const struct settings *settings, __u32 pid,
		   __u64 interval_ns)
{
	struct watching *watching = calloc(1, sizeof(*watching));

	if (!watching)
		return;
	watching->pid = pid;
	watching->settings = (struct settings){
		.target = { .mode = TARGET_PID, .ids = &watching->pid, .id_count = 1 },
		.btf = settings->btf,
		.force = settings->force,
		.price = settings->price,
		.quiet = true,
	};
	snprintf(watching->settings.target_text, sizeof(watching->settings.target_text),
		 "process %u", pid);
	watching->profile = profile__new();
	watching->err = watching->profile ? watching__begin(watching) : -ENOMEM;
	if (!watching->err)
		watching__go_on(watching, board, interval_ns);
	if (watching->err)
		snprintf(watching->lines.why, sizeof(watching->lines.why), "%.150s",
			 *watching->failure.text ? watching->failure.text : "no memory");
	else
		snprintf(watching->lines.why, sizeof(watching->lines.why), "it has ended");
	board__show(board, &watching->lines);
}
