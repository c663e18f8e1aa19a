/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/symbolization.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "callstack/address_spaces.h"
#include "callstack/broker.h"
#include "callstack/dso_cache.h"
#include "callstack/frame_rules.h"
#include "callstack/kernel_symbols.h"
#include "callstack/mmap_events.h"
#include "callstack/process_maps.h"
#include "callstack/symbolization_private.h"
#include "core/clock.h"

#define STEP	   2048 /* stacks that are looked at together, to be put in order */
#define A_TURN	   256	/* that are followed in one turn */
#define LATE_EVERY 64	/* from one look at the time to the next */

/* ---- from beginning to end ---- */

int code__begin_names(struct code *code)
{
	code->profile = code->config.profile ? code->config.profile : profile__new();
	code->files = code->profile ? code_files__new(code->profile, code->symbolizer,
						      code->config.inlined) :
				      NULL;
	return code->files ? 0 : -ENOMEM;
}

void code__end_names(const struct code *code, struct profile *profile, struct code_files *files)
{
	code_files__free(files);
	if (!code->config.profile)
		profile__free(profile);
}

/* What follows stacks of switches. */
static int code__begin_switches(struct code *code)
{
	code->spaces = spaces__new();
	code->rules = code_rules__new();
	code->mmaps_error = mmaps__open(&code->mmaps);
	return code->spaces && code->rules ? 0 : -ENOMEM;
}

