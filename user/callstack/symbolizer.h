/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and call chains, asked for now and had later: the files of strangers are read
 * by processes without privileges, at low priority, each one request at a time.
 *
 * Every request that was taken is answered once, in whatever state: what could not be
 * had is not in it.  Descriptors that come with a request stay the caller's and have
 * to stay open until it is answered.
 */
#ifndef CALLSTACK_SYMBOLIZER_H
#define CALLSTACK_SYMBOLIZER_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/invoker.h"
#include "callstack/helper/unwind.h"

struct namer;

struct broker;
struct owner;

struct namer_config {
	struct broker *broker; /* stays the caller's, and longer than the namer */
	bool debuginfod;       /* ask servers for debug files, as the invoker */
	bool apart;	       /* stacks and names have a helper each: none waits for the other */
	struct invoker invoker;
	unsigned int seconds;  /* that one request may compute; 0: NAMER_SECONDS */
	unsigned int patience; /* and that it may take by the clock; 0: NAMER_PATIENCE */
};

#define NAMER_SECONDS  5
#define NAMER_PATIENCE 60 /* on a machine that has no time for names */

struct namer *namer__new(const struct namer_config *config); /* NULL without memory */
void namer__free(struct namer *namer);

/* That it was made with. */
struct broker *namer__broker(const struct namer *namer);

struct namer_names;
struct namer_chains;

/* Who is answered, from namer__poll().  What they are given is valid until they return.  They may ask. */
struct namer_sink {
	void (*names)(void *context, __u64 cookie, const struct namer_names *names);
	void (*chains)(void *context, __u64 cookie, const struct namer_chains *chains);
	void *context;
};

/*
 * ---- asking; each returns 0 or a negative errno, and then nothing was taken ----
 *
 * -E2BIG: more than 65536 places, 16384 stacks or 64 MiB in one request.  The sink is copied.
 */

struct namer_place {
	__u64 at;    /* offset in the file; address in memory made at run time */
	bool caller; /* it is a return address: the call lies before it */
};

struct namer_file {
	int fd;
	int root;   /* descriptor of the root directory of a process that uses it; -1: ours */
	__u64 view; /* of that root: process_root__view() */
	/* Of that process; NULL: that of the file. */
	const struct owner *owner;
	const char *path; /* as that process sees it, for debug files beside it; NULL: none */
	bool inlined;	  /* tell inlined functions, too */
};

int namer__ask_file(struct namer *namer, const struct namer_file *file,
		    const struct namer_place *places, size_t count, const struct namer_sink *sink,
		    __u64 cookie);

/* Code made at run time, by the text that perf_map__open() opens. */
int namer__ask_perf_map(struct namer *namer, int fd, const struct namer_place *places, size_t count,
			const struct namer_sink *sink, __u64 cookie);

#define NAMER_STACK_BYTES 65536 /* of one stack at most; what is above is not looked at */

/*
 * Stacks of one process, whose executable mappings, by address, refer to files by
 * their number.  All is copied.  More than HELPER_FILES files are as good as not there.
 */
struct namer_process {
	const struct walk_map *maps;
	__u32 map_count;
	const int *files;
	__u32 file_count;
	unsigned int seconds; /* that its stacks may take by the clock; 0: as the config has it */
};

int namer__ask_stacks(struct namer *namer, const struct namer_process *process,
		      const struct walk_stack *stacks, size_t count, const struct namer_sink *sink,
		      __u64 cookie);

/* ---- answers, as many as were asked for, in the same order ---- */

struct namer_name {
	const char *name; /* valid UTF-8 without control characters; NULL: not known */
	const char
		*inlined; /* the functions inlined there, outermost first, a line each; or NULL */
};

struct namer_names {
	int error;	      /* not all could be had: a negative errno */
	const char *build_id; /* of the file, hexadecimal; "" unknown */
	size_t count;
	const struct namer_name *list;
};

struct namer_chain {
	const struct walk_frame *frames; /* innermost first */
	size_t count;
	struct walk_end end; /* why there are no more: for walk_end__mark() */
};

struct namer_chains {
	int error; /* of some there is only what frame pointers gave: a negative errno */
	size_t count;
	const struct namer_chain *list;
};

/* For epoll: readable when namer__poll() has something to do. */
int namer__fd(const struct namer *namer);

/* Hands out the answers that are there; never waits. */
void namer__poll(struct namer *namer);

size_t namer__pending(const struct namer *namer); /* requests without an answer yet */
__u64 namer__cpu_ns(const struct namer *namer);	  /* that naming has taken so far */

#endif
