/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is there: the threads and processes of a model, how they come and go.  Inside the model only. */
#ifndef MODEL_TASKS_H
#define MODEL_TASKS_H

#include "model/switching/model.h"

/* By key, found or made; a new thread is in no process yet.  NULL without memory. */
struct process *model__get_process(struct model *model, const struct process_key *key);
struct thread *model__get_thread(struct model *model, __u64 id);

/* The process and the thread that a reading is of; NULL without memory. */
struct process *model__process(struct model *model, const struct wire_task *head);
struct thread *model__thread(struct model *model, struct process *process, __u64 id);

/* Drops the last reading. */
void thread__forget(struct thread *thread);

/* It has had its final reading; it is kept only if threads are. */
void thread__end(struct model *model, struct thread *thread);

/* Folds the oldest ended processes into one row when there are too many of them. */
void model__fold_ended(struct model *model);

void thread__free(struct model *model, struct thread *thread);
void process__free(struct model *model, struct process *process);

#endif
