/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cast of a crash: a worker that crashes, its parent, which is a child of a
 * shell, and two that are nobody's relatives.  A witness follows it.
 */
#ifndef TESTS_UNIT_MAKE_CRASH_H
#define TESTS_UNIT_MAKE_CRASH_H

#include "make_lifecycle.h"

#define SHELL  50
#define MASTER 90  /* parent of the culprit */
#define ROOT   100 /* the culprit */
#define PEER   200 /* children of the shell, like the master */
#define OTHER  201

extern struct witness witness;
extern struct story *const story;

/* For .init and .fini of a test suite. */
void cast__begin(void);
void cast__end(void);

/* From the beginning again, with a stack to be handed in. */
void cast__begin_with_stacks(void);

/* Its signal; the same with a stack, which is given away; its signal and its end. */
void cast__fault(void);
void cast__fault_with_stack(struct crash_frame *frames, size_t count);
void cast__abort_with_stack(struct crash_frame *frames, size_t count);

/* Frames with these names, innermost first, to be given away. */
struct crash_frame *make_frames(const char *const *names, size_t count);
void cast__crash(void);

/* What was made of it, when every window has closed. */
const struct crash *result(void);

void check_no_victim(__u32 tid);

#endif
