/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flight recorder: a recording that holds the last minutes in a file of bounded size.  When a
 * trigger fires, and some seconds more are there, a copy of that file is kept under another name.
 */
#ifndef SESSION_FLIGHT_H
#define SESSION_FLIGHT_H

#include <limits.h>
#include <sys/types.h>

#include "core/failure.h"
#include "session/run.h"
#include "session/trigger.h"
#include "store/store.h"

#define FLIGHT_FILE "window.tasktoll"

struct flight_config {
	const char *directory;
	__u64 keep_ns;	   /* that the window holds */
	__u64 max_bytes;   /* that it takes, with its journal */
	__u64 after_ns;	   /* that follows a trigger */
	__u64 max_kept;	   /* recordings beside the window */
	__u64 patience_ns; /* with copies at the end of the run; 0: half a minute */
	struct trigger triggers[TRIGGERS_MAX];
	size_t trigger_count;
	bool quiet;
};

struct flight;

/* Who hears of requests to keep the window. */
struct flight_bell {
	void *context;
	int fd; /* readable when there may be one */
	bool (*has_rung)(void *context);
	/* To whoever has rung by then.  kept: it will be; else why not. */
	void (*answer)(void *context, bool kept, const char *text);
	__u64 (*cpu_ns)(void *context); /* that hearing has taken so far */
};

/*
 * Makes the directory, gives a window that a recorder has left there another name, and removes copies
 * that it has not finished.  Returns 0, or a negative errno with the failure.
 */
int flight__new(struct flight **ret_flight, const struct flight_config *config,
		struct failure *failure);
void flight__free(struct flight *flight);

/* The file that is recorded to, and how long a period of it is. */
const char *flight__path(const struct flight *flight);
__u64 flight__most_bytes(const struct flight *flight);
__u64 flight__interval_ns(const struct flight *flight);

/* Before the begin.  It is the caller's, and outlives the run. */
void flight__set_bell(struct flight *flight, const struct flight_bell *bell);

/* CPU time that hearing of requests has taken so far, ns. */
__u64 flight__bell_ns(void *flight);

/* How many stacks that nothing refers to are not worth sending anew: a small part of the window. */
__u32 flight__few_stacks(const struct flight *flight);

/* Counting has begun: SIGUSR1 and the bell are triggers from now on.  0 or a negative errno. */
int flight__begin(struct flight *flight, struct run *run);

/*
 * Before something is written: forgets the oldest periods, as far as their time is over or there is
 * no room.  0 or a negative errno.
 */
int flight__make_room(struct flight *flight, struct store_writer *writer, __u64 now,
		      struct failure *failure);

/* Counting has begun, and all summaries have this in common: what can never fire is told. */
void flight__tell_never(struct flight *flight, const struct model *model,
			const struct summary *same);

/* The run is over: figures that never had a value are told. */
void flight__tell_unseen(const struct flight *flight);

/* The model has been read up to now, and is not closed: does a trigger fire? */
void flight__look(struct flight *flight, const struct model *model, __u64 now);

/* Does a signal or the bell, which wait for nothing?  True if one just has. */
bool flight__hear(struct flight *flight, __u64 now);

/* Something has been written. */
void flight__written(struct flight *flight, struct store_writer *writer);

/* Is the period to be closed now: for a copy, or because it is large enough? */
bool flight__wants_close(const struct flight *flight, __u64 now);

/*
 * It has been; if a copy is due, that begins, unless it was the last period: names are still written
 * after it, and flight__end() copies.  0 or -ENOMEM.
 */
int flight__closed(struct flight *flight, struct store_writer *writer, __u64 now, bool last);

/* When the period is to be closed for a copy; ~0: none is due. */
__u64 flight__due_ns(const struct flight *flight);

/* The file is being copied: nothing may be written to it.  Also tells what came of copies. */
bool flight__is_copying(struct flight *flight);

/* The run is over: until that is not so.  A copy that takes too long is given up, and told. */
void flight__await_copy(struct flight *flight);

/*
 * The file is closed: what a trigger wanted kept is, now, and copies that go on are waited for, but
 * not for ever: what takes longer goes on without us, and is told.
 */
void flight__end(struct flight *flight);

#endif
