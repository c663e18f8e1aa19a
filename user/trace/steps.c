/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/steps.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define CANDIDATES   12 /* distances that are still possible; more: wait for a better lesson */
#define PLACES	     8	/* of one address on one stack */
#define LESSONS_MIN  2	/* before anything is relied on */
#define HOOK_LESSONS 8
#define WRONG_MAX    3 /* then it is left to the unwinder for good */
#define HOOK_SKIPS   8

/* Distances in words that are possible by all that has been seen. */
struct distances {
	__u32 lessons; /* that they are of */
	__u32 count;
	__u32 list[CANDIDATES];
};

struct place {
	__u64 address; /* key */
	__u32 seen;    /* lessons with a frame above it */
	__u32 last;    /* of them, with exactly one */
	__u64 tail;    /* that frame */
	bool tails_differ;
	struct distances next; /* to the address above it */
	struct distances end;  /* of the last one to the upper end of the stack */
	__u32 wrong;	       /* times that what was relied on led astray */
	enum step_kind told;
	UT_hash_handle hh;
};

struct hook_places {
	__u32 lessons;
	bool told;
	struct hook_step told_step;
	__u32 first[HOOK_SKIPS]; /* by frames skipped: where the next one lies; 0: cannot be */
};

struct steps {
	struct steps_sink sink;
	struct place *places;
	struct hook_places hooks[SIGHT_HOOKS];
	__u64 taken[1 << STEP_BITS]; /* the address that a slot has been given to */
};

struct steps *steps__new(const struct steps_sink *sink)
{
	struct steps *steps = calloc(1, sizeof(*steps));

	if (steps)
		steps->sink = *sink;
	return steps;
}

void steps__free(struct steps *steps)
{
	struct place *place, *next;

	if (!steps)
		return;
	HASH_ITER(hh, steps->places, place, next) {
		HASH_DEL(steps->places, place);
		free(place);
	}
	free(steps);
}

static struct place *steps__place(struct steps *steps, __u64 address)
{
	struct place *place;

	HASH_FIND(hh, steps->places, &address, sizeof(address), place);
	if (place)
		return place;
	place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->address = address;
	HASH_ADD(hh, steps->places, address, sizeof(place->address), place);
	return place;
}

/* ---- where an address lies ---- */

struct where {
	__u32 count; /* PLACES + 1: too many to be of use */
	__u32 slot[PLACES];
};

