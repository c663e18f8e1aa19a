/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread that the kernel ended alone, while its process went on.  Inside the model only. */
#ifndef MODEL_ALONE_H
#define MODEL_ALONE_H

#include "model/follow.h"

/* Longer than anything runs, and still far from the end of the clock. */
#define CASE_FOR_EVER (1ULL << 62)

/* What its event says, but for who it was. */
void alone__fill(struct case_file *file, const struct life_event *event);

/* Of a thread that was ended alone: was it the leader of its process? */
bool case__is_of_leader(const struct case_file *file);

/* The case of this process's leader, if that was ended alone and the process has not ended; NULL. */
struct case_file *cases__of_leader(struct case_file *cases, const struct kin *kin);

/*
 * Has this end been told with its leader?  Kernels that do not keep the status of the last
 * thread report the leader's.
 */
bool cases__tell_end(struct case_file *cases, const struct kin *kin, const struct end *end);

#endif
