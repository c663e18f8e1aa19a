/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of culprits, from the registers and bytes that the kernel side has taken
 * to named frames of the crash that each belongs to.  Nothing waits here: unwinding
 * and naming are asked for, and answered while the run goes on.
 */
#ifndef CALLSTACK_CRASH_STACKS_H
#define CALLSTACK_CRASH_STACKS_H

#include "core/failure.h"
#include "life.h"
#include "model/lives.h"
#include "model/profile.h"

struct code_files;
struct crash_stacks;

/* While we have all rights.  Returns 0 or a negative errno. */
int crash_stacks__open(struct crash_stacks **ret_stacks, struct failure *failure);
void crash_stacks__close(struct crash_stacks *stacks);

/* Whose culprits get their stacks; before the first one is taken. */
void crash_stacks__follow(struct crash_stacks *stacks, struct lives *lives);

/*
 * Frames become those of this profile, and files are found among these, which
 * somebody else polls and has named; both have to stay.  Before the first stack.
 */
void crash_stacks__share(struct crash_stacks *stacks, struct profile *profile,
			 struct code_files *files);

/* For struct trace_sink. */
void crash_stacks__take(void *stacks, const void *part, size_t size);
bool crash_stacks__room(void *stacks);

/* A birth or an end: files of those in the target are opened while they live. */
void crash_stacks__see(struct crash_stacks *stacks, const struct life_event *event);

/* Takes in what has come, and asks for more.  Never waits. */
void crash_stacks__poll(struct crash_stacks *stacks);

/* For epoll: readable when crash_stacks__poll() has something to do. */
int crash_stacks__fd(const struct crash_stacks *stacks);

/* Stacks that are still without their names. */
size_t crash_stacks__pending(const struct crash_stacks *stacks);

/* Stacks that lack frames or names because they could not be had, so far. */
__u64 crash_stacks__unnamed(const struct crash_stacks *stacks);

/* CPU time that unwinding and naming them has taken in the helper. */
__u64 crash_stacks__cpu_ns(const struct crash_stacks *stacks);

#endif
