/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/crash_stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "callstack/ahead.h"
#include "callstack/crash_frames.h"
#include "callstack/dso_cache.h"
#include "callstack/symbolization_private.h"
#include "core/clock.h"

#define STACKS_MAX  64		   /* on their way at once; the others wait in the ring buffer */
#define OWNER_NS    200000000ULL   /* that one waits for its crash, from when that was not there */
#define PATIENCE_NS 14500000000ULL /* that one may take: the crash is told soon after */
#define FRAMES_KEPT 50000	   /* of the profile, and */
#define FILES_KEPT  3000	   /* of files that are open, before all is begun anew */

struct crash_stacks {
	struct process_tracker *tracker;
	struct symbolization *session;
	struct ahead *ahead; /* NULL: the session follows what is mapped, and its profile stays */
	struct crash_stack *list;
	size_t count;
	__u64 unnamed;
};

/* ---- from beginning to end ---- */

struct crash_stacks *crash_stacks__new(struct symbolization *session)
{
	struct crash_stacks *stacks = calloc(1, sizeof(*stacks));

	if (!stacks)
		return NULL;
	stacks->session = session;
	if (session->config.profile)
		return stacks;
	stacks->ahead = ahead__new();
	if (stacks->ahead)
		return stacks;
	free(stacks);
	return NULL;
}

static void crash_stacks__remove(struct crash_stacks *stacks, struct crash_stack *stack)
{
	DL_DELETE(stacks->list, stack);
	crash_stack__free(stack);
	stacks->count--;
}

void crash_stacks__free(struct crash_stacks *stacks)
{
	if (!stacks)
		return;
	while (stacks->list)
		crash_stacks__remove(stacks, stacks->list);
	ahead__free(stacks->ahead);
	free(stacks);
}

void crash_stacks__follow(struct crash_stacks *stacks, struct process_tracker *tracker)
{
	stacks->tracker = tracker;
}

/* ---- taking in ---- */

static struct crash_stack *crash_stacks__find(const struct crash_stacks *stacks, __u64 id)
{
	struct crash_stack *stack;

	DL_FOREACH(stacks->list, stack) {
		if (stack->id == id)
			return stack;
	}
	return NULL;
}

void crash_stacks__take(void *context, const void *part, size_t size)
{
	struct crash_stacks *stacks = context;
	const struct culprit_stack *stack = part;
	const struct culprit_map *map = part;
	struct crash_stack *taken;

	if (size >= sizeof(*stack) && stack->part == STACK_PART_STACK) {
		taken = crash_stack__new(stack, clock__monotonic());
		if (!taken) {
			stacks->unnamed++;
			return;
		}
		DL_APPEND(stacks->list, taken);
		stacks->count++;
		if (stack->flags & STACK_NO_MAPS ||
		    (stack->flags & STACK_MAPS_LOST && !stack->map_count))
			crash_stack__read_maps(taken, stacks->session->files);
	} else if (size >= sizeof(*map) && map->part == STACK_PART_MAP) {
		taken = crash_stacks__find(stacks, map->id);
		if (taken)
			crash_stack__add_map(taken, map, stacks->session->files);
	}
}

/* Is it time to begin anew?  Only when nothing is on its way. */
static bool crash_stacks__is_full(const struct crash_stacks *stacks)
{
	return stacks->ahead && (profile__frame_count(stacks->session->profile) > FRAMES_KEPT ||
				 dso_cache__count(stacks->session->files) > FILES_KEPT);
}

bool crash_stacks__room(void *context)
{
	const struct crash_stacks *stacks = context;
	const struct crash_stack *last = stacks->list ? stacks->list->prev : NULL;

	if (last && !crash_stack__is_whole(last))
		return true; /* its mappings are on their way */
	return stacks->count < STACKS_MAX && !(stacks->count && crash_stacks__is_full(stacks));
}

void crash_stacks__see(struct crash_stacks *stacks, const struct lifecycle_event *event)
{
	if (stacks->ahead)
		ahead__see(stacks->ahead, stacks->session->files, event);
}

/* ---- step by step ---- */

