/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What creating costs: counts and phases by kind, of one creator or of all. */
#ifndef MODEL_SPAWN_H
#define MODEL_SPAWN_H

#include <linux/types.h>
#include <stdbool.h>

#include "lifecycle.h"
#include "model/switching/dist.h"

/* Phases of a creation; each is a distribution D_COPY + phase (see model/switching/dist.h). */
enum phase { PHASE_COPY, PHASE_RETURN, PHASE_START, PHASE_EXEC, PHASE_LIFE, PHASES };

#define SPAWN_ERRORS 6
#define FORK_SIZES   24 /* powers of two of MiB; 0: below one */

struct spawn {
	__u64 count;
	__u64 failed;
	__u64 namespaces; /* of count: with a namespace of their own */
	struct spawn_error {
		__u32 error; /* errno */
		__u64 count;
	} errors[SPAWN_ERRORS];	    /* the last one takes what does not fit, with error 0 */
	struct dist *phase[PHASES]; /* NULL: no samples */
};

/* Forks of creators of one size. */
struct fork_size {
	__u64 count;
	__u64 rss; /* sum, bytes */
	struct dist copy;
};

struct spawns {
	struct spawn kind[SPAWN_KINDS];
	struct fork_size *sizes[FORK_SIZES]; /* NULL: none */
	__u64 execs;			     /* also of processes that are older than the run */
	struct dist *exec;
};

/* "thread", "process", ...: as JSON has it. */
extern const char *const spawn_names[SPAWN_KINDS];

/* "copy_ns", ... */
extern const char *const phase_names[PHASES];

int spawn__sample(struct spawn *spawn, enum phase phase, __u64 ns); /* 0 or -ENOMEM */
void spawn__fail(struct spawn *spawn, __u32 error);

int spawns__fork_size(struct spawns *spawns, __u64 rss, __u64 copy_ns);
int spawns__exec(struct spawns *spawns, __u64 ns);
int spawns__add(struct spawns *to, const struct spawns *more); /* 0 or -ENOMEM */
void spawns__clear(struct spawns *spawns); /* back to nothing; frees what was allocated */

bool spawns__any(const struct spawns *spawns);

/* The distribution of a phase; an empty one if it has no samples. */
const struct dist *spawn__phase(const struct spawn *spawn, enum phase phase);

/*
 * How many ns longer the copy phase of a fork takes for each MiB that the parent
 * has resident (measures of section "creation" in the man page): a line through
 * the medians of the sizes seen, weighted by their counts.  False with sizes that
 * are less than 16 MiB apart.
 */
bool spawns__slope(const struct spawns *spawns, double *ret_ns_per_mib);

#endif
