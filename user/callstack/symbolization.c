/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/symbolization.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/address_spaces.h"
#include "callstack/broker.h"
#include "callstack/dso_cache.h"
#include "callstack/frame_rules.h"
#include "callstack/interpreters.h"
#include "callstack/kernel_symbols.h"
#include "callstack/mmap_events.h"
#include "callstack/process_maps.h"
#include "callstack/symbolization_private.h"
#include "core/clock.h"

#define STEP	    2048	 /* stacks that are looked at together, to be put in order */
#define A_TURN	    256		 /* that are followed in one turn */
#define A_LOOK	    1024	 /* of one process, that are looked at in one turn */
#define LATE_EVERY  64		 /* from one look at the time to the next */
#define OPEN_NS	    100000000ULL /* that files which are newly mapped are opened for at a time */
#define NUMBERS_FEW 32768	 /* are kept, however long nothing refers to them */

/* ---- from beginning to end ---- */

int symbolization__begin_names(struct symbolization *session)
{
	session->profile = session->config.profile ? session->config.profile : profile__new();
	session->files = session->profile ? dso_cache__new(session->profile, session->symbolizer,
							   session->config.inlined) :
					    NULL;
	return session->files ? 0 : -ENOMEM;
}

void symbolization__end_names(const struct symbolization *session, struct profile *profile,
			      struct dso_cache *files)
{
	dso_cache__free(files);
	if (!session->config.profile)
		profile__free(profile);
}

/* What follows stacks of switches. */
static int symbolization__begin_switches(struct symbolization *session)
{
	const struct interpreters_config python = { .teach = session->config.teach_python,
						    .context = session->config.context,
						    .bytes = session->config.bytes };

	session->address_spaces = address_spaces__new();
	session->rules = frame_rules__new();
	session->interpreters = interpreters__new(&python);
	session->mmaps_error = mmaps__open(&session->mmaps);
	return session->address_spaces && session->rules && session->interpreters ? 0 : -ENOMEM;
}

int symbolization__open(struct symbolization **ret_session,
			const struct symbolization_config *config, struct failure *failure)
{
	/* stacks that wait to be followed on wait for no name */
	struct symbolizer_config with = { .debuginfod = config->debuginfod,
					  .apart = config->switches };
	struct symbolization *session = calloc(1, sizeof(*session));
	int err = 0;

	if (!session)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot start symbolizing");
	invoker__read(&with.invoker);
	session->config = *config;
	session->events.bytes_max = config->bytes;
	session->events.numbers_max = config->bytes / 2;
	session->events.numbers_few = config->numbers_few ? config->numbers_few : NUMBERS_FEW;
	session->events.go_soon = config->numbers_few != 0;
	session->kernel = kernel_symbols__open();
	session->broker = with.broker = broker__new(); /* NULL: every name will say so */
	session->symbolizer = symbolizer__new(&with);
	if (config->switches)
		err = symbolization__begin_switches(session);
	if (!session->kernel || !session->symbolizer || err ||
	    symbolization__begin_names(session)) {
		symbolization__close(session);
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot start symbolizing");
	}
	*ret_session = session;
	return 0;
}

void symbolization__close(struct symbolization *session)
{
	size_t i;

	if (!session)
		return;
	mmaps__close(session->mmaps);
	for (i = 0; i < BATCHES; i++)
		batch__free(&session->batches[i]);
	stack_events__free(&session->events);
	symbolization__end_names(session, session->profile, session->files);
	symbolizer__free(session->symbolizer);
	broker__free(session->broker);
	kernel_symbols__close(session->kernel);
	address_spaces__free(session->address_spaces);
	frame_rules__free(session->rules);
	interpreters__free(session->interpreters);
	free(session);
}

struct kernel_symbols *symbolization__kernel(const struct symbolization *session)
{
	return session->kernel;
}

int symbolization__fd(const struct symbolization *session)
{
	return symbolizer__fd(session->symbolizer);
}

/* ---- what is mapped where ---- */

