/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/frame_sizes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"

#define CANDIDATES   12 /* distances that are still possible; more: wait for a better stack layout */
#define PLACES	     8	/* of one address on one stack */
#define LAYOUTS_MIN  2	/* before anything is relied on */
#define HOOK_LAYOUTS 8
#define WRONG_MAX    3 /* then it is left to the unwinder for good */
#define HOOK_SKIPS   8

/* Distances in words that are possible by all that has been seen. */
struct distances {
	__u32 layouts; /* that they are of */
	__u32 count;
	__u32 list[CANDIDATES];
};

struct place {
	__u64 address; /* key */
	__u32 seen;    /* stack layouts with a frame above it */
	__u32 last;    /* of them, with exactly one */
	__u64 tail;    /* that frame */
	bool tails_differ;
	struct distances next; /* to the address above it */
	struct distances end;  /* of the last one to the upper end of the stack */
	__u32 wrong;	       /* times that what was relied on was wrong */
	enum frame_size_kind told;
	UT_hash_handle hh;
};

struct hook_places {
	__u32 layouts;
	bool told;
	struct hook_frame_size reported_frame_size;
	__u32 first[HOOK_SKIPS]; /* by frames skipped: where the next one lies; 0: cannot be */
};

struct frame_sizes {
	struct frame_sizes_sink sink;
	struct place *places;
	struct hook_places hooks[STACK_EVENT_HOOKS];
	__u64 taken[1 << FRAME_SIZE_BITS]; /* the address that a slot has been given to */
};

struct frame_sizes *frame_sizes__new(const struct frame_sizes_sink *sink)
{
	struct frame_sizes *frame_sizes = calloc(1, sizeof(*frame_sizes));

	if (frame_sizes)
		frame_sizes->sink = *sink;
	return frame_sizes;
}

void frame_sizes__free(struct frame_sizes *frame_sizes)
{
	if (!frame_sizes)
		return;
	HASH_FREE_ALL(frame_sizes->places);
	free(frame_sizes);
}

static struct place *frame_sizes__place(struct frame_sizes *frame_sizes, __u64 address)
{
	return HASH_GET(frame_sizes->places, address, &address);
}

/* ---- where an address lies ---- */

struct where {
	__u32 count; /* PLACES + 1: too many to be of use */
	__u32 slot[PLACES];
};

static void layout__find(const struct stack_layout *layout, __u64 address, struct where *ret_where)
{
	__u32 i;

	ret_where->count = 0;
	for (i = 0; i < layout->words && i < STACK_EVENT_RAW; i++) {
		if (layout->raw[i] != address)
			continue;
		if (ret_where->count < PLACES)
			ret_where->slot[ret_where->count] = i;
		if (++ret_where->count > PLACES)
			return;
	}
}

/* ---- what is possible ---- */

static bool distances__has(const struct distances *distances, __u32 distance)
{
	__u32 i;

	for (i = 0; i < distances->count; i++) {
		if (distances->list[i] == distance)
			return true;
	}
	return false;
}

/* Keeps of them those that are possible this time, too: from one of here to one of there. */
static void distances__narrow(struct distances *distances, const struct where *here,
			      const struct where *there)
{
	struct distances found = { .layouts = distances->layouts + 1 };
	__u32 i, j;

	for (i = 0; i < here->count; i++) {
		for (j = 0; j < there->count; j++) {
			__u32 distance = there->slot[j] - here->slot[i];

			if (there->slot[j] <= here->slot[i] || distances__has(&found, distance) ||
			    (distances->layouts && !distances__has(distances, distance)))
				continue;
			if (found.count == CANDIDATES)
				return; /* says too little */
			found.list[found.count++] = distance;
		}
	}
	*distances = found;
}

/* None is possible: it has no fixed size. */
static bool distances__vary(const struct distances *distances)
{
	return distances->layouts && !distances->count;
}

static bool distances__are_known(const struct distances *distances)
{
	return distances->layouts >= LAYOUTS_MIN && distances->count == 1;
}

static void place__see_last(struct place *place, __u64 tail)
{
	if (place->last && place->tail != tail)
		place->tails_differ = true;
	place->tail = tail;
	place->last++;
}

/* ---- what is relied on ---- */

static int frame_sizes__tell(struct frame_sizes *frame_sizes, struct place *place,
			     enum frame_size_kind kind)
{
	__u32 slot = frame_size_slot(place->address);
	struct frame_size frame_size = { .packed = place->address << 16 | kind };

	if (frame_sizes->taken[slot] && frame_sizes->taken[slot] != place->address)
		return 0; /* the one that was there first stays */
	frame_sizes->taken[slot] = place->address;
	if (kind == FRAME_SIZE_ON)
		frame_size.packed |= (__u64)place->next.list[0] << 2;
	if (kind == FRAME_SIZE_LAST) {
		frame_size.packed |= (__u64)place->end.list[0] << 2;
		frame_size.tail = place->tail;
	}
	place->told = kind;
	frame_sizes->sink.frame_size(frame_sizes->sink.context, slot, &frame_size);
	return 1;
}

