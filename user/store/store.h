/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording: one SQLite database, which other programs read without us.  Its
 * tables are described in tasktoll-recording(5); store/tables.def has them.
 *
 * A recorder writes in transactions: what is committed is whole, whatever
 * happens next.  A period (an interval of -i, or the whole run) is written as the
 * model has it before model__close(), so that the reader closes it itself.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/failure.h"
#include "model/profile/profile.h"
#include "model/switching/summary.h"
#include "model/wakes/wakes.h"

#define STORE_APPLICATION_ID 0x54546f6c /* "TTol", of PRAGMA application_id */
#define STORE_VERSION	     1		/* PRAGMA user_version: readers refuse a higher one */

/* ---- writing ---- */

struct store_writer;
struct halt;

/*
 * Makes a new recording; with force in place of one that is there (-EEXIST
 * without).  `meta`: of its fields those that all summaries of the run have in
 * common (host, kernel, boot_id, target, cpus, unavailable, has_*, cost_source,
 * threads); the machine type and our version are added.
 */
int store__create(struct store_writer **ret_writer, const char *path, bool force,
		  const struct summary *meta, struct failure *failure);

/*
 * The same of one that rolls on: it and its journal never take more than so many bytes.  A commit for
 * which there is no room makes some: it forgets the oldest periods first, as many as it has to.  It
 * fails (-EFBIG) only where the period at hand alone does not fit.  Its periods need not begin at 1, nor its threads be numbered without gaps.
 */
int store__create_rolling(struct store_writer **ret_writer, const char *path, bool force,
			  __u64 most_bytes, const struct summary *meta, struct failure *failure);

/* Forgets the periods before this one, and who is in no other: not in a transaction. */
int store__roll(struct store_writer *writer, __u32 first, struct failure *failure);
__u32 store__first_period(struct store_writer *writer); /* that is there; 0: none */
__u64 store__used(struct store_writer *writer);		/* bytes that its rows take */
bool store__is_short(struct store_writer *writer);	/* of room for what comes next */

/*
 * Stacks and places in code that only forgotten periods refer to are swept out of the file.  Whoever
 * may still pay on a stack of the profile that the profile has forgotten says so before, and whoever
 * may put a frame into one; all of the profile has been put.
 */
enum litter {
	LITTER_NONE,
	LITTER_STACKS, /* many are new, so many that are old may have gone; */
	LITTER_PLACES, /* frames, too: the profile is to forget these before */
};
enum litter store__litter(const struct store_writer *writer);
void store__use_stack(struct store_writer *writer, __u32 stack);
void store__use_frame(struct store_writer *writer, __u32 frame);
int store__sweep(struct store_writer *writer, const struct profile *profile,
		 struct failure *failure);

/* A thread of the profile is in no later period than the one at hand.  0 or -ENOMEM. */
int store__retire_thread(struct store_writer *writer, __u32 thread);

/*
 * One that its recorder has left gets another name, with what it is mended with.  In the privileges
 * of who asked.  -EBUSY: it is still being written.
 */
int store__set_aside(const char *path, const char *to, struct failure *failure);

/* A copy that nobody writes becomes a recording that has ended, and says why it was kept. */
int store__give_reason(const char *path, const char *reason, struct failure *failure);

/*
 * One flush: begin, any of the puts, commit.  Each returns 0 or a negative errno.  After
 * the first failure what was not committed is gone and nothing more is written: close it.
 */
int store__begin(struct store_writer *writer, struct failure *failure);

/* Modules, frames, stacks and threads that are new, and names that have come since. */
int store__put_profile(struct store_writer *writer, struct profile *profile,
		       struct failure *failure);

/* Has all of its modules, frames, stacks and names been put?  Then it need not keep them. */
bool store__has_all(const struct store_writer *writer, const struct profile *profile);

/* Adds to what the period has of the same thread, stack and waker. */
int store__put_sample(struct store_writer *writer, __u32 period, const struct sample *sample,
		      struct failure *failure);

/*
 * Of intervals that are still open: all of the period's open samples are forgotten;
 * then each put is one.  They count like the others.
 */
