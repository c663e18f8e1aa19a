/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles for tests, written as texts. */
#ifndef TESTS_LIB_STACKS_H
#define TESTS_LIB_STACKS_H

#include "model/profile/profile.h"

/*
 * Number of a stack, outermost frame first: "main > work + inlined + in that > read@k".
 * "@k": of the kernel; "?name": its name is not known, nor is its address twice the
 * same; "=text": a mark; "name^/dir/file.py:7": of a source file.  Names end at " > ", " + " or "@k".
 */
__u32 stacks__add(struct profile *profile, const char *text);

/* A thread by its tid and name. */
__u32 stacks__thread(struct profile *profile, __u32 pid, __u32 tid, const char *comm);

/* The last one of this tid; 0: none. */
__u32 stacks__find_thread(const struct profile *profile, __u32 tid);

/* Weight of the folded stacks that have both texts. */
unsigned long long folded__weight(const char *folded, const char *one, const char *other);

#endif
