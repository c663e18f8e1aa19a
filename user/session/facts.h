/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User and cgroup of processes, read from /proc once: of those that live at the beginning then, of
 * others when their birth is told of, or at the latest when a summary wants them.  Of one that has
 * ended the kernel's last word counts.  What that names no more is not known, and nobody guesses it.
 */
#ifndef SESSION_FACTS_H
#define SESSION_FACTS_H

#include "lifecycle.h"
#include "model/switching/summary.h"
#include "wire.h"

struct facts;

/* Looks at every process of now.  NULL: no memory. */
struct facts *facts__new(void);
void facts__free(struct facts *facts);

/* A birth: looks at the child while it lives. */
void facts__see(struct facts *facts, const struct lifecycle_event *event);

/* A task's last word, after the model has got it. */
void facts__end(struct facts *facts, const struct model *model, const struct wire_task *head);

/* Tells the model's processes that have not been told. */
void facts__apply(struct facts *facts, const struct model *model);

#endif
