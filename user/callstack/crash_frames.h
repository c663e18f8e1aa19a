/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stack of a culprit, on its way from the kernel side to named frames. */
#ifndef CALLSTACK_CRASH_FRAMES_H
#define CALLSTACK_CRASH_FRAMES_H

#include "lifecycle.h"
#include "model/lifecycle/crash.h"
#include "model/profile/profile.h"
#include "callstack/symbolizer.h"

struct dso_cache;

enum crash_stack_state {
	CRASH_STACK_NEW,   /* its mappings, and the crash that it belongs to, are to come */
	CRASH_STACK_CHAIN, /* it is being unwound */
	CRASH_STACK_NAMES  /* its frames are known, their names may be to come */
};

struct crash_map {
	__u64 start, end, offset;
	__u32 file;   /* number of dso_cache */
	bool vdso_32; /* no file, and not ours */
};

struct crash_place {
	__u64 address;
	__u32 frame; /* of the profile */
	__u32 file;  /* number of dso_cache; 0: in none */
	bool interrupted;
};

struct crash_stack {
	__u64 id;
	__u64 came_ns;
	__u64 missed_ns; /* when its crash was not there for the first time; 0: not yet */
	enum crash_stack_state state;
	bool failed; /* something of it could not be had */
	struct culprit_stack *stack;
	struct crash_map *maps;
	__u32 map_count, map_room;
	__u32 maps_dropped;	    /* they have come, and there was no memory for them */
	struct crash_place *places; /* innermost first */
	size_t place_count;
	struct unwind_end end; /* why there are no more */
	struct crash_stack *prev, *next;
};

/* NULL without memory. */
struct crash_stack *crash_stack__new(const struct culprit_stack *stack, __u64 now);
void crash_stack__free(struct crash_stack *stack);

/* A mapping that it refers to: its file is opened at once, for its process is about to end. */
void crash_stack__add_map(struct crash_stack *stack, const struct culprit_map *map,
			  struct dso_cache *files);

/* Where the kernel side could not tell of mappings: if the process is still there. */
void crash_stack__read_maps(struct crash_stack *stack, struct dso_cache *files);

/* Have all of its mappings come? */
bool crash_stack__is_whole(const struct crash_stack *stack);

/* Asks for its addresses, with its id for a cookie.  Returns 0 or a negative errno. */
int crash_stack__ask(struct crash_stack *stack, struct symbolizer *symbolizer,
		     struct dso_cache *files, const struct symbolizer_sink *sink);

/* Makes frames of the profile of its addresses. */
void crash_stack__take_chain(struct crash_stack *stack, const struct symbolizer_chain *chain,
			     struct dso_cache *files);

/* Are names of its frames still to come? */
bool crash_stack__is_waiting(const struct crash_stack *stack, const struct dso_cache *files);

/* Did what should have named them come to an end before it had? */
bool crash_stack__lacks_names(const struct crash_stack *stack, const struct profile *profile,
			      const struct dso_cache *files);

/*
 * Its frames as the model has them; none without memory.  numbered: those of the
 * profile are told, which stays.
 */
void crash_stack__frames(const struct crash_stack *stack, const struct profile *profile,
			 bool numbered, struct crash_frame **ret_frames, size_t *ret_count);

#endif
