/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/narrow.h"

#include "model/switching/tasks.h"

/* It, or a process that it affected, is still in the model. */
static bool is_of(const struct model *model, const struct crash *crash)
{
	size_t i;

	if (model__find_process(model, crash->pid, crash->start_ns))
		return true;
	for (i = 0; i < crash->victim_count; i++) {
		/* a thread of its own begins when no process does */
		const struct victim *victim = &crash->victims[i];

		if (model__find_process(model, victim->pid, victim->start_ns))
			return true;
	}
	return false;
}

static void narrow_crashes(struct model *model)
{
	size_t i, left = 0;

	for (i = 0; i < model->crash_count; i++) {
		if (is_of(model, model->crashes[i]))
			model->crashes[left++] = model->crashes[i];
		else
			crash__free(model->crashes[i]);
	}
	model->crash_count = left;
	model->crashes_left_out = 0; /* the reader is told that there may be more of each */
}

/* What all created is now what those that are left did. */
static int narrow_lives(struct model *model)
{
	const struct process *process;
	int i, err = 0;

	spawns__clear(&model->spawns);
	for (i = 0; i < END_CLASSES; i++)
		model->ends[i] = 0;
	for (process = model->processes; process && !err; process = process->hh.next) {
		if (process->spawns)
			err = spawns__add(&model->spawns, process->spawns);
		if (process->end)
			model->ends[process->end->class]++;
	}
	return err;
}

int model__narrow(struct model *model,
		  bool (*keeps)(const void *context, const struct process *process),
		  const void *context)
{
	struct process *process, *next;

	HASH_ITER(hh, model->processes, process, next) {
		if (!keeps(context, process))
			process__free(model, process);
	}
	model->whole_machine = false;
	row__clear(&model->fine); /* of all */
	model->has_fine = false;
	row__clear(&model->folded);
	narrow_crashes(model);
	return narrow_lives(model);
}
