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
					  .apart = config->switches,
					  .memory = config->helper_bytes };
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

/* If it is gone, it had what its parent has, unless it had executed another program, which we know. */
void symbolization__read_maps(struct symbolization *session, __u32 pid, __u32 ppid, __u64 time_ns)
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

void symbolization__take_mappings(struct symbolization *session)
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
	session->unwound += stack_event__unwinds(stack_event);
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

__u64 symbolization__unwound(const struct symbolization *session)
{
	return session->unwound;
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
