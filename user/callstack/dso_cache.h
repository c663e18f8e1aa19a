/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that code comes from: held open, and asked for names. */
#ifndef CALLSTACK_DSO_CACHE_H
#define CALLSTACK_DSO_CACHE_H

#include <linux/types.h>

#include "model/profile.h"
#include "callstack/process_maps.h"

struct code_files;
struct kernel_symbols;
struct symbolizer;

struct code_files *code_files__new(struct profile *profile, struct symbolizer *symbolizer,
				   bool inlined);
void code_files__free(struct code_files *files);

/*
 * The number of what a process has mapped there; 0 without memory.  A file that was
 * written to since it was opened is another one.
 */
__u32 code_files__number(struct code_files *files, const struct process_map *map, __u32 pid);

/* The process has ended: code that one of the same number makes is other code. */
void code_files__forget(struct code_files *files, __u32 pid);

/* A descriptor of it, which stays open; -1: it cannot be opened, or is no file. */
int code_files__fd(struct code_files *files, __u32 number);

/*
 * The frame of an address in a mapping of file `number` (0: in none), which begins at
 * start with that offset.  Its name is asked for with the next code_files__ask().
 */
__u32 code_files__frame(struct code_files *files, __u32 number, __u64 start, __u64 offset, __u64 pc,
			bool caller);

/* A return address in the kernel; named at once. */
__u32 code_files__kernel_frame(struct code_files *files, struct kernel_symbols *kernel, __u64 pc);

/* Asks for the names of frames that are new; they come while the symbolizer is polled. */
void code_files__ask(struct code_files *files);

/* Opens what names code made at run time, from time to time. */
void code_files__poll(struct code_files *files);

/* Are names of frames in it still to come? */
bool code_files__is_waiting(const struct code_files *files, __u32 number);

/* Did the last question about it end without an answer? */
bool code_files__has_failed(const struct code_files *files, __u32 number);

/* How many files there are. */
__u32 code_files__count(const struct code_files *files);

/* Is it the kernel's vDSO, which we have as one of 64 bits? */
bool code_files__is_vdso(const struct code_files *files, __u32 number);

#endif