int store__clear_open(struct store_writer *writer, __u32 period, struct failure *failure);
int store__put_open(struct store_writer *writer, __u32 period, const struct sample *sample,
		    struct failure *failure);

/*
 * The period (1, 2, ...) as it is now, in place of what was written of it before.
 * `summary`: its fields of this period (start, duration, lost, self, ...), not those
 * that summary__take() fills in.  now: CLOCK_MONOTONIC up to which the model has been read.
 */
int store__put_period(struct store_writer *writer, __u32 period, const struct model *model,
		      const struct summary *summary, __u64 now, struct failure *failure);

/* Who woke whom in this period, in place of what was written of it before. */
int store__put_wakes(struct store_writer *writer, __u32 period, const struct wakes *wakes,
		     struct failure *failure);

int store__commit(struct store_writer *writer, struct failure *failure);

/*
 * From now on, so long after a signal, puts of a profile, of open samples and of a period end
 * early, and store__is_cut() is true.  What is then in the transaction is not whole: the same
 * puts, called again, put what is missing; or the recording is closed without a commit.
 */
void store__heed(struct store_writer *writer, const struct halt *halt, __u64 ns);
bool store__is_cut(const struct store_writer *writer);
bool store__look(struct store_writer *writer); /* at the signal now, between puts; then the same */

/* When the run ended (CLOCK_MONOTONIC): a recording that is closed as cut off says so. */
void store__set_end(struct store_writer *writer, __u64 end_ns);

/* Bytes of the file, with its journal. */
__u64 store__bytes(const struct store_writer *writer);

/*
 * ended: the run came to its end; otherwise the recording says that it was cut off.  Waits
 * for the disk.  NULL is none.  The empty journal is removed with the privileges of who asked:
 * see privileges__drop().
 */
int store__close(struct store_writer *writer, bool ended, struct failure *failure);

/* ---- reading ---- */

struct store;

/* Told apart: no such file, not a recording, newer schema, corrupted, no permission. */
int store__open(struct store **ret_store, const char *path, struct failure *failure);
void store__free(struct store *store);

/*
 * For which = 0, 1, ... a sentence on what the reader should know, then NULL: that it was
 * cut off and how much at most is missing, that it comes from another host or machine
 * type, and what of it is damaged, as far as it has been read.  Valid until the next call.
 */
const char *store__remark(struct store *store, int which);

/* Of what has been read so far something could not be, or was impossible; a remark says so. */
bool store__is_damaged(const struct store *store);

/* Its recorder did not come to the end; a remark says so. */
bool store__is_cut_off(const struct store *store);

__u32 store__periods(const struct store *store);

/* The first period says that the target was everything. */
bool store__is_of_whole_machine(struct store *store);

/*
 * A period: fills a new model, not yet closed, and the fields of the summary that
 * summary__take() does not; now: what model__close() is to be given.  Both point into
 * the store.  -ENOENT: there is no such period.
 */
int store__read_period(struct store *store, __u32 period, struct model **ret_model,
		       struct summary *ret_summary, __u64 *ret_now, struct failure *failure);

/* Adds who woke whom in a period; without groups it was not recorded. */
int store__read_wakes(struct store *store, __u32 period, struct wakes *wakes,
		      struct failure *failure);

/*
 * Every process that the recording has seen, also if no period has a row for it: of `process`
 * only what does not change from period to period (key, ppid, name, birth).  Returns 0, a
 * negative errno, or what `take` returned if that is not 0.
 */
int store__each_process(struct store *store,
			int (*take)(void *context, const struct process *process), void *context,
			struct failure *failure);

/* All modules, frames, stacks and threads; numbers are those of the samples. */
int store__read_profile(struct store *store, struct profile **ret_profile, struct failure *failure);

/*
 * Every sample, open ones too, of a period (0: of all).  Of the weights only those in
 * the mask are filled in, and samples that have none of them are passed over.
 * Returns 0, a negative errno, or what `take` returned if that is not 0.
 */
int store__each_sample(struct store *store, __u32 period, __u32 weights,
		       int (*take)(void *context, const struct sample *sample), void *context,
		       struct failure *failure);

#endif
