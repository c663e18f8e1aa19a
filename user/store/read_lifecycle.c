/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creations, ends and crashes of a period. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "model/profile/rootless.h"
#include "model/switching/tasks.h"
#include "store/reader.h"

#define FRAMES_MAX 1024

/* ---- creations ---- */

/* The creations of the process, or of all; NULL: there is no such process, or no memory. */
static struct spawns *creator__spawns(struct store *store, struct model *model,
				      const struct keys *keys)
{
	struct process *process;

	if (keys->scope == SCOPE_TARGET)
		return &model->spawns;
	process = model__find_process(model, (__u32)keys->pid, keys->start_ns);
	if (!process)
		store->bad++;
	return process__get_spawns(process);
}

/* A row for the second time, as only a damaged file has it, replaces nothing. */
static void dist__keep(struct dist **to, struct dist *dist)
{
	if (*to)
		free(dist);
	else
		*to = dist;
}

/* Each takes one row; 1, 0 if there is none, or -ENOMEM. */

static int read_spawn(struct query *query, struct model *model)
{
	struct spawn row = { 0 };
	struct keys keys = { 0 };
	int phase, err = query__next(query, &keys, &row);
	struct spawns *spawns = err > 0 ? creator__spawns(query->store, model, &keys) : NULL;
	struct spawn *spawn = spawns ? &spawns->kind[keys.kind] : NULL;

	for (phase = 0; phase < PHASES; phase++) {
		if (spawn)
			dist__keep(&spawn->phase[phase], row.phase[phase]);
		else
			free(row.phase[phase]);
	}
	if (spawn) {
		spawn->count = row.count;
		spawn->failed = row.failed;
		spawn->namespaces = row.namespaces;
	}
	return err;
}

static int read_error(struct query *query, struct model *model)
{
	struct spawn_error row = { 0 };
	struct keys keys = { 0 };
	int err = query__next(query, &keys, &row);
	struct spawns *spawns = err > 0 ? creator__spawns(query->store, model, &keys) : NULL;

	if (spawns)
		spawns->kind[keys.kind].errors[keys.place] = row;
	return err;
}

static int fork_size__set(struct fork_size **size, const struct fork_size_row *row)
{
	if (!row->count || *size)
		return 0;
	*size = calloc(1, sizeof(**size));
	if (!*size)
		return -ENOMEM;
	(*size)->count = row->count;
	(*size)->rss = row->rss;
	if (row->copy)
		(*size)->copy = *row->copy;
	return 0;
}

static int read_size(struct query *query, struct model *model)
{
	struct fork_size_row row = { 0 };
	struct keys keys = { 0 };
	int err = query__next(query, &keys, &row);
	struct spawns *spawns = err > 0 ? creator__spawns(query->store, model, &keys) : NULL;

	if (spawns && fork_size__set(&spawns->sizes[keys.place], &row))
		err = -ENOMEM;
	free(row.copy);
	return err;
}

static int read_execs(struct query *query, struct model *model)
{
	struct spawns row = { 0 };
	struct keys keys = { 0 };
	int err = query__next(query, &keys, &row);
	struct spawns *spawns = err > 0 ? creator__spawns(query->store, model, &keys) : NULL;

	if (!spawns) {
		free(row.exec);
		return err;
	}
	spawns->execs = row.execs;
	dist__keep(&spawns->exec, row.exec);
	return err;
}

static int read_end(struct query *query, struct model *model)
{
	struct end_row row = { 0 };
	struct process *process;
	struct keys keys = { 0 };
	int err = query__next(query, &keys, &row);

	if (err <= 0)
		return err;
	process = model__find_process(model, (__u32)keys.pid, keys.start_ns);
	if (!process) {
		query->store->bad++;
		return err;
	}
	if (!process->end)
		process->end = malloc(sizeof(*process->end));
	if (!process->end)
		return -ENOMEM;
	*process->end = row.end;
	return err;
}

/* ---- crashes ---- */

/* For recordings that do not tell: a function that is called so would lie in a file. */
static bool looks_like_mark(const char *name, const char *module)
{
	return !module && !strncmp(name, ROOTLESS_MARK, strlen(ROOTLESS_MARK));
}

/* 0 or -ENOMEM. */
static int crash_frame__copy(struct crash_frame *frame, const struct crash_frame_row *row)
{
	const char *name = row->frame.name ? row->frame.name : "";

	*frame = row->frame;
	frame->name = strdup(name);
	frame->module = row->frame.module ? strdup(row->frame.module) : NULL;
	if (!row->has_mark)
		frame->mark = looks_like_mark(name, row->frame.module);
	return frame->name && !row->frame.module == !frame->module ? 0 : -ENOMEM;
}

