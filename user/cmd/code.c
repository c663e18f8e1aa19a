/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/code.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/code_files.h"
#include "core/clock.h"
#include "model/spaces.h"
#include "symbol/broker.h"
#include "symbol/kernel.h"
#include "symbol/maps.h"
#include "symbol/namer.h"
#include "trace/mmaps.h"

#define WALK_NS	   3000000000ULL /* that unwinding the stacks of one process may take */
#define WALK_BATCH 512

struct code {
	struct code_config config;
	struct spaces *spaces;
	struct mmaps *mmaps; /* NULL: not to be had */
	int mmaps_error;
	struct code_files *files;
	struct broker *broker;
	struct namer *walker; /* unwinds */
	__u64 walks;	      /* that it was asked for */
	struct namer *namer;
};

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
	if (!code->spaces || !code->walker || !code->namer || !code->files) {
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

/* ---- user stacks, unwound ---- */

/* Sights of one process that are unwound together. */
struct walk {
	struct code *code;
	const struct sight *const *sights;
	__u32 *stacks;
	size_t count;
	bool done;
};

/* The frame that stands for an address of a process at that time. */
static __u32 code__user_frame(struct code *code, const struct sight *sight, __u64 pc, bool caller)
{
	const struct mapping *mapping =
		spaces__find(code->spaces, sight->who.tgid, pc - caller, sight->now_ns);

	return code_files__frame(code->files, mapping ? mapping->file : 0,
				 mapping ? mapping->start : 0, mapping ? mapping->offset : 0, pc,
				 caller);
}

/* What a stack begins with: nothing, or the mark that says why its root is not there. */
static __u32 code__root(struct code *code, const struct walk_end *end)
{
	struct profile *profile = code->config.profile;
	char text[WALK_MARK];

	if (!walk_end__mark(end, text))
		return 0;
	return profile__stack(profile, 0, profile__mark(profile, text));
}

/* Frames by frame pointers: as good as it gets where nothing could be unwound. */
static __u32 code__by_chain(struct code *code, const struct sight *sight, enum walk_why why)
{
	const struct walk_end end = { .why = why };
	__u32 stack = code__root(code, &end), i;

	for (i = sight->user_count; i--;)
		stack = profile__stack(code->config.profile, stack,
				       code__user_frame(code, sight, sight->user[i], i > 0));
	return stack;
}

static void walk__take(void *context, __u64 cookie, const struct namer_chains *chains)
{
	struct walk *walk = context;
	size_t i, j;

	if (cookie != walk->code->walks)
		return; /* it comes too late for those who had asked */
	walk->done = true;
	for (i = 0; i < walk->count && i < chains->count; i++) {
		const struct namer_chain *chain = &chains->list[i];
		const struct sight *sight = walk->sights[i];
		__u32 stack = code__root(walk->code, &chain->end);

		for (j = chain->count; j--;)
			stack = profile__stack(walk->code->config.profile, stack,
					       code__user_frame(walk->code, sight,
								chain->frames[j].pc,
								chain->frames[j].caller));
		walk->stacks[i] = stack;
	}
}

static bool code__has_time(const struct code *code)
{
	return code->config.idle(code->config.idle_context);
}

static void walk__wait(struct walk *walk)
{
	struct namer_sink sink = { .chains = walk__take, .context = walk };
	struct pollfd wait = { .fd = namer__fd(walk->code->walker), .events = POLLIN };
	__u64 end = clock__monotonic() + WALK_NS;

	while (!walk->done && clock__monotonic() < end && code__has_time(walk->code)) {
		poll(&wait, 1, 20);
		namer__poll(walk->code->walker, &sink);
	}
}

/* Asks for the chains of the sights of one process: false if nobody can tell. */
static bool walk__ask(struct walk *walk)
{
	const struct sight *last = walk->sights[walk->count - 1];
	struct walk_stack *stacks = calloc(walk->count, sizeof(*stacks));
	struct namer_process process = { 0 };
	struct walk_map *maps = NULL;
	struct mapping *mappings;
	int *files = NULL, err = -ENOMEM;
	size_t count, i;

	/* by the last of them: right after an exec hardly anything is mapped yet */
	mappings = spaces__all(walk->code->spaces, last->who.tgid, last->now_ns, &count);
	if (mappings) {
		maps = calloc(count, sizeof(*maps));
		files = calloc(count, sizeof(*files));
	}
	if (stacks && maps && files) {
		for (i = 0; i < count; i++) {
			maps[i].start = mappings[i].start;
			maps[i].end = mappings[i].end;
			maps[i].offset = mappings[i].offset;
			files[i] = code_files__fd(walk->code->files, mappings[i].file);
			maps[i].file = files[i] < 0 ? -1 : (__s32)i;
		}
		for (i = 0; i < walk->count; i++) {
			const struct sight *sight = walk->sights[i];

			stacks[i] = (struct walk_stack){ .regs = sight->regs,
							 .at = sight->stack_at,
							 .bytes = sight->stack,
							 .size = sight->stack_size,
							 .chain = sight->user,
							 .chain_count = sight->user_count,
							 .chain_room = SIGHT_USER };
		}
		process = (struct namer_process){ .maps = maps,
						  .map_count = (__u32)count,
						  .files = files,
						  .file_count = (__u32)count };
		err = namer__ask_stacks(walk->code->walker, &process, stacks, walk->count,
					++walk->code->walks);
	}
	free(stacks);
	free(maps);
	free(files);
	free(mappings);
	return !err;
}

static void code__walk(struct code *code, const struct sight *const *sights, __u32 *stacks,
		       size_t count)
{
	struct walk walk = { .code = code, .sights = sights, .stacks = stacks, .count = count };
	enum walk_why why = WALK_NOT_TRIED;
	size_t i;

	code__read_maps(code, sights[0]->who.tgid, sights[0]->who.ppid, sights[0]->now_ns);
	if (!code__has_time(code)) {
		why = WALK_SLOW;
	} else if (walk__ask(&walk)) {
		walk__wait(&walk);
		why = WALK_SLOW;
	}
	for (i = 0; i < count; i++) {
		if (!stacks[i])
			stacks[i] = code__by_chain(code, sights[i], why);
	}
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
static __u32 code__whole(struct code *code, const struct sight *sight, __u32 stack)
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

static bool sight__has_user(const struct sight *sight)
{
	return sight->reg_count;
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

void code__resolve(struct code *code, const struct sight *const *sights, __u32 *ret_stacks,
		   size_t count)
{
	struct order *order = calloc(count + 1, sizeof(*order));
	const struct sight **batch = calloc(WALK_BATCH, sizeof(*batch));
	__u32 stacks[WALK_BATCH];
	size_t i, n;

	memset(ret_stacks, 0, count * sizeof(*ret_stacks));
	for (i = 0; order && i < count; i++)
		order[i] = (struct order){ sights[i], i };
	if (order && batch && count)
		qsort(order, count, sizeof(*order), order__compare);
	for (i = 0; order && batch && i < count; i += n) {
		for (n = 0; n < WALK_BATCH && i + n < count; n++) {
			if (n && !sight__goes_with(order[i + n].sight, order[i].sight))
				break;
			batch[n] = order[i + n].sight;
			stacks[n] = 0;
			if (!sight__has_user(batch[n])) {
				n++;
				break;
			}
		}
		if (sight__has_user(batch[0]))
			code__walk(code, batch, stacks, n);
		for (size_t j = 0; j < n; j++) {
			__u32 stack = code__whole(code, batch[j], stacks[j]);

			if (batch[j]->hook == SIGHT_WAKER)
				stack = code__on_name(code, stack, sight__name(code, batch[j]));
			ret_stacks[order[i + j].at] = stack;
		}
	}
	free(order);
	free(batch);
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
