/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of programs that may crash, opened while those live: of a program that was
 * replaced or deleted, or never had a name, nothing can be read when it is gone.
 */
#ifndef CALLSTACK_AHEAD_H
#define CALLSTACK_AHEAD_H

#include "lifecycle.h"

struct ahead;
struct dso_cache;

struct ahead *ahead__new(void); /* NULL without memory */
void ahead__free(struct ahead *ahead);

/* Births, programs and ends of those in the target. */
void ahead__see(struct ahead *ahead, struct dso_cache *files, const struct lifecycle_event *event);

/* Opens what is due; takes a few milliseconds at most. */
void ahead__open(struct ahead *ahead, struct dso_cache *files, __u64 now);

/* All once more: what was open is closed. */
void ahead__again(struct ahead *ahead);

#endif
