/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a model counts of births and deaths.  Inside the model only. */
#ifndef MODEL_BIRTHS_H
#define MODEL_BIRTHS_H

#include "model/switching/model.h"

/*
 * What only a task's own record tells of its creation: how long it waited for
 * its first CPU, and, with its final reading, how long it lived.
 */
int births__of_reading(struct model *model, struct thread *thread, const struct wire_task *head,
		       const struct task_rec *rec);

/* A crash becomes the model's, which keeps the worst. */
void births__take_crash(struct model *model, struct crash *crash);

/* Forgets what was counted, for the next period. */
void births__begin(struct model *model);

void births__free(struct model *model);

#endif