/* What a place is good for, by all that has been seen of it. */
static enum frame_size_kind place__kind(const struct place *place)
{
	if (place->wrong >= WRONG_MAX)
		return FRAME_SIZE_VARY;
	/* with one frame above it that is always the same, its own size does not matter */
	if (place->last == place->seen && !place->tails_differ && !distances__vary(&place->end))
		return distances__are_known(&place->end) ? FRAME_SIZE_LAST : FRAME_SIZE_NONE;
	if (distances__vary(&place->next))
		return FRAME_SIZE_VARY;
	return distances__are_known(&place->next) ? FRAME_SIZE_ON : FRAME_SIZE_NONE;
}

static int frame_sizes__judge(struct frame_sizes *frame_sizes, struct place *place)
{
	enum frame_size_kind kind = place__kind(place);

	return kind == place->told ? 0 : frame_sizes__tell(frame_sizes, place, kind);
}

/* All that led to a stack that was wrong is to be learned again, and at last no more. */
static void frame_sizes__forget_all(struct frame_sizes *frame_sizes,
				    const struct stack_layout *layout)
{
	__u32 i;

	for (i = 0; i < layout->kernel_count; i++) {
		struct place *place = frame_sizes__place(frame_sizes, layout->kernel[i]);

		if (!place)
			continue;
		place->wrong++;
		place->seen = place->last = 0;
		place->tails_differ = false;
		memset(&place->next, 0, sizeof(place->next));
		memset(&place->end, 0, sizeof(place->end));
		frame_sizes__judge(frame_sizes, place);
	}
}

/* ---- the first frame ---- */

static int frame_sizes__learn_hook(struct frame_sizes *frame_sizes,
				   const struct stack_layout *layout)
{
	struct hook_places *hook = &frame_sizes->hooks[layout->hook];
	struct hook_frame_size frame_size = { 0 };
	struct where where;
	__u32 skip, i;

	if (hook->told) {
		if (layout->raw[hook->reported_frame_size.first] ==
		    layout->kernel[hook->reported_frame_size.skip])
			return 0;
		/* another program at the same hook puts a frame of the kernel in between */
		memset(hook, 0, sizeof(*hook));
	}
	for (skip = 0; skip < HOOK_SKIPS && skip < layout->kernel_count; skip++) {
		bool possible = false;

		layout__find(layout, layout->kernel[skip], &where);
		for (i = 0; i < where.count && i < PLACES; i++) {
			if (!hook->layouts && !possible) {
				hook->first[skip] = where.slot[i];
				possible = where.count == 1;
			} else if (where.slot[i] == hook->first[skip]) {
				possible = true;
			}
		}
		if (!possible)
			hook->first[skip] = 0;
	}
	if (++hook->layouts < HOOK_LAYOUTS)
		return 0;
	for (skip = 0; skip < HOOK_SKIPS && !hook->first[skip]; skip++)
		;
	if (skip == HOOK_SKIPS) {
		hook->layouts = 0; /* begin anew */
		return 0;
	}
	hook->told = true;
	hook->reported_frame_size = (struct hook_frame_size){ hook->first[skip], skip };
	frame_size.first = hook->first[skip];
	frame_size.skip = skip;
	frame_sizes->sink.hook(frame_sizes->sink.context, layout->hook, &frame_size);
	return 1;
}

int frame_sizes__learn(struct frame_sizes *frame_sizes, const struct stack_layout *layout)
{
	__u32 count = layout->kernel_count, i;
	const struct where end = { .count = 1, .slot = { layout->words } };
	struct where here, caller;
	int told = 0;

	if (!layout->hook || layout->hook >= STACK_EVENT_HOOKS || count > STACK_EVENT_KERNEL)
		return 0;
	if (layout->wrong) {
		frame_sizes__forget_all(frame_sizes, layout);
		return 0;
	}
	told = frame_sizes__learn_hook(frame_sizes, layout);
	for (i = 0; i + 1 < count && count < STACK_EVENT_KERNEL; i++) {
		struct place *place;

		layout__find(layout, layout->kernel[i], &here);
		if (!here.count)
			continue; /* below the context: ours */
		place = frame_sizes__place(frame_sizes, layout->kernel[i]);
		if (!place || place->wrong >= WRONG_MAX)
			continue;
		place->seen++;
		if (i + 2 == count)
			place__see_last(place, layout->kernel[i + 1]);
		layout__find(layout, layout->kernel[i + 1], &caller);
		/* beyond what was copied nothing can be said of it */
		if (caller.count > PLACES || (!caller.count && layout->words == STACK_EVENT_RAW))
			continue;
		if (here.count <= PLACES)
			distances__narrow(&place->next, &here, &caller);
		if (i + 2 == count && layout->words < STACK_EVENT_RAW)
			distances__narrow(&place->end, &caller, &end);
		told += frame_sizes__judge(frame_sizes, place);
	}
	return told;
}
