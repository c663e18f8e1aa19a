/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/tasks.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/hash.h"

#define LINE 64

static void expect(const void *place, size_t size)
{
	size_t at;

	for (at = 0; at < size; at += LINE)
		__builtin_prefetch((const char *)place + at);
}

/* Itself has been expected when the one before it was: now what it points to, and the one after it. */
void thread__expect(const struct thread *thread)
{
	int d;

	if (!thread)
		return;
	expect(thread->hh.next, sizeof(*thread));
	expect(thread->last_bytes, 8 * LINE);
	for (d = 0; d < ROW_DISTS; d++) {
		const struct dist *dist = thread->row.dist[d] ? thread->row.dist[d] :
								thread->row.spare[d];

		if (dist)
			expect(dist, 4 * LINE);
	}
}

void thread__forget(struct thread *thread)
{
	free(thread->last_bytes);
	thread->last_bytes = NULL;
	memset(&thread->last, 0, sizeof(thread->last));
}

void thread__free(struct model *model, struct thread *thread)
{
	if (model->next_thread == thread)
		model->next_thread = NULL;
	DL_DELETE(thread->process->threads, thread);
	HASH_DEL(model->threads, thread);
	row__clear(&thread->row);
	thread__forget(thread);
	free(thread);
}

void process__free(struct model *model, struct process *process)
{
	while (process->threads)
		thread__free(model, process->threads);
	HASH_DEL(model->processes, process);
	row__clear(&process->row);
	if (process->spawns)
		spawns__clear(process->spawns);
	free(process->spawns);
	free(process->end);
	free(process->command);
	free(process->user);
	free(process->cgroup);
	free(process);
}

struct process *model__find_process(const struct model *model, __u32 pid, __u64 start_ns)
{
	struct process_key key = { .start_ns = start_ns, .pid = pid };
	struct process *process;

	HASH_FIND(hh, model->processes, &key, sizeof(key), process);
	return process;
}

struct process *model__get_process(struct model *model, const struct process_key *key)
{
	return HASH_GET(model->processes, key, key);
}

struct thread *model__get_thread(struct model *model, __u64 id)
{
	struct thread *thread = model->next_thread;

	if (!thread || thread->id != id)
		thread = HASH_GET(model->threads, id, &id);
	if (!thread)
		return NULL;
	thread->row.thin = true;
	model->next_thread = thread->hh.next;
	thread__expect(model->next_thread);
	return thread;
}

struct model_cpu *model__cpu(struct model *model, int number)
{
	struct model_cpu *more;

	if (number < model->cpu_count)
		return &model->cpus[number];
	more = realloc(model->cpus, (size_t)(number + 1) * sizeof(*more));
	if (!more)
		return NULL;
	memset(more + model->cpu_count, 0, (size_t)(number + 1 - model->cpu_count) * sizeof(*more));
	model->cpus = more;
	model->cpu_count = number + 1;
	return &more[number];
}

struct spawns *process__get_spawns(struct process *process)
{
	if (process && !process->spawns)
		process->spawns = calloc(1, sizeof(*process->spawns));
	return process ? process->spawns : NULL;
}

void model__put_process(struct model *model, struct process *process)
{
	HASH_ADD(hh, model->processes, key, sizeof(process->key), process);
}

/* The latest comes first, as among those that a reading brings. */
void model__put_thread(struct model *model, struct process *process, struct thread *thread)
{
	thread->process = process;
	DL_PREPEND(process->threads, thread);
	HASH_ADD(hh, model->threads, id, sizeof(thread->id), thread);
}

struct process *model__process(struct model *model, const struct wire_task *head)
{
	struct process_key key = { .start_ns = head->leader_ns, .pid = head->tgid };
	struct process *process = model__get_process(model, &key);

	if (!process)
		return NULL;
	process->ppid = head->ppid;
	if (head->own_tgid)
		process->own_pid = head->own_tgid;
	process->kthread = head->flags & WIRE_KTHREAD;
	utf8__from_bytes(process->comm, sizeof(process->comm), head->leader_comm,
			 sizeof(head->leader_comm));
	return process;
}

/* A process has ended when no thread that we know of lives; another may turn up. */
static void process__count_alive(struct model *model, struct process *process, int more)
{
	bool ended;

	process->threads_alive += (__u32)more;
	ended = !process->threads_alive;
	if (ended != process->ended)
		model->ended_processes += ended ? 1 : -1ULL;
	process->ended = ended;
}

static void process__adopt(struct model *model, struct process *process, struct thread *thread)
{
	thread->process = process;
	DL_PREPEND(process->threads, thread);
	process__count_alive(model, process, 1);
}

static void process__disown(struct model *model, struct thread *thread)
{
	DL_DELETE(thread->process->threads, thread);
	process__count_alive(model, thread->process, -1);
}

struct thread *model__thread(struct model *model, struct process *process, __u64 id)
{
	struct thread *thread = model__get_thread(model, id);

	if (!thread || thread->process == process || thread->ended)
		return thread;
	if (thread->process) /* its identity changed: exec by a thread that was not the leader */
		process__disown(model, thread);
	process__adopt(model, process, thread);
	return thread;
}

void model__fold_ended(struct model *model)
{
	struct process *process, *next;

	HASH_ITER(hh, model->processes, process, next) { /* oldest first */
		if (model->ended_processes <= model->ended_max)
			return;
		if (!process->ended)
			continue;
		row__add(&model->folded, &process->row);
		model->folded_processes++;
		model->ended_processes--;
		process__free(model, process);
	}
}

void thread__end(struct model *model, struct thread *thread)
{
	struct process *process = thread->process;

	if (thread->ended)
		return;
	thread->ended = true;
	thread__forget(thread);
	model->missed_ended += thread->missed;
	process->threads_ended++;
	process__count_alive(model, process, -1);
	if (model->keep_threads && model->ended_threads < MODEL_ENDED_THREADS_MAX) {
		model->ended_threads++;
		return;
	}
	process->threads_folded += model->keep_threads;
	thread__free(model, thread);
}

bool process__is_crowded(const struct process *process)
{
	return !process->ended || process->threads_ended > MODEL_CROWD;
}

void model__forget_ended_threads(struct model *model)
{
	struct thread *thread, *next;

	if (!model->keep_threads)
		return;
	HASH_ITER(hh, model->threads, thread, next) {
		if (!thread->ended || thread->written_down)
			continue;
		/* an iterator that was on its way when it died may still bring it once more */
		if (!thread->ended_before) {
			thread->ended_before = true;
			continue;
		}
		if (process__is_crowded(thread->process)) {
			thread->process->threads_forgotten = true;
			thread__free(model, thread);
			continue;
		}
		row__clear(&thread->row);
		thread->written_down = true;
	}
}
