/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks, frames and modules that no period of a window refers to any more.
 *
 * For each stack the writer knows the last period that paid on it.  A caller has a lower number than
 * those that it calls: from the highest to the lowest, each stack that is needed tells its caller and
 * its frame that they are, too; so does each frame tell its module.  What nothing told of goes, in steps
 * with small journals; at each of them what is left is whole.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/array.h"
#include "store/writer.h"

#define LITTER_LEAST 4096 /* entries */
#define ROWS_ONCE    128

void store__use_stack(struct store_writer *writer, __u32 stack)
{
	if (stack && writer->most_bytes && usage__note(&writer->stack_usage, stack, writer->period))
		writer->no_memory = true;
}

void store__use_frame(struct store_writer *writer, __u32 frame)
{
	if (frame && writer->most_bytes && usage__note(&writer->frame_usage, frame, writer->period))
		writer->no_memory = true;
}

/* ---- when ---- */

/* So many have come that it is worth while to look at all: what that costs is then little for each. */
static bool has_grown(__u32 now, const struct swept *last)
{
	__u32 most = last->left / 4 > LITTER_LEAST ? last->left / 4 : LITTER_LEAST;

	return now - last->count > most;
}

enum litter store__litter(const struct store_writer *writer)
{
	if (!writer->has_rolled || writer->no_memory)
		return LITTER_NONE;
	if (has_grown(writer->frames, &writer->swept_frames))
		return LITTER_PLACES;
	return has_grown(writer->stacks, &writer->swept_stacks) ? LITTER_STACKS : LITTER_NONE;
}

/* ---- one table ---- */

struct run {
	__u32 low, high;
};

struct sweep {
	struct store_writer *writer;
	const char *select; /* number, and up to two that it refers to, from the highest down */
	const char *delete; /* from one number to another */
	__u32 in_memory;    /* from this number on the profile may hand them out again */
	__u32 first;	    /* what is needed in no period from this on goes */
	struct usage *usage, *places, *callers; /* its own; of what it refers to */
	struct usage left;			/* what stays */
	__u32 left_count;
	struct run *dead;
	size_t count, room;
	bool open; /* the last run may grow */
	__u32 rows;
};

static int sweep__keep(struct sweep *sweep, __u32 number, __u32 period, __u32 place, __u32 caller)
{
	int err = usage__note(&sweep->left, number, period);

	if (!err && place)
		err = usage__note(sweep->places, place, period);
	if (!err && caller)
		err = usage__note(sweep->callers, caller, period);
	sweep->left_count++;
	sweep->open = false;
	return err;
}

static int sweep__drop(struct sweep *sweep, __u32 number)
{
	if (sweep->open && sweep->rows < ROWS_ONCE) {
		sweep->dead[sweep->count - 1].low = number;
		sweep->rows++;
		return 0;
	}
	if (!ARRAY_ROOM(sweep->dead, sweep->count, sweep->room, 256))
		return -ENOMEM;
	sweep->dead[sweep->count++] = (struct run){ number, number };
	sweep->open = true;
	sweep->rows = 1;
	return 0;
}

static int sweep__look(struct sweep *sweep, sqlite3_stmt *stmt)
{
	__u32 number = (__u32)sqlite3_column_int64(stmt, 0);
	__u32 period = usage__get(sweep->usage, number);

	/* what it refers to is in memory, too */
	if (period < sweep->first && number < sweep->in_memory)
		return sweep__drop(sweep, number);
	return sweep__keep(sweep, number, period, (__u32)sqlite3_column_int64(stmt, 1),
			   (__u32)sqlite3_column_int64(stmt, 2));
}

static int sweep__find(struct sweep *sweep, struct failure *failure)
{
	struct store_writer *writer = sweep->writer;
	sqlite3_stmt *stmt;
	int rc, err = 0;

	if (sqlite3_prepare_v2(writer->db, sweep->select, -1, &stmt, NULL) != SQLITE_OK)
		return writer__fail(writer, failure);
	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		err = sweep__look(sweep, stmt);
	sqlite3_finalize(stmt);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot write the recording %s",
				    writer->path);
	return rc == SQLITE_DONE ? 0 : writer__fail(writer, failure);
}

static int sweep__delete(struct sweep *sweep, struct failure *failure)
{
	struct store_writer *writer = sweep->writer;
	sqlite3_stmt *stmt;
	size_t i;
	int err = 0;

	if (sqlite3_prepare_v2(writer->db, sweep->delete, -1, &stmt, NULL) != SQLITE_OK)
		return writer__fail(writer, failure);
	for (i = 0; i < sweep->count && !err; i++) {
		sqlite3_bind_int64(stmt, 1, sweep->dead[i].low);
		sqlite3_bind_int64(stmt, 2, sweep->dead[i].high);
		err = writer__step(writer, stmt, failure);
		if (!err)
			err = writer__go_on(writer, failure);
	}
	sqlite3_finalize(stmt);
	return err;
}

/* What is left is known anew; what it refers to has been told. */
static int sweep__run(struct sweep *sweep, struct swept *swept, __u32 written,
		      struct failure *failure)
{
	int err = sweep__find(sweep, failure);

	if (!err)
		err = sweep__delete(sweep, failure);
	free(sweep->dead);
	usage__free(err ? &sweep->left : sweep->usage);
	if (err)
		return err;
	*sweep->usage = sweep->left;
	*swept = (struct swept){ .count = written, .left = sweep->left_count };
	return 0;
}

/* ---- all of them ---- */

static int sweep_all(struct store_writer *writer, const void *what, struct failure *failure)
{
	const struct profile *profile = what;
	struct usage modules = { 0 };
	struct swept none;
	__u32 first = store__first_period(writer);
	struct sweep stacks = {
		.writer = writer,
		.select = "SELECT stack, frame, caller FROM stacks ORDER BY stack DESC",
		.delete = "DELETE FROM stacks WHERE stack BETWEEN ?1 AND ?2",
		.in_memory = profile__first_stack(profile),
		.first = first,
		.usage = &writer->stack_usage,
		.places = &writer->frame_usage,
		.callers = &writer->stack_usage,
	};
	struct sweep frames = {
		.writer = writer,
		.select = "SELECT frame, module, 0 FROM frames ORDER BY frame DESC",
		.delete = "DELETE FROM frames WHERE frame BETWEEN ?1 AND ?2",
		.in_memory = profile__first_frame(profile),
		.first = first,
		.usage = &writer->frame_usage,
		.places = &modules,
	};
	struct sweep places = {
		.writer = writer,
		.select = "SELECT module, 0, 0 FROM modules ORDER BY module DESC",
		.delete = "DELETE FROM modules WHERE module BETWEEN ?1 AND ?2",
		.in_memory = profile__first_module(profile),
		.first = first,
		.usage = &modules,
	};
	int err = sweep__run(&stacks, &writer->swept_stacks, writer->stacks, failure);

	if (!err)
		err = sweep__run(&frames, &writer->swept_frames, writer->frames, failure);
	if (!err)
		err = sweep__run(&places, &none, writer->modules, failure);
	usage__free(&modules);
	usage__free(&writer->frame_usage); /* the next sweep tells anew */
	return err;
}

int store__sweep(struct store_writer *writer, const struct profile *profile,
		 struct failure *failure)
{
	return writer->no_memory ? 0 : writer__forget(writer, profile, sweep_all, failure);
}