static int read_frames(struct store *store, __u64 number, struct crash *crash)
{
	struct query query;
	int err = 0;

	crash->culprit.frames = calloc(FRAMES_MAX, sizeof(*crash->culprit.frames));
	if (!crash->culprit.frames)
		return -ENOMEM;
	query__begin(&query, store, TABLE_CRASH_FRAMES, NULL, "WHERE crash = ?1 ORDER BY depth",
		     number);
	while (crash->culprit.frame_count < FRAMES_MAX) {
		struct crash_frame_row row = { 0 };
		struct keys keys = { 0 };

		err = query__next(&query, &keys, &row);
		if (err <= 0)
			break;
		/* counted first: what it holds is freed with it */
		err = crash_frame__copy(&crash->culprit.frames[crash->culprit.frame_count++], &row);
		if (err)
			break;
	}
	query__end(&query);
	if (!crash->culprit.frame_count) {
		free(crash->culprit.frames);
		crash->culprit.frames = NULL;
		if (!crash->culprit.no_frames)
			crash->culprit.no_frames = "it is not in the recording";
	}
	return err < 0 ? err : 0;
}

static int read_victims(struct store *store, __u64 number, struct crash *crash)
{
	size_t room = 0;
	struct query query;
	int err = 0;

	query__begin(&query, store, TABLE_VICTIMS, NULL, "WHERE crash = ?1 ORDER BY victim",
		     number);
	while (crash->victim_count < CRASH_VICTIMS_MAX * 2) {
		struct victim row = { 0 };
		struct keys keys = { 0 };

		err = query__next(&query, &keys, &row);
		if (err <= 0)
			break;
		if (!ARRAY_ROOM(crash->victims, crash->victim_count, room, 16)) {
			err = -ENOMEM;
			break;
		}
		crash->victims[crash->victim_count++] = row;
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

static int read_links(struct store *store, __u64 number, struct crash *crash)
{
	struct query query;
	int err;

	query__begin(&query, store, TABLE_LINKS, NULL, "WHERE crash = ?1 ORDER BY victim, link",
		     number);
	for (;;) {
		struct victim *victim = NULL;
		struct link row = { 0 };
		struct keys keys = { 0 };

		err = query__next(&query, &keys, &row);
		if (err <= 0)
			break;
		if (keys.victim < crash->victim_count)
			victim = &crash->victims[keys.victim];
		if (victim && victim->link_count < VICTIM_LINKS)
			victim->links[victim->link_count++] = row;
		else
			store->bad++;
	}
	query__end(&query);
	return err;
}

/* 1, 0 if there is none, or -ENOMEM. */
static int read_crash(struct query *query, struct model *model)
{
	struct crash *crash = malloc(sizeof(*crash));
	struct store *store = query->store;
	struct crash_row row = { 0 };
	struct keys keys = { 0 };
	int err = query__next(query, &keys, &row);

	if (err <= 0 || !crash) {
		free(crash);
		return err <= 0 ? err : -ENOMEM;
	}
	*crash = row.crash;
	model->crashes[model->crash_count++] = crash;
	if (crash->culprit.no_frames)
		crash->culprit.no_frames = store__keep(store, crash->culprit.no_frames);
	err = read_frames(store, keys.crash, crash);
	if (!err)
		err = read_victims(store, keys.crash, crash);
	if (!err)
		err = read_links(store, keys.crash, crash);
	return err ? err : 1;
}

/* In the order in which the model keeps them: of equal ones the earlier first. */
static int read_crashes(struct store *store, __u32 period, struct model *model)
{
	struct query query;
	int err = 1;

	model->crashes = calloc(MODEL_CRASHES_MAX + 1, sizeof(*model->crashes));
	if (!model->crashes)
		return -ENOMEM;
	query__begin(&query, store, TABLE_CRASHES, NULL,
		     "WHERE period = ?1 ORDER BY fan_out DESC, crash", period);
	while (err > 0 && model->crash_count < MODEL_CRASHES_MAX)
		err = read_crash(&query, model);
	query__end(&query);
	return err < 0 ? err : 0;
}

/* ---- all of it ---- */

int store__read_lifecycle(struct store *store, __u32 period, struct model *model)
{
	static const struct {
		enum store_table table;
		int (*read)(struct query *query, struct model *model);
	} parts[] = {
		{ TABLE_SPAWNS, read_spawn },	 { TABLE_SPAWN_ERRORS, read_error },
		{ TABLE_FORK_SIZES, read_size }, { TABLE_EXECS, read_execs },
		{ TABLE_ENDS, read_end },
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++) {
		struct query query;

		query__begin(&query, store, parts[i].table, NULL, "WHERE period = ?1", period);
		do
			err = parts[i].read(&query, model);
		while (err > 0);
		query__end(&query);
	}
	return err ? err : read_crashes(store, period, model);
}