int code__open(struct code **ret_code, const struct code_config *config, struct failure *failure)
{
	/* stacks that wait to be followed on wait for no name */
	struct symbolizer_config with = { .debuginfod = config->debuginfod,
					  .apart = config->switches };
	struct code *code = calloc(1, sizeof(*code));
	struct rlimit files;
	int err = 0;

	if (!code)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot start symbolizing");
	invoker__read(&with.invoker);
	if (!getrlimit(RLIMIT_NOFILE, &files)) { /* each file that is mapped is held open */
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	code->config = *config;
	code->events.bytes_max = config->bytes;
	code->events.numbers_max = config->bytes / 2;
	code->kernel = kernel_symbols__open();
	code->broker = with.broker = broker__new(); /* NULL: every name will say so */
	code->symbolizer = symbolizer__new(&with);
	if (config->switches)
		err = code__begin_switches(code);
	if (!code->kernel || !code->symbolizer || err || code__begin_names(code)) {
		code__close(code);
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot start symbolizing");
	}
	*ret_code = code;
	return 0;
}

void code__close(struct code *code)
{
	size_t i;

	if (!code)
		return;
	mmaps__close(code->mmaps);
	for (i = 0; i < BATCHES; i++)
		batch__free(&code->batches[i]);
	stack_events__free(&code->events);
	code__end_names(code, code->profile, code->files);
	symbolizer__free(code->symbolizer);
	broker__free(code->broker);
	kernel_symbols__close(code->kernel);
	spaces__free(code->spaces);
	code_rules__free(code->rules);
	free(code);
}

struct kernel_symbols *code__kernel(const struct code *code)
{
	return code->kernel;
}

int code__fd(const struct code *code)
{
	return symbolizer__fd(code->symbolizer);
}

/* ---- what is mapped where ---- */

static void code__map(struct code *code, __u32 pid, const struct process_map *map, __u64 since_ns)
{
	struct mapping mapping = { .start = map->start,
				   .end = map->end,
				   .offset = map->offset,
				   .since_ns = since_ns,
				   .file = code_files__number(code->files, map, pid) };

	code_files__fd(code->files, mapping.file); /* while there is a name that leads to it */
	spaces__map(code->spaces, pid, &mapping);
}

static void code__on_mmap(void *context, const struct mmap_event *event)
{
	struct code *code = context;
	struct process_map map = { .start = event->start,
				   .end = event->end,
				   .offset = event->offset,
				   .inode = event->inode,
				   .major = event->device >> 20,
				   .minor = event->device & 0xfffff,
				   .path = event->path };

	switch (event->type) {
	case MMAP_MAPS:
		code__map(code, event->pid, &map, event->time_ns);
		break;
	case MMAP_FORKS:
		spaces__fork(code->spaces, event->pid, event->ppid, event->time_ns);
		break;
	case MMAP_EXECS:
		spaces__exec(code->spaces, event->pid, event->time_ns);
		break;
	case MMAP_ENDS:
		spaces__end(code->spaces, event->pid, event->time_ns);
		break;
	}
}

/*
 * Of a process that is older than we: what it has mapped now.  If it is gone, it
 * had what its parent has, unless it had executed another program, which we know.
 */
static void code__read_maps(struct code *code, __u32 pid, __u32 ppid, __u64 time_ns)
{
	const __u32 who[] = { pid, spaces__parent(code->spaces, pid), ppid };
	struct process_maps maps = { 0 };
	size_t i, j;

	if (spaces__is_known(code->spaces, pid, time_ns))
		return;
	for (i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
		if (!who[i] || process_maps__of(&maps, (pid_t)who[i]) || !maps.count)
			continue;
		for (j = 0; j < maps.count; j++)
			code__map(code, pid, &maps.list[j], 0);
		break;
	}
	process_maps__free(&maps);
	spaces__set_known(code->spaces, pid);
}

static void code__take_mappings(struct code *code)
{
	if (code->mmaps)
		mmaps__poll(code->mmaps, code__on_mmap, code);
}

void code__poll(struct code *code)
{
	code__take_mappings(code);
	code_files__poll(code->files);
	symbolizer__poll(code->symbolizer);
}

void code__forget(struct code *code, __u64 before_ns)
{
	spaces__forget(code->spaces, before_ns);
}

/* ---- whole stacks ---- */

/* What the kernel's side of tracing has put onto the stack itself. */
static bool kernel__is_tracing(const char *name)
{
	static const char *const names[] = { "bpf_trace_run",  "__bpf_trace_", "__traceiter_",
					     "trace_call_bpf", "perf_trace_",  "bpf_prog_" };
	size_t i;

	for (i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

static __u32 stack_event__kernel_begin(const struct code *code,
				       const struct stack_event *stack_event)
{
	__u32 begin = 0, i;

	for (i = 0; i < 8 && i < stack_event->kernel_count; i++) {
		if (kernel__is_tracing(kernel_symbols__name(code->kernel, stack_event->kernel[i])))
			begin = i + 1;
	}
	return begin;
}

/* The user stack with the kernel's frames on it; for a waker, with its name below. */
static __u32 code__whole(struct code *code, __u32 stack, const struct stack_event *stack_event)
{
	struct profile *profile = code->profile;
	__u32 begin = stack_event__kernel_begin(code, stack_event), i;

	for (i = stack_event->kernel_count; i-- > begin;)
		stack = profile__stack(profile, stack,
				       code_files__kernel_frame(code->files, code->kernel,
								stack_event->kernel[i]));
	return stack;
}

/* Puts the waker's name below a stack: rebuilt from its root up. */
static __u32 code__on_name(struct code *code, __u32 stack, __u32 name)
{
	struct profile *profile = code->profile;
	const struct profile_stack *entry = profile__get_stack(profile, stack);
	__u32 below, frame;

	if (!entry)
		return profile__stack(profile, 0, name);
	frame = entry->frame;
	below = code__on_name(code, entry->caller, name);
	return profile__stack(profile, below, frame);
}

static __u32 stack_event__name(struct code *code, const struct stack_event *stack_event)
{
	char comm[UTF8_COMM];

	if (stack_event->interrupt)
		return profile__mark(code->profile, "[interrupt]");
	utf8__from_bytes(comm, sizeof(comm), stack_event->who.comm, sizeof(stack_event->who.comm));
	utf8__printable(comm);
	return profile__mark(code->profile, comm);
}

void code__finish(struct code *code, const struct stack_event *stack_event, __u32 user_stack)
{
	__u32 stack = code__whole(code, user_stack, stack_event);
	int err;

	if (stack_event->hook == STACK_EVENT_WAKER)
		stack = code__on_name(code, stack, stack_event__name(code, stack_event));
	err = stack_events__settle(&code->events, stack_event->id, stack);
	if (err)
		code->error = err;
	code->finished++;
}

/* ---- one after the other ---- */

int code__take(void *context, const struct stack_event *stack_event, size_t size)
{
	struct code *code = context;

	(void)size;
	return stack_events__take(&code->events, stack_event);
}

size_t code__waiting(const struct code *code)
{
	size_t waiting = code->events.count, i;

	for (i = 0; i < BATCHES; i++)
		waiting += code->batches[i].count;
	return waiting;
}

void code__resolve(struct code *code, size_t most)
{
	if (code__is_resolving(code))
		return;
	code->step = code->events.count < most ? code->events.count : most;
	if (code->step > STEP)
		code->step = STEP;
}

bool code__is_resolving(const struct code *code)
{
	return code->step || code__waiting(code) > code->events.count;
}

/* Those without a user stack first, then process by process. */
static int packed__compare(const void *a, const void *b)
{
	const struct packed *x = *(struct packed *const *)a, *y = *(struct packed *const *)b;

	if (x->unwinds != y->unwinds)
		return x->unwinds ? 1 : -1;
	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return x->now_ns < y->now_ns ? -1 : x->now_ns > y->now_ns;
}

/* Followed by what is known already.  False: it takes an unwinder, and ret_stack_event is the caller's. */
static bool code__follow_one(struct code *code, struct packed *packed,
			     struct stack_event **ret_stack_event)
{
	struct stack_event *stack_event = packed__unpack(packed);
	__u32 stack;

	packed->taken = true;
	if (!stack_event) {
		code->error = -ENOMEM;
		stack_events__settle(&code->events, packed->id, 0);
		return true;
	}
	stack = code__by_rules(code, stack_event);
	if (packed->unwinds && !stack) {
		*ret_stack_event = stack_event;
		return false;
	}
	code__finish(code, stack_event, stack);
	free(stack_event);
	return true;
}

/*
 * The batch for a process: NULL as long as none is free, or stacks of it are being unwound,
 * which may spare others.
 */
static struct batch *code__free_batch(struct code *code, const struct packed *packed,
				      size_t *ret_most)
{
	struct batch *batch = NULL;
	size_t i;

	*ret_most = BATCH_FIRST;
	for (i = 0; i < BATCHES; i++) {
		struct batch *one = &code->batches[i];
		bool same = batch__is_of(one, packed);

		if (one->cookie && same)
			return NULL;
		if (same)
			*ret_most = BATCH_MOST;
		if (!one->cookie && (!batch || same))
			batch = one;
	}
	return batch;
}

/* Stacks of one process, as many as can be dealt with now: returns how many were followed. */
static size_t code__turn_to_process(struct code *code, struct packed **order, size_t count)
{
	size_t followed = 0, most, i;
	struct batch *batch = code__free_batch(code, order[0], &most);

	if (!batch)
		return 0;
	for (i = 0; i < count && batch->count < most && followed < A_TURN; i++) {
		if (code__follow_one(code, order[i], &batch->stack_events[batch->count]))
			followed++;
		else
			batch->count++;
	}
	if (!batch->count)
		return followed;
	batch->tgid = order[0]->tgid;
	batch->leader_ns = order[0]->leader_ns;
	batch->exec_id = order[0]->exec_id;
	code__read_maps(code, batch->tgid, batch->stack_events[0]->who.ppid,
			batch->stack_events[0]->now_ns);
	batch__ask(batch, code);
	return followed;
}

static size_t order__same(struct packed *const *order, size_t count)
{
	size_t n = 1;

	while (n < count && order[n]->tgid == order[0]->tgid &&
	       order[n]->leader_ns == order[0]->leader_ns && order[n]->exec_id == order[0]->exec_id)
		n++;
	return n;
}

static size_t code__turn_to(struct code *code, struct packed **order, size_t count)
{
	size_t followed = 0, i = 0, n;

	while (i < count && followed < A_TURN) {
		struct stack_event *stack_event;

		if (!order[i]->unwinds) {
			followed += code__follow_one(code, order[i++], &stack_event);
			continue;
		}
		n = order__same(&order[i], count - i);
		followed += code__turn_to_process(code, &order[i], n);
		i += n;
	}
	return followed;
}

int code__turn(struct code *code, bool *ret_more)
{
	size_t size = code->step * sizeof(struct packed *), before = code->events.count;
	struct packed **order;
	int err;

	*ret_more = false;
	if (code->step) {
		order = malloc(size);
		if (!order)
			return -ENOMEM;
		code__take_mappings(code); /* what they lie in has been mapped before */
		memcpy(order, code->events.list, size);
		qsort(order, code->step, sizeof(*order), packed__compare);
		*ret_more = code__turn_to(code, order, code->step) > 0;
		free(order);
		stack_events__drop_taken(&code->events, code->step);
		code->step -= before - code->events.count;
	}
	err = code->error;
	code->error = 0;
	return err;
}

static void code__lose(struct code *code, struct packed *packed)
{
	packed->taken = true;
	stack_events__settle(&code->events, packed->id, 0);
	code->finished++;
	code->given_up++;
}

void code__give_up(struct code *code, __u64 until_ns)
{
	bool late = false;
	size_t i;

	for (i = 0; i < BATCHES; i++)
		batch__give_up(&code->batches[i], code, WALK_SLOW);
	code__take_mappings(code);
	for (i = 0; i < code->events.count; i++) {
		struct packed *packed = code->events.list[i];
		struct stack_event *stack_event;

		late = late || (!(i % LATE_EVERY) && clock__monotonic() >= until_ns);
		if (late) {
			code__lose(code, packed);
			continue;
		}
		if (code__follow_one(code, packed, &stack_event))
			continue;
		code__finish(code, stack_event, code__by_chain(code, stack_event, WALK_SLOW));
		free(stack_event);
	}
	stack_events__drop_taken(&code->events, code->events.count);
	code->step = 0;
}

bool code__find(const struct code *code, __u64 id, __u32 *ret_stack)
{
	return stack_events__find(&code->events, id, ret_stack);
}

void code__next_reading(struct code *code)
{
	stack_events__next_turn(&code->events, code->config.forget, code->config.context);
}

__u64 code__resolved(const struct code *code)
{
	return code->finished;
}

__u64 code__left(const struct code *code)
{
	return code->events.left;
}

__u64 code__given_up(const struct code *code)
{
	return code->given_up;
}

/* ---- names ---- */

void code__ask(struct code *code)
{
	code_files__ask(code->files);
}

size_t code__pending(const struct code *code)
{
	return symbolizer__pending(code->symbolizer);
}

__u64 code__lost(const struct code *code)
{
	return code->mmaps ? mmaps__lost(code->mmaps) : 0;
}

__u64 code__cpu_ns(const struct code *code)
{
	return symbolizer__cpu_ns(code->symbolizer);
}

const char *code__why_not(const struct code *code)
{
	return code->mmaps_error ? strerrordesc_np(-code->mmaps_error) : NULL;
}
