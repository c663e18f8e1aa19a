/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads, processes and CPUs of a model, and how they come and go.  For the model itself, and
 * for code that rebuilds one from a recording.
 */
#ifndef MODEL_TASKS_H
#define MODEL_TASKS_H

#include "model/switching/model.h"

/* By key, found or made; a new thread is in no process yet.  NULL without memory. */
struct process *model__get_process(struct model *model, const struct process_key *key);
struct thread *model__get_thread(struct model *model, __u64 id);
struct model_cpu *model__cpu(struct model *model, int number);
struct spawns *process__get_spawns(struct process *process); /* of NULL: NULL */

/* Made elsewhere, with a key that the model does not have yet; from now on they are the model's. */
void model__put_process(struct model *model, struct process *process);
void model__put_thread(struct model *model, struct process *process, struct thread *thread);

/* The process and the thread that a reading is of; NULL without memory. */
struct process *model__process(struct model *model, const struct wire_task *head);
struct thread *model__thread(struct model *model, struct process *process, __u64 id);

/* It comes next, if there is one: see row__expect(). */
void thread__expect(const struct thread *thread);

/* Drops the last reading. */
void thread__forget(struct thread *thread);

/* It has had its final reading; it is kept only if threads are. */
void thread__end(struct model *model, struct thread *thread);

/* Folds the oldest ended processes into one row when there are too many of them. */
void model__fold_ended(struct model *model);

void thread__free(struct model *model, struct thread *thread);
void process__free(struct model *model, struct process *process);

#endif