static void symbolization__map(struct symbolization *session, __u32 pid,
			       const struct process_map *map, __u64 since_ns)
{
	struct mapping mapping = { .start = map->start,
				   .end = map->end,
				   .offset = map->offset,
				   .since_ns = since_ns,
				   .file = dso_cache__number(session->files, map, pid) };

	/* while there is a name that leads to it, unless that takes long: then when it is needed */
	if (clock__monotonic() < session->open_until_ns)
		dso_cache__fd(session->files, mapping.file);
	dso_cache__trim(session->files);
	address_spaces__map(session->address_spaces, pid, &mapping);
	if (session->config.teach_python)
		interpreters__map(session->interpreters, pid, map->path);
}

static void symbolization__on_mmap(void *context, const struct mmap_event *event)
{
	struct symbolization *session = context;
	struct process_map map = { .start = event->start,
				   .end = event->end,
				   .offset = event->offset,
				   .inode = event->inode,
				   .major = event->device >> 20,
				   .minor = event->device & 0xfffff,
				   .path = event->path };

	switch (event->type) {
	case MMAP_MAPS:
		symbolization__map(session, event->pid, &map, event->time_ns);
		break;
	case MMAP_FORKS:
		address_spaces__fork(session->address_spaces, event->pid, event->ppid,
				     event->time_ns);
		interpreters__fork(session->interpreters, event->pid, event->ppid);
		break;
	case MMAP_EXECS:
		address_spaces__exec(session->address_spaces, event->pid, event->time_ns);
		interpreters__exec(session->interpreters, event->pid);
		break;
	case MMAP_ENDS:
		address_spaces__end(session->address_spaces, event->pid, event->time_ns);
		break;
	}
}

/*
 * Of a process that is older than we: what it has mapped now.  If it is gone, it
 * had what its parent has, unless it had executed another program, which we know.
 */
static void symbolization__read_maps(struct symbolization *session, __u32 pid, __u32 ppid,
				     __u64 time_ns)
{
	const __u32 task_id[] = { pid, address_spaces__parent(session->address_spaces, pid), ppid };
	struct process_maps maps = { 0 };
	size_t i, j;

	if (address_spaces__is_known(session->address_spaces, pid, time_ns))
		return;
	session->open_until_ns = clock__monotonic() + OPEN_NS;
	for (i = 0; i < sizeof(task_id) / sizeof(task_id[0]); i++) {
		if (!task_id[i] || process_maps__of(&maps, (pid_t)task_id[i]) || !maps.count)
			continue;
		for (j = 0; j < maps.count; j++)
			symbolization__map(session, pid, &maps.list[j], 0);
		break;
	}
	process_maps__free(&maps);
	address_spaces__set_known(session->address_spaces, pid);
}

static void symbolization__take_mappings(struct symbolization *session)
{
	session->open_until_ns = clock__monotonic() + OPEN_NS;
	if (session->mmaps)
		mmaps__poll(session->mmaps, symbolization__on_mmap, session);
}

void symbolization__poll(struct symbolization *session)
{
	symbolization__take_mappings(session);
	dso_cache__poll(session->files);
	interpreters__poll(session->interpreters);
	symbolizer__poll(session->symbolizer);
}

static void symbolization__on_gone(void *context, __u32 pid)
{
	const struct symbolization *session = context;

	dso_cache__forget(session->files, pid);
	interpreters__forget(session->interpreters, pid);
}

