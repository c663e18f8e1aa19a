/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording that is being made: what is counted and the stacks that come in are put into its
 * file again and again, until the run is over.
 */
#ifndef SESSION_RECORDING_H
#define SESSION_RECORDING_H

#include "session/counting.h"
#include "session/flight.h"
#include "session/losses.h"
#include "session/recorder.h"

struct recording_progress {
	__u64 elapsed_ns, bytes; /* since it began; of the file */
	__u64 switches, lost;
};

struct recording_config {
	struct settings *settings; /* of the run; outlives the recording */
	const char *path;
	bool overwrite, inlined, debuginfod, quiet;
	bool no_interpreter;   /* Python programs have their native frames only */
	bool wakes;	       /* who wakes whom is recorded, too */
	__u64 interval_ns;     /* of a period; 0: one period */
	__u64 memory_bytes;    /* that stacks and ended threads may take, about; 0: MEMORY_BYTES */
	struct flight *flight; /* the recording rolls on, in its file; NULL */
	/* Each time that the file has more; NULL: nobody wants to know. */
	void (*progress)(void *context, const struct recording_progress *progress);
	void *context;
};

struct recording;

/* NULL without memory.  What config points to stays the caller's. */
struct recording *recording__new(const struct recording_config *config);

/*
 * Records until the run ends, and closes the file.  Returns 0, also if the last write was given up
 * for want of time (see recording__is_cut()), or a negative errno with the failure; what had been
 * written is in the file.
 */
int recording__run(struct recording *recording, struct failure *failure);

/* A signal left no time for the last write: what is missing since, ns; 0: nothing is. */
__u64 recording__cut_ns(const struct recording *recording);

const struct counting *recording__counting(const struct recording *recording);
const struct recorder *recording__recorder(const struct recording *recording);
const struct profile *recording__profile(const struct recording *recording);

/* Ends the run and frees all.  Returns the exit status of a command that ended with err. */
int recording__end(struct recording *recording, int err);

#endif
