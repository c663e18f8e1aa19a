/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks, and what was paid on them.
 *
 * A profile is four tables whose numbers only grow: modules (files and what stands for
 * one), frames (a place in a module), stacks (a tree: each is one frame below
 * its caller), threads.  Entries are numbered from 1 in the order in which they
 * came; 0 is none.  Pure: no I/O.  The recorder fills one, the reader of a recording
 * fills one, and a flame graph is made of one.
 *
 * A sample is a thread, a stack, the stack of who woke it, and its weights.
 */
#ifndef MODEL_PROFILE_H
#define MODEL_PROFILE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/utf8.h"

enum weight {
#define WEIGHT(id, column, unit, stack, help) WEIGHT_##id,
#include "model/profile/metrics.def"
	WEIGHTS
};

struct weight_info {
	const char *column, *unit, *help;
};

extern const struct weight_info weight_infos[WEIGHTS];

/* What is shown with a weight: bit w of these is set for the stack of the waker. */
extern const __u32 weights_by_waker;

struct metric {
	const char *name; /* of --metric */
	const char *unit; /* "nanoseconds" or "count" */
	const char *help;
	__u32 weights; /* bit w: weight w counts */
};

extern const struct metric metrics[];
extern const size_t metric_count;

const struct metric *metric__find(const char *name); /* NULL: there is none */

/* What a sample with these weights adds to a metric. */
__s64 metric__of(const struct metric *metric, const __s64 weight[WEIGHTS]);

enum module_kind {
	MODULE_FILE,   /* offset: in the file */
	MODULE_KERNEL, /* offset: the address */
	MODULE_VDSO,   /* offset: in it */
	MODULE_JIT,    /* code made at run time, of one process; offset: the address */
	MODULE_MARK,   /* no code: a word in place of a frame, such as a task's name */
	MODULE_SOURCE, /* a file of a program that is interpreted; offset: see profile__source() */
	MODULE_KINDS
};

extern const char *const module_kind_names[MODULE_KINDS]; /* "file", ... */

struct profile_module {
	enum module_kind kind;
	const char *path;     /* "" for those without */
	const char *build_id; /* hexadecimal; "" unknown */
	__u64 identity;	      /* tells apart what has the same path: an inode, a pid */
};

struct profile_frame {
	__u32 module;
	__u64 offset;
	const char *name;    /* function; NULL: not known (yet) */
	const char *inlined; /* functions inlined there, outermost first, a line each; NULL: none */
	__u32 line;	     /* MODULE_SOURCE: in the file; 0: none */
};

struct profile_stack {
	__u32 caller; /* stack; 0: the root */
	__u32 frame;
	__u32 outer; /* of its outermost frames the second one's stack, or the only one's; 0: forgotten */
};

struct profile_thread {
	__u64 id; /* of the model's thread; 0: the idle tasks */
	__u32 tid, pid;
	__u64 start_ns, process_start_ns; /* boottime */
	const char *comm, *process_comm;
};

struct sample {
	__u32 thread, stack, waker; /* waker: a stack whose root is a mark with the waker's name */
	__s64 weight[WEIGHTS];
};

struct profile;

struct profile *profile__new(void); /* NULL without memory */
void profile__free(struct profile *profile);

/* Each returns the number of the entry, new or not; 0 without memory.  Texts are copied. */
__u32 profile__module(struct profile *profile, enum module_kind kind, const char *path,
		      __u64 identity, const char *build_id);
__u32 profile__frame(struct profile *profile, __u32 module, __u64 offset);
__u32 profile__stack(struct profile *profile, __u32 caller, __u32 frame);
__u32 profile__thread(struct profile *profile, const struct profile_thread *thread);

/* The frame of a mark, by its text. */
__u32 profile__mark(struct profile *profile, const char *text);

/*
 * The frame of a line of a function in a source file.  Its offset has the line in its lower half,
 * and above that what tells the function from others on that line.
 */
__u32 profile__source(struct profile *profile, const char *path, const char *function, __u32 line);

/*
 * Gives a frame its name, and those of what is inlined there (NULL: nothing).
 * Returns 0 or -ENOMEM.
 */
int profile__name(struct profile *profile, __u32 frame, const char *name, const char *inlined);

/* Its build ID has become known; it is found by what it was called before.  Returns 0 or -ENOMEM. */
int profile__identify(struct profile *profile, __u32 module, const char *build_id);

/* Tables from 1 to their count.  A frame or stack stays where it is until another is added. */
__u32 profile__module_count(const struct profile *profile);
__u32 profile__frame_count(const struct profile *profile);
__u32 profile__stack_count(const struct profile *profile);
__u32 profile__thread_count(const struct profile *profile);
const struct profile_module *profile__get_module(const struct profile *profile, __u32 number);
const struct profile_frame *profile__get_frame(const struct profile *profile, __u32 number);
const struct profile_stack *profile__get_stack(const struct profile *profile, __u32 number);
__u32 profile__threads_kept(const struct profile *profile); /* that are not forgotten */
__u32 profile__find_thread(const struct profile *profile,
			   const struct profile_thread *thread); /* 0: it is not there */

/*
 * By all names that its task had.  Their numbers stay taken, and are not to be asked about any more;
 * each is told to `forgot`, NULL: nobody wants to know.
 */
void profile__forget_thread(struct profile *profile, __u32 number,
			    void (*forgot)(void *context, __u32 number), void *context);

const struct profile_thread *profile__get_thread(const struct profile *profile, __u32 number);

/*
 * Frames named since the last call of profile__forget_named(): how many, and the i-th.  module not 0:
 * it is a module that was identified, and the name is its build ID.
 */
struct profile_name {
	__u32 frame, module;
	const char *name, *inlined;
};

size_t profile__named(const struct profile *profile);
struct profile_name profile__get_named(const struct profile *profile, size_t i);
void profile__forget_named(struct profile *profile);

/*
 * What has been written somewhere else need not be kept: stacks, or all places in code (modules,
 * frames, and the stacks of these).  Their numbers stay taken and still mean what they meant, but
 * nothing is to be had of them here; what comes again has another number.  A forgotten frame may
 * still be named.
 */
void profile__forget_stacks(struct profile *profile);
void profile__forget_places(struct profile *profile);
size_t profile__stack_bytes(const struct profile *profile); /* that they take, about */
size_t profile__place_bytes(const struct profile *profile);
__u32 profile__first_module(const struct profile *profile); /* that is not forgotten */
__u32 profile__first_frame(const struct profile *profile);
__u32 profile__first_stack(const struct profile *profile);

/* For reading a recording, whose writer forgets entries: adds one even where an equal one exists. */
__u32 profile__next_module(struct profile *profile, enum module_kind kind, const char *path,
			   __u64 identity, const char *build_id);
__u32 profile__next_thread(struct profile *profile, const struct profile_thread *thread);
__u32 profile__next_stack(struct profile *profile, __u32 caller, __u32 frame);

/* Lies the frame in the kernel? */
bool profile__is_kernel(const struct profile *profile, __u32 frame);

/*
 * What to show of a frame: its name, of one in a source file "name (file:line)", or "[module+0xoffset]" (module: the last name
 * of its path; "[unknown+0x...]" without one).  Returns the length, as snprintf().
 */
int profile__label(const struct profile *profile, __u32 frame, char *text, size_t capacity);

#endif