static void lesson__find(const struct sight_lesson *lesson, __u64 address, struct where *ret_where)
{
	__u32 i;

	ret_where->count = 0;
	for (i = 0; i < lesson->words && i < SIGHT_RAW; i++) {
		if (lesson->raw[i] != address)
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
	struct distances found = { .lessons = distances->lessons + 1 };
	__u32 i, j;

	for (i = 0; i < here->count; i++) {
		for (j = 0; j < there->count; j++) {
			__u32 distance = there->slot[j] - here->slot[i];

			if (there->slot[j] <= here->slot[i] || distances__has(&found, distance) ||
			    (distances->lessons && !distances__has(distances, distance)))
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
	return distances->lessons && !distances->count;
}

static bool distances__are_known(const struct distances *distances)
{
	return distances->lessons >= LESSONS_MIN && distances->count == 1;
}

static void place__see_last(struct place *place, __u64 tail)
{
	if (place->last && place->tail != tail)
		place->tails_differ = true;
	place->tail = tail;
	place->last++;
}

/* ---- what is relied on ---- */

static int steps__tell(struct steps *steps, struct place *place, enum step_kind kind)
{
	__u32 slot = step_slot(place->address);
	struct step step = { .step = place->address << 16 | kind };

	if (steps->taken[slot] && steps->taken[slot] != place->address)
		return 0; /* the one that was there first stays */
	steps->taken[slot] = place->address;
	if (kind == STEP_ON)
		step.step |= (__u64)place->next.list[0] << 2;
	if (kind == STEP_LAST) {
		step.step |= (__u64)place->end.list[0] << 2;
		step.tail = place->tail;
	}
	place->told = kind;
	steps->sink.step(steps->sink.context, slot, &step);
	return 1;
}

/* What a place is good for, by all that has been seen of it. */
static enum step_kind place__kind(const struct place *place)
{
	if (place->wrong >= WRONG_MAX)
		return STEP_VARY;
	/* with one frame above it that is always the same, its own size does not matter */
	if (place->last == place->seen && !place->tails_differ && !distances__vary(&place->end))
		return distances__are_known(&place->end) ? STEP_LAST : STEP_NONE;
	if (distances__vary(&place->next))
		return STEP_VARY;
	return distances__are_known(&place->next) ? STEP_ON : STEP_NONE;
}

static int steps__judge(struct steps *steps, struct place *place)
{
	enum step_kind kind = place__kind(place);

	return kind == place->told ? 0 : steps__tell(steps, place, kind);
}

/* All that led to a stack that was wrong is to be learned again, and at last no more. */
static void steps__forget_all(struct steps *steps, const struct sight_lesson *lesson)
{
	__u32 i;

	for (i = 0; i < lesson->kernel_count; i++) {
		struct place *place = steps__place(steps, lesson->kernel[i]);

		if (!place)
			continue;
		place->wrong++;
		place->seen = place->last = 0;
		place->tails_differ = false;
		memset(&place->next, 0, sizeof(place->next));
		memset(&place->end, 0, sizeof(place->end));
		steps__judge(steps, place);
	}
}

/* ---- the first frame ---- */

static int steps__learn_hook(struct steps *steps, const struct sight_lesson *lesson)
{
	struct hook_places *hook = &steps->hooks[lesson->hook];
	struct hook_step step = { 0 };
	struct where where;
	__u32 skip, i;

	if (hook->told) {
		if (lesson->raw[hook->told_step.first] == lesson->kernel[hook->told_step.skip])
			return 0;
		/* another program at the same hook puts a frame of the kernel in between */
		memset(hook, 0, sizeof(*hook));
	}
	for (skip = 0; skip < HOOK_SKIPS && skip < lesson->kernel_count; skip++) {
		bool possible = false;

		lesson__find(lesson, lesson->kernel[skip], &where);
		for (i = 0; i < where.count && i < PLACES; i++) {
			if (!hook->lessons && !possible) {
				hook->first[skip] = where.slot[i];
				possible = where.count == 1;
			} else if (where.slot[i] == hook->first[skip]) {
				possible = true;
			}
		}
		if (!possible)
			hook->first[skip] = 0;
	}
	if (++hook->lessons < HOOK_LESSONS)
		return 0;
	for (skip = 0; skip < HOOK_SKIPS && !hook->first[skip]; skip++)
		;
	if (skip == HOOK_SKIPS) {
		hook->lessons = 0; /* begin anew */
		return 0;
	}
	hook->told = true;
	hook->told_step = (struct hook_step){ hook->first[skip], skip };
	step.first = hook->first[skip];
	step.skip = skip;
	steps->sink.hook(steps->sink.context, lesson->hook, &step);
	return 1;
}

int steps__learn(struct steps *steps, const struct sight_lesson *lesson)
{
	__u32 count = lesson->kernel_count, i;
	const struct where end = { .count = 1, .slot = { lesson->words } };
	struct where here, caller;
	int told = 0;

	if (!lesson->hook || lesson->hook >= SIGHT_HOOKS || count > SIGHT_KERNEL)
		return 0;
	if (lesson->wrong) {
		steps__forget_all(steps, lesson);
		return 0;
	}
	told = steps__learn_hook(steps, lesson);
	for (i = 0; i + 1 < count && count < SIGHT_KERNEL; i++) {
		struct place *place;

		lesson__find(lesson, lesson->kernel[i], &here);
		if (!here.count)
			continue; /* below the context: ours */
		place = steps__place(steps, lesson->kernel[i]);
		if (!place || place->wrong >= WRONG_MAX)
			continue;
		place->seen++;
		if (i + 2 == count)
			place__see_last(place, lesson->kernel[i + 1]);
		lesson__find(lesson, lesson->kernel[i + 1], &caller);
		/* beyond what was copied nothing can be said of it */
		if (caller.count > PLACES || (!caller.count && lesson->words == SIGHT_RAW))
			continue;
		if (here.count <= PLACES)
			distances__narrow(&place->next, &here, &caller);
		if (i + 2 == count && lesson->words < SIGHT_RAW)
			distances__narrow(&place->end, &caller, &end);
		told += steps__judge(steps, place);
	}
	return told;
}
