/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/symbolization.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "callstack/dso_cache.h"
#include "callstack/frame_rules.h"
#include "callstack/unwind.h"
#include "callstack/broker.h"
#include "callstack/kernel_symbols.h"
#include "callstack/process_maps.h"
#include "callstack/symbolizer.h"
#include "callstack/mmap_events.h"

#define WALK_BATCH 512
#define BETWEEN	   256 /* stacks from one look at what has come in to the next */
#define WALK_FIRST 16  /* of a process: what they teach spares us many others */

int code__open(struct code **ret_code, const struct code_config *config, struct failure *failure)
{
	struct namer_config with = { .debuginfod = config->debuginfod };
	struct rlimit files;
	struct code *code = calloc(1, sizeof(*code));

	if (!code)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot prepare to name stacks");
	invoker__read(&with.invoker);
	if (!getrlimit(RLIMIT_NOFILE, &files)) { /* each file that is mapped is held open */
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	code->config = *config;
	code->spaces = spaces__new();
	code->broker = with.broker = broker__new(); /* NULL: every name will say so */
	code->walker = namer__new(&with);
	code->namer = namer__new(&with);
	code->files = code_files__new(config->profile, code->namer, config->inlined);
	code->mmaps_error = mmaps__open(&code->mmaps);
	code->rules = code_rules__new();
	if (!code->spaces || !code->rules || !code->walker || !code->namer || !code->files) {
		code__close(code);
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot prepare to name stacks");
	}
	*ret_code = code;
	return 0;
}

void code__close(struct code *code)
{
	if (!code)
		return;
	mmaps__close(code->mmaps);
	code_files__free(code->files);
	namer__free(code->walker);
	namer__free(code->namer);
	broker__free(code->broker);
	spaces__free(code->spaces);
	code_rules__free(code->rules);
	free(code);
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

void code__poll(struct code *code)
{
	if (code->mmaps)
		mmaps__poll(code->mmaps, code__on_mmap, code);
	code_files__poll(code->files);
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

static __u32 sight__kernel_begin(const struct code *code, const struct sight *sight)
{
	__u32 begin = 0, i;

	for (i = 0; i < 8 && i < sight->kernel_count; i++) {
		if (kernel__is_tracing(kernel_symbols__name(code->config.kernel, sight->kernel[i])))
			begin = i + 1;
	}
	return begin;
}

/* The user stack with the kernel's frames on it; for a waker, with its name below. */
static __u32 code__whole(struct code *code, __u32 stack, const struct sight *sight)
{
	struct profile *profile = code->config.profile;
	__u32 begin = sight__kernel_begin(code, sight), i;

	for (i = sight->kernel_count; i-- > begin;)
		stack = profile__stack(profile, stack,
				       code_files__kernel_frame(code->files, code->config.kernel,
								sight->kernel[i]));
	return stack;
}

/* Puts the waker's name below a stack: rebuilt from its root up. */
static __u32 code__on_name(struct code *code, __u32 stack, __u32 name)
{
	struct profile *profile = code->config.profile;
	const struct profile_stack *entry = profile__get_stack(profile, stack);
	__u32 below, frame;

	if (!entry)
		return profile__stack(profile, 0, name);
	frame = entry->frame;
	below = code__on_name(code, entry->caller, name);
	return profile__stack(profile, below, frame);
}

static __u32 sight__name(struct code *code, const struct sight *sight)
{
	char comm[UTF8_COMM];

	if (sight->interrupt)
		return profile__mark(code->config.profile, "[interrupt]");
	utf8__from_bytes(comm, sizeof(comm), sight->who.comm, sizeof(sight->who.comm));
	utf8__printable(comm);
	return profile__mark(code->config.profile, comm);
}

/* Are there bytes to be unwound? */
static bool sight__has_user(const struct sight *sight)
{
	return sight->walk == SIGHT_WALK_PARTIAL || sight->walk == SIGHT_WALK_STUCK;
}

/* What can be unwound together: one process, without an exec in between. */
static bool sight__goes_with(const struct sight *sight, const struct sight *other)
{
	return sight__has_user(sight) && sight->who.tgid == other->who.tgid &&
	       sight->who.leader_ns == other->who.leader_ns && sight->exec_id == other->exec_id;
}

struct order {
	const struct sight *sight;
	size_t at;
};

static int order__compare(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (sight__has_user(x->sight) != sight__has_user(y->sight))
		return sight__has_user(x->sight) ? -1 : 1;
	if (x->sight->who.tgid != y->sight->who.tgid)
		return x->sight->who.tgid < y->sight->who.tgid ? -1 : 1;
	return x->sight->now_ns < y->sight->now_ns ? -1 : x->sight->now_ns > y->sight->now_ns;
}

static void code__finish(struct code *code, const struct order *order, __u32 stack,
			 __u32 *ret_stacks)
{
	if (!(++code->finished % BETWEEN)) /* meanwhile more are on their way */
		code->config.idle(code->config.context);
	stack = code__whole(code, stack, order->sight);
	if (order->sight->hook == SIGHT_WAKER)
		stack = code__on_name(code, stack, sight__name(code, order->sight));
	ret_stacks[order->at] = stack;
}

/*
 * A batch of those of one process that nobody can follow yet, from the first on.  Returns
 * how many of all were looked at: the others are done.
 */
static size_t code__gather(struct code *code, const struct order *order, size_t count, size_t most,
			   const struct order **batch, size_t *ret_count, __u32 *ret_stacks)
{
	size_t i, n = 0;

	for (i = 0; i < count && n < most; i++) {
		__u32 stack;

		if (i && !sight__goes_with(order[i].sight, order[0].sight))
			break;
		stack = code__by_rules(code, order[i].sight);
		if (stack)
			code__finish(code, &order[i], stack, ret_stacks);
		else
			batch[n++] = &order[i];
	}
	*ret_count = n;
	return i;
}

static void code__walk_batch(struct code *code, const struct order *const *batch, size_t count,
			     __u32 *ret_stacks)
{
	const struct sight *sights[WALK_BATCH], *first = batch[0]->sight;
	__u32 stacks[WALK_BATCH] = { 0 };
	size_t i;

	for (i = 0; i < count; i++)
		sights[i] = batch[i]->sight;
	code__read_maps(code, first->who.tgid, first->who.ppid, first->now_ns);
	code__walk(code, sights, stacks, count);
	for (i = 0; i < count; i++)
		code__finish(code, batch[i], stacks[i], ret_stacks);
}

void code__resolve(struct code *code, const struct sight *const *sights, __u32 *ret_stacks,
		   size_t count)
{
	struct order *order = calloc(count + 1, sizeof(*order));
	const struct order *batch[WALK_BATCH];
	size_t i, n, most;

	memset(ret_stacks, 0, count * sizeof(*ret_stacks));
	for (i = 0; order && i < count; i++)
		order[i] = (struct order){ sights[i], i };
	if (order && count)
		qsort(order, count, sizeof(*order), order__compare);
	for (i = 0; order && i < count;) {
		if (!sight__has_user(order[i].sight)) {
			code__finish(code, &order[i], code__by_rules(code, order[i].sight),
				     ret_stacks);
			i++;
			continue;
		}
		most = i && sight__goes_with(order[i].sight, order[i - 1].sight) ? WALK_BATCH :
										   WALK_FIRST;
		i += code__gather(code, &order[i], count - i, most, batch, &n, ret_stacks);
		if (n)
			code__walk_batch(code, batch, n, ret_stacks);
	}
	free(order);
}

/* ---- names ---- */

struct code_files *code__files(struct code *code)
{
	return code->files;
}

void code__ask(struct code *code)
{
	code_files__ask(code->files);
}

size_t code__pending(const struct code *code)
{
	return namer__pending(code->namer);
}

__u64 code__lost(const struct code *code)
{
	return code->mmaps ? mmaps__lost(code->mmaps) : 0;
}

const char *code__why_not(const struct code *code)
{
	return code->mmaps ? NULL : strerrordesc_np(-code->mmaps_error);
}

__u64 code__cpu_ns(const struct code *code)
{
	return namer__cpu_ns(code->walker) + namer__cpu_ns(code->namer);
}
