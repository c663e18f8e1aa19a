/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that code comes from: held open, and asked for names. */
#ifndef CALLSTACK_DSO_CACHE_H
#define CALLSTACK_DSO_CACHE_H

#include <linux/types.h>

#include "model/profile/profile.h"
#include "callstack/process_maps.h"

struct dso_cache;
struct kernel_symbols;
struct symbolizer;

struct dso_cache *dso_cache__new(struct profile *profile, struct symbolizer *symbolizer,
				 bool inlined);
void dso_cache__free(struct dso_cache *files);

/*
 * The number of what a process has mapped there; 0 without memory.  A file that was
 * written to since it was opened is another one.
 */
__u32 dso_cache__number(struct dso_cache *files, const struct process_map *map, __u32 pid);

/*
 * The process has ended: code that one of the same number makes is other code, and its own
 * is kept until nothing of it waits for a name.
 */
void dso_cache__forget(struct dso_cache *files, __u32 pid);

/*
 * A descriptor of it, which stays open until the next dso_cache__trim(); -1: it cannot be opened,
 * is no file, or is not what it was when it was first opened.
 */
int dso_cache__fd(struct dso_cache *files, __u32 number);

/*
 * Closes those files that have not been used for the longest time, where more than so many are
 * open.  They are opened again when they are needed.
 */
void dso_cache__trim(struct dso_cache *files);
void dso_cache__keep_open(struct dso_cache *files, __u32 most); /* 0: 2048 */

/*
 * The frame of an address in a mapping of file `number` (0: in none), which begins at
 * start with that offset.  Its name is asked for with the next dso_cache__ask().
 */
__u32 dso_cache__frame(struct dso_cache *files, __u32 number, __u64 start, __u64 offset, __u64 pc,
		       bool caller);

/* A return address in the kernel; named at once. */
__u32 dso_cache__kernel_frame(struct dso_cache *files, struct kernel_symbols *kernel, __u64 pc);

/* Asks for the names of frames that are new; they come while the symbolizer is polled. */
void dso_cache__ask(struct dso_cache *files);

/* Opens what names code made at run time, from time to time. */
void dso_cache__poll(struct dso_cache *files);

/* Are names of frames in it still to come? */
bool dso_cache__is_waiting(const struct dso_cache *files, __u32 number);

/* Did the last question about it end without an answer? */
bool dso_cache__has_failed(const struct dso_cache *files, __u32 number);

/* How many files there are. */
__u32 dso_cache__count(const struct dso_cache *files);

/* Is it the kernel's vDSO, which we have as one of 64 bits? */
bool dso_cache__is_vdso(const struct dso_cache *files, __u32 number);

/* Is it code that was made at run time, and no file? */
bool dso_cache__is_made(const struct dso_cache *files, __u32 number);

/* A place in the vDSO of programs of 32 bits, which is another one, whose image nobody has. */
__u32 dso_cache__vdso_32_frame(struct dso_cache *files, __u64 offset);

#endif