static void crash_stacks__take_chains(void *context, __u64 cookie,
				      const struct symbolizer_chains *chains)
{
	struct crash_stacks *stacks = context;
	struct crash_stack *stack = crash_stacks__find(stacks, cookie);

	if (!stack)
		return;
	stack->failed = chains->error;
	if (chains->count)
		crash_stack__take_chain(stack, &chains->list[0], stacks->session->files);
	stack->state = CRASH_STACK_NAMES;
}

static void crash_stacks__hand_out(struct crash_stacks *stacks, struct crash_stack *stack)
{
	struct crash_frame *frames = NULL;
	size_t count = 0;

	crash_stack__frames(stack, stacks->session->profile, !stacks->ahead, &frames, &count);
	if (stack->failed ||
	    crash_stack__lacks_names(stack, stacks->session->profile, stacks->session->files))
		stacks->unnamed++;
	process_tracker__take_stack(stacks->tracker, stack->id, frames, count,
				    count	  ? NULL :
				    stack->failed ? "it could not be unwound" :
						    "it had no frames");
	if (stacks->ahead)
		dso_cache__forget(stacks->session->files, stack->stack->task_id.tgid);
	crash_stacks__remove(stacks, stack);
}

/* Not of a crash that is told: it was killed from outside, and where it stood is chance. */
static void crash_stacks__begin(struct crash_stacks *stacks, struct crash_stack *stack, __u64 now)
{
	const struct symbolizer_sink sink = { .chains = crash_stacks__take_chains,
					      .context = stacks };

	if (!process_tracker__wants_stack(stacks->tracker, stack->id)) {
		/* from one look to the next all that was told before has been read */
		if (!stack->missed_ns)
			stack->missed_ns = now;
		else if (now - stack->missed_ns > OWNER_NS)
			crash_stacks__remove(stacks, stack);
		return;
	}
	stack->state = CRASH_STACK_CHAIN;
	if (!crash_stack__ask(stack, stacks->session->symbolizer, stacks->session->files, &sink))
		return;
	stack->failed = true;
	crash_stacks__hand_out(stacks, stack);
}

static void crash_stacks__step(struct crash_stacks *stacks, struct crash_stack *stack, __u64 now)
{
	bool late = now - stack->came_ns > PATIENCE_NS;

	if (stack->state == CRASH_STACK_NEW) {
		if (crash_stack__is_whole(stack))
			crash_stacks__begin(stacks, stack, now);
		return;
	}
	if (!late && (stack->state == CRASH_STACK_CHAIN ||
		      crash_stack__is_waiting(stack, stacks->session->files)))
		return;
	stack->failed = stack->failed || late;
	crash_stacks__hand_out(stacks, stack);
}

static void crash_stacks__begin_anew(struct crash_stacks *stacks)
{
	struct symbolization *session = stacks->session;
	struct profile *profile = session->profile;
	struct dso_cache *files = session->files;

	if (symbolization__begin_names(session)) { /* then it goes on as it was */
		symbolization__end_names(session, session->profile, session->files);
		session->profile = profile;
		session->files = files;
		return;
	}
	symbolization__end_names(session, profile, files);
	ahead__again(stacks->ahead);
}

void crash_stacks__poll(struct crash_stacks *stacks)
{
	struct crash_stack *stack, *next;
	__u64 now = clock__monotonic();

	DL_FOREACH_SAFE(stacks->list, stack, next)
	{
		crash_stacks__step(stacks, stack, now);
	}
	/* of a recording many names are asked for at once, and seldom: each time a file is read */
	if (stacks->count)
		dso_cache__ask(stacks->session->files);
	if (!stacks->ahead)
		return;
	if (!stacks->count && !symbolizer__pending(stacks->session->symbolizer) &&
	    crash_stacks__is_full(stacks))
		crash_stacks__begin_anew(stacks);
	ahead__open(stacks->ahead, stacks->session->files, now);
}

size_t crash_stacks__pending(const struct crash_stacks *stacks)
{
	return stacks->count;
}

__u64 crash_stacks__unnamed(const struct crash_stacks *stacks)
{
	return stacks->unnamed;
}
