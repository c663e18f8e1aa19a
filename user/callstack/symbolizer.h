/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and call chains, asked for now and had later: the files of strangers are read
 * by processes without privileges, at low priority, each one request at a time.
 *
 * Every request that was taken is answered once, in whatever state: what could not be
 * had is not in it.  Descriptors that come with a request are copied.
 */
#ifndef CALLSTACK_SYMBOLIZER_H
#define CALLSTACK_SYMBOLIZER_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/invoker.h"
#include "callstack/helper/unwind.h"
#include "stack_event.h"

struct symbolizer;

struct broker;
struct owner;

struct symbolizer_config {
	struct broker *broker; /* stays the caller's, and longer than the symbolizer */
	bool debuginfod;       /* ask servers for debug files, as the invoker */
	bool apart;	       /* stacks and names have a helper each: none waits for the other */
	struct invoker invoker;
	unsigned int seconds;  /* that one request may compute; 0: SYMBOLIZER_SECONDS */
	unsigned int patience; /* and that it may take by the clock; 0: SYMBOLIZER_PATIENCE */
	__u64 memory;	       /* bytes that one may take; 0: HELPER_MEMORY, which is the most */
};

#define SYMBOLIZER_SECONDS  5
#define SYMBOLIZER_PATIENCE 60 /* on a machine that has no time for names */

struct symbolizer *
symbolizer__new(const struct symbolizer_config *config); /* NULL without memory */
void symbolizer__free(struct symbolizer *symbolizer);

/* That it was made with. */
struct broker *symbolizer__broker(const struct symbolizer *symbolizer);

struct symbolizer_names;
struct symbolizer_chains;

/*
 * Callbacks for answers, called from symbolizer__poll().  An answer is valid until the callback
 * returns.  A callback may ask again.
 */
struct symbolizer_sink {
	void (*names)(void *context, __u64 cookie, const struct symbolizer_names *names);
	void (*chains)(void *context, __u64 cookie, const struct symbolizer_chains *chains);
	void *context;
};

/*
 * ---- asking; each returns 0 or a negative errno, and then nothing was taken ----
 *
 * -E2BIG: more than 65536 places, 16384 stacks or 64 MiB in one request.  The sink is copied.
 */

struct symbolizer_place {
	__u64 at;    /* offset in the file; address in memory made at run time */
	bool caller; /* it is a return address: the call lies before it */
};

struct symbolizer_file {
	int fd;
	int root;   /* descriptor of the root directory of a process that uses it; -1: ours */
	__u64 view; /* of that root: process_root__view() */
	/* Of that process; NULL: that of the file. */
	const struct owner *owner;
	const char *path; /* as that process sees it, for debug files beside it; NULL: none */
	bool inlined;	  /* tell inlined functions, too */
};

int symbolizer__ask_file(struct symbolizer *symbolizer, const struct symbolizer_file *file,
			 const struct symbolizer_place *places, size_t count,
			 const struct symbolizer_sink *sink, __u64 cookie);

/* Code made at run time, by the text that perf_map__open() opens. */
int symbolizer__ask_perf_map(struct symbolizer *symbolizer, int fd,
			     const struct symbolizer_place *places, size_t count,
			     const struct symbolizer_sink *sink, __u64 cookie);

/* Of one stack at most; what is above is not looked at. */
#define SYMBOLIZER_STACK_BYTES STACK_EVENT_MOST

/*
 * Stacks of one process, whose executable mappings, by address, refer to files by
 * their number.  All is copied.  More than HELPER_FILES files are as good as not there.
 */
struct symbolizer_process {
	const struct unwind_map *maps;
	__u32 map_count;
	const int *files;
	__u32 file_count;
	unsigned int seconds; /* that its stacks may take by the clock; 0: as the config has it */
};

int symbolizer__ask_stacks(struct symbolizer *symbolizer, const struct symbolizer_process *process,
			   const struct unwind_stack *stacks, size_t count,
			   const struct symbolizer_sink *sink, __u64 cookie);

/* ---- answers, as many as were asked for, in the same order ---- */

struct symbolizer_name {
	const char *name; /* valid UTF-8 without control characters; NULL: not known */
	const char
		*inlined; /* the functions inlined there, outermost first, a line each; or NULL */
};

struct symbolizer_names {
	int error;	      /* not all could be had: a negative errno */
	const char *build_id; /* of the file, hexadecimal; "" unknown */
	size_t count;
	const struct symbolizer_name *list;
};

struct symbolizer_chain {
	const struct unwind_frame *frames; /* innermost first */
	size_t count;
	struct unwind_end end; /* why there are no more: for unwind_end__mark() */
};

struct symbolizer_chains {
	int error; /* of some there is only what frame pointers gave: a negative errno */
	size_t count;
	const struct symbolizer_chain *list;
};

/* For epoll: readable when symbolizer__poll() has something to do. */
int symbolizer__fd(const struct symbolizer *symbolizer);

/* Hands out the answers that are there; never waits. */
void symbolizer__poll(struct symbolizer *symbolizer);

size_t
symbolizer__pending(const struct symbolizer *symbolizer);      /* requests without an answer yet */
__u64 symbolizer__cpu_ns(const struct symbolizer *symbolizer); /* that naming has taken so far */

/* Bytes that the request which needed most took in the helper, with what it looked at of files. */
__u64 symbolizer__memory(const struct symbolizer *symbolizer);

#endif