void symbolization__forget(struct symbolization *session, __u64 before_ns)
{
	address_spaces__forget(session->address_spaces, before_ns, symbolization__on_gone, session);
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

static __u32 stack_event__kernel_begin(const struct symbolization *session,
				       const struct stack_event *stack_event)
{
	__u32 begin = 0, i;

	for (i = 0; i < 8 && i < stack_event->kernel_count; i++) {
		if (kernel__is_tracing(
			    kernel_symbols__name(session->kernel, stack_event->kernel[i])))
			begin = i + 1;
	}
	return begin;
}

/* The user stack with the kernel's frames on it; for a waker, with its name below. */
static __u32 symbolization__whole(struct symbolization *session, __u32 stack,
				  const struct stack_event *stack_event)
{
	struct profile *profile = session->profile;
	__u32 begin = stack_event__kernel_begin(session, stack_event), i;

	for (i = stack_event->kernel_count; i-- > begin;)
		stack = profile__stack(profile, stack,
				       dso_cache__kernel_frame(session->files, session->kernel,
							       stack_event->kernel[i]));
	return stack;
}

/* Puts the waker's name below a stack: rebuilt from its root up. */
static __u32 symbolization__on_name(struct symbolization *session, __u32 stack, __u32 name)
{
	struct profile *profile = session->profile;
	const struct profile_stack *entry = profile__get_stack(profile, stack);
	__u32 below, frame;

	if (!entry)
		return profile__stack(profile, 0, name);
	frame = entry->frame;
	below = symbolization__on_name(session, entry->caller, name);
	return profile__stack(profile, below, frame);
}

static __u32 stack_event__name(struct symbolization *session, const struct stack_event *stack_event)
{
	char comm[UTF8_COMM];

	if (stack_event->interrupt)
		return profile__mark(session->profile, "[interrupt]");
	utf8__from_bytes(comm, sizeof(comm), stack_event->task_id.comm,
			 sizeof(stack_event->task_id.comm));
	utf8__printable(comm);
	return profile__mark(session->profile, comm);
}

void symbolization__finish(struct symbolization *session, const struct stack_event *stack_event,
			   __u32 user_stack)
{
	__u32 stack = symbolization__whole(session, user_stack, stack_event);
	int err;

	if (stack_event->hook == STACK_EVENT_WAKER)
		stack = symbolization__on_name(session, stack,
					       stack_event__name(session, stack_event));
	err = stack_events__settle(&session->events, stack_event->id, stack);
	if (err)
		session->error = err;
	session->finished++;
	interpreters__drop(session->interpreters, stack_event->id);
	if (stack_event->unwind != STACK_EVENT_UNWIND_NONE)
		interpreters__see(session->interpreters, stack_event->task_id.tgid,
				  stack_event->space);
}

/* ---- one after the other ---- */

int symbolization__take(void *context, const struct stack_event *stack_event, size_t size)
{
	struct symbolization *session = context;

	(void)size;
	return stack_events__take(&session->events, stack_event);
}

int symbolization__take_python(void *context, const struct python_chain *chain)
{
	const struct symbolization *session = context;

	return interpreters__take(session->interpreters, chain);
}

size_t symbolization__waiting(const struct symbolization *session)
{
	size_t waiting = session->events.count, i;

	for (i = 0; i < BATCHES; i++)
		waiting += session->batches[i].count;
	return waiting;
}

void symbolization__resolve(struct symbolization *session, size_t most)
{
	if (symbolization__is_resolving(session))
		return;
	session->step = session->events.count < most ? session->events.count : most;
	if (session->step > STEP)
		session->step = STEP;
}

bool symbolization__is_resolving(const struct symbolization *session)
{
	return session->step || symbolization__waiting(session) > session->events.count;
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
static bool symbolization__follow_one(struct symbolization *session, struct packed *packed,
				      struct stack_event **ret_stack_event)
{
	struct stack_event *stack_event = packed__unpack(packed);
	__u32 stack;

	packed->taken = true;
	if (!stack_event) {
		session->error = -ENOMEM;
		stack_events__settle(&session->events, packed->id, 0);
		return true;
	}
	stack = symbolization__by_rules(session, stack_event, &packed->gap);
	if (packed->unwinds && !stack) {
		*ret_stack_event = stack_event;
		return false;
	}
	symbolization__finish(session, stack_event, stack);
	free(stack_event);
	return true;
}

/*
 * The batch for a process: NULL as long as none is free, or stacks of it are being unwound,
 * which may spare others.
 */
static struct batch *symbolization__free_batch(struct symbolization *session,
					       const struct packed *packed, size_t *ret_most)
{
	struct batch *batch = NULL;
	size_t i;

	*ret_most = BATCH_FIRST;
	for (i = 0; i < BATCHES; i++) {
		struct batch *one = &session->batches[i];
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
static size_t symbolization__turn_to_process(struct symbolization *session, struct packed **order,
					     size_t count)
{
	size_t followed = 0, most, i;
	struct batch *batch = symbolization__free_batch(session, order[0], &most);
	struct stack_event *stack_event;

	if (!batch)
		return 0;
	for (i = 0; i < count && i < A_LOOK && batch->count < most && followed < A_TURN; i++) {
		if (symbolization__follow_one(session, order[i], &stack_event))
			followed++;
		else
			order[i]->taken = batch__take(batch, stack_event, order[i]->gap);
	}
	if (!batch->count)
		return followed;
	batch->tgid = order[0]->tgid;
	batch->leader_ns = order[0]->leader_ns;
	batch->exec_id = order[0]->exec_id;
	symbolization__read_maps(session, batch->tgid, batch->stack_events[0]->task_id.ppid,
				 batch->stack_events[0]->now_ns);
	batch__ask(batch, session);
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

static size_t symbolization__turn_to(struct symbolization *session, struct packed **order,
				     size_t count)
{
	size_t followed = 0, i = 0, n;

	while (i < count && followed < A_TURN) {
		struct stack_event *stack_event;

		if (!order[i]->unwinds) {
			followed += symbolization__follow_one(session, order[i++], &stack_event);
			continue;
		}
		n = order__same(&order[i], count - i);
		followed += symbolization__turn_to_process(session, &order[i], n);
		i += n;
	}
	return followed;
}

int symbolization__turn(struct symbolization *session, bool *ret_more)
{
	size_t size = session->step * sizeof(struct packed *), before = session->events.count;
	struct packed **order;
	int err;

	*ret_more = false;
	if (session->step) {
		order = malloc(size);
		if (!order)
			return -ENOMEM;
		symbolization__take_mappings(session); /* what they lie in has been mapped before */
		err = interpreters__settle(session->interpreters);
		if (err) {
			free(order);
			return err;
		}
		memcpy(order, session->events.list, size);
		qsort(order, session->step, sizeof(*order), packed__compare);
		*ret_more = symbolization__turn_to(session, order, session->step) > 0;
		free(order);
		stack_events__drop_taken(&session->events, session->step);
		session->step -= before - session->events.count;
	}
	err = session->error;
	session->error = 0;
	return err;
}

static void symbolization__lose(struct symbolization *session, struct packed *packed)
{
	packed->taken = true;
	stack_events__settle(&session->events, packed->id, 0);
	interpreters__drop(session->interpreters, packed->id);
	session->finished++;
	session->given_up++;
}

void symbolization__give_up(struct symbolization *session, __u64 until_ns)
{
	bool late = false;
	size_t i;

	for (i = 0; i < BATCHES; i++)
		batch__give_up(&session->batches[i], session, UNWIND_SLOW);
	symbolization__take_mappings(session);
	for (i = 0; i < session->events.count; i++) {
		struct packed *packed = session->events.list[i];
		struct stack_event *stack_event;

		late = late || (!(i % LATE_EVERY) && clock__monotonic() >= until_ns);
		if (late) {
			symbolization__lose(session, packed);
			continue;
		}
		if (symbolization__follow_one(session, packed, &stack_event))
			continue;
		symbolization__finish(session, stack_event,
				      symbolization__by_chain(session, stack_event, UNWIND_SLOW));
		free(stack_event);
	}
	stack_events__drop_taken(&session->events, session->events.count);
	session->step = 0;
}

bool symbolization__find(const struct symbolization *session, __u64 id, __u32 *ret_stack)
{
	return stack_events__find(&session->events, id, ret_stack);
}

void symbolization__next_reading(struct symbolization *session)
{
	stack_events__next_turn(&session->events, session->config.forget, session->config.context);
}

__u64 symbolization__resolved(const struct symbolization *session)
{
	return session->finished;
}

__u64 symbolization__left(const struct symbolization *session)
{
	return session->events.left;
}

__u64 symbolization__given_up(const struct symbolization *session)
{
	return session->given_up;
}

/* ---- names ---- */

void symbolization__ask(struct symbolization *session)
{
	dso_cache__ask(session->files);
}

size_t symbolization__pending(const struct symbolization *session)
{
	return symbolizer__pending(session->symbolizer);
}

__u64 symbolization__closed_pythons(const struct symbolization *session)
{
	return session->interpreters ? interpreters__closed(session->interpreters) : 0;
}

__u64 symbolization__unknown_pythons(const struct symbolization *session, const char **ret_version)
{
	return session->interpreters ? interpreters__unknown(session->interpreters, ret_version) :
				       0;
}

__u64 symbolization__lost(const struct symbolization *session)
{
	return session->mmaps ? mmaps__lost(session->mmaps) : 0;
}

__u64 symbolization__cpu_ns(const struct symbolization *session)
{
	return symbolizer__cpu_ns(session->symbolizer);
}

const char *symbolization__why_not(const struct symbolization *session)
{
	return session->mmaps_error ? strerrordesc_np(-session->mmaps_error) : NULL;
}
