/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flame graph: samples added up into a tree of names.
 *
 * Samples come one by one and are added up at once by task, stack and (only
 * where the metric asks for it) waker; flame__build() makes the tree of what is
 * left.  Two addresses in one function are one node.  A path begins with the task,
 * goes on with its user frames, outermost first, and ends with those of the kernel.
 * Of a metric of wakeups it goes on, after "--", with the waker's frames, innermost
 * first: as if the waker stood on the sleeper.
 *
 * With a second profile it holds two runs side by side, merged by name.  Pure: no I/O.
 */
#ifndef MODEL_FLAME_H
#define MODEL_FLAME_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/glob.h"
#include "model/profile/keyset.h"
#include "model/profile/profile.h"
#include "model/profile/thread_filter.h"

enum flame_kind {
	FLAME_TASK, /* a task, or another word in place of a function */
	FLAME_USER,
	FLAME_KERNEL,	  /* its text ends in _[k] */
	FLAME_INLINED,	  /* in _[i] */
	FLAME_UNRESOLVED, /* [module+0xoffset], [unknown] */
	FLAME_APART,	  /* what is set apart: below FLAME_ROOT, with its tasks */
	FLAME_KINDS
};

struct flame_options {
	const struct metric *metric;
	struct thread_filter filter;
	bool per_thread; /* threads of one name apart, as name-TID */
	bool no_kernel;	 /* without the kernel's frames */
	bool reverse;	 /* innermost frame first, the task last */
	bool raw;	 /* keep every weight, by thread: for flame__get_sum(); no tree */
	bool charged;	 /* of wakeups: by the stack of the waker alone, as struct top has them */
	bool waits;	 /* find what waited through the run: for flame__idle() */
	bool apart;	 /* with `waits`: and set it apart, and so what is tasktoll's own */
	bool groups;	 /* threads whose names differ by numbers together, and see FLAME_MEMBERS */
};

/*
 * A thread waited through the run if its waits on one stack (sleep, disk and other) add up to
 * this share of the run, and were this long on average.
 */
#define FLAME_IDLE_PERCENT 95
#define FLAME_IDLE_WAIT_NS 10000000ULL

#define FLAME_IDLE "[waited through the run]"
#define FLAME_OWN  "[tasktoll itself]"

struct flame_idle {
	__s64 value; /* in the metric */
	__u32 threads;
};

struct flame_name {
	const char *text; /* valid UTF-8 without control characters, never empty */
	__u32 length;
	enum flame_kind kind;
};

struct flame_node {
	__u32 parent, child, next; /* nodes; 0: none.  Siblings are sorted by their texts */
	__u32 name;
};

/* What one thread (a root in a tree) has on one stack. */
struct flame_sum {
	__u32 thread, stack;
	bool woken;   /* these are the weights of wakeups, by waker; the others have none */
	__u32 waker;  /* stack */
	__s64 *value; /* of the metric; with `raw` one for each weight */
};

#define FLAME_ROOT 1 /* the node above all tasks; it has no name */

/*
 * With `groups`, of one run and not reversed: the node above a second tree, where each task of
 * the first one that is several threads has these below it, as name-TID, with their stacks.
 */
#define FLAME_MEMBERS 2

struct flame;

/* What is pointed to by options must live as long as the flame.  NULL without memory. */
struct flame *flame__new(const struct flame_options *options);
void flame__free(struct flame *flame);

/*
 * The samples that follow are of this profile, which must be complete and live as
 * long as the flame: that of the first run (side 0), then that of the second (side 1).
 * Returns 0, -ENOMEM, or -EINVAL for a third.
 */
int flame__begin(struct flame *flame, const struct profile *profile);

/* How long its run took; 0, as without: not known.  Before flame__build(). */
void flame__set_duration(struct flame *flame, int side, __u64 ns);

/* The weights that it needs, as bits. */
__u32 flame__weights(const struct flame *flame);

/* Returns 0 or -ENOMEM. */
int flame__take(struct flame *flame, const struct sample *sample);

/* Samples with something of the metric: that came, and that the filter let pass. */
__u64 flame__seen(const struct flame *flame, int side);
__u64 flame__taken(const struct flame *flame, int side);

/* Threads with something of the metric that was taken. */
__u32 flame__threads(const struct flame *flame, int side);

/* With `waits`, of the first run: what of the total waited through it.  After flame__build(). */
struct flame_idle flame__idle(const struct flame *flame);

/* Makes the tree (unless `raw`), once, after the last sample.  Returns 0 or -ENOMEM. */
int flame__build(struct flame *flame);

const struct flame_options *flame__options(const struct flame *flame);
int flame__sides(const struct flame *flame);

/* The sum of the metric over all that was taken. */
__s64 flame__total(const struct flame *flame, int side);

/* The task's node of the second tree; 0: it is a single thread, or there is no such tree. */
__u32 flame__members_of(const struct flame *flame, __u32 task);

/* The tree: nodes from FLAME_ROOT on, each behind its parent. */
const struct flame_node *flame__get_node(const struct flame *flame, __u32 node);
const struct flame_name *flame__name_of(const struct flame *flame, __u32 node);
__s64 flame__self_of(const struct flame *flame, __u32 node, int side);
__s64 flame__total_of(const struct flame *flame, __u32 node, int side); /* with all below */

/* The node after this one in depth-first order; 0 at the end.  *depth: kept up to date. */
__u32 flame__next_node(const struct flame *flame, __u32 node, __u32 *depth);

/* What was added up: sums from 0 to their count. */
const struct profile *flame__profile(const struct flame *flame, int side);
__u32 flame__sum_count(const struct flame *flame, int side);
struct flame_sum flame__get_sum(const struct flame *flame, int side, __u32 i);

#endif
