/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks and samples.  The numbers of a profile only grow: what is new is written. */
#include "store/writer.h"

static int put_name(struct store_writer *writer, const struct profile_name *name,
		    struct failure *failure)
{
	sqlite3_stmt *stmt = writer->name_frame;

	sqlite3_bind_text(stmt, 1, name->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, name->inlined, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, name->frame);
	return writer__step(writer, stmt, failure);
}

static int put_build_id(struct store_writer *writer, const struct profile_name *name,
			struct failure *failure)
{
	sqlite3_stmt *stmt = writer->identify_module;

	sqlite3_bind_text(stmt, 1, name->name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, name->module);
	return writer__step(writer, stmt, failure);
}

/* Names and build IDs that came late, of frames and modules that are written. */
static int put_names(struct store_writer *writer, struct profile *profile, struct failure *failure)
{
	size_t i;
	int err = 0;

	for (i = 0; i < profile__named(profile) && !err && !writer__is_cut(writer); i++) {
		struct profile_name name = profile__get_named(profile, i);

		if (name.module && name.module <= writer->modules) {
			if (name.module < writer->begin.identified)
				writer->begin.identified = name.module;
			err = put_build_id(writer, &name, failure);
		} else if (!name.module && name.frame <= writer->frames) {
			if (name.frame < writer->begin.named)
				writer->begin.named = name.frame;
			err = put_name(writer, &name, failure);
		}
	}
	return err;
}

static int put_entry(struct store_writer *writer, enum store_table table, __u32 number,
		     const void *entry, struct failure *failure)
{
	return writer__put(writer, table, &(struct keys){ .number = number }, entry, failure);
}

int store__put_profile(struct store_writer *writer, struct profile *profile,
		       struct failure *failure)
{
	int err = put_names(writer, profile, failure);

	for (; !err && !writer__is_cut(writer) && writer->modules < profile__module_count(profile);
	     writer->modules++)
		err = put_entry(writer, TABLE_MODULES, writer->modules + 1,
				profile__get_module(profile, writer->modules + 1), failure);
	for (; !err && !writer__is_cut(writer) && writer->frames < profile__frame_count(profile);
	     writer->frames++)
		err = put_entry(writer, TABLE_FRAMES, writer->frames + 1,
				profile__get_frame(profile, writer->frames + 1), failure);
	for (; !err && !writer__is_cut(writer) && writer->stacks < profile__stack_count(profile);
	     writer->stacks++)
		err = put_entry(writer, TABLE_STACKS, writer->stacks + 1,
				profile__get_stack(profile, writer->stacks + 1), failure);
	for (; !err && !writer__is_cut(writer) &&
	       writer->profile_threads < profile__thread_count(profile);
	     writer->profile_threads++)
		err = put_entry(writer, TABLE_THREADS, writer->profile_threads + 1,
				profile__get_thread(profile, writer->profile_threads + 1), failure);
	if (!err && !store__is_cut(writer))
		profile__forget_named(profile);
	return err;
}

bool store__has_all(const struct store_writer *writer, const struct profile *profile)
{
	return writer->modules == profile__module_count(profile) &&
	       writer->frames == profile__frame_count(profile) &&
	       writer->stacks == profile__stack_count(profile) && !profile__named(profile);
}

/* ---- samples ---- */

static void note_use(struct store_writer *writer, __u32 stack, __u32 period)
{
	if (stack && writer->most_bytes && usage__note(&writer->stack_usage, stack, period))
		writer->no_memory = true;
}

static int put_sample(struct store_writer *writer, enum store_table table, __u32 period,
		      const struct sample *sample, struct failure *failure)
{
	const struct keys keys = { .period = period,
				   .thread = sample->thread,
				   .stack = sample->stack,
				   .waker = sample->waker };

	if (period < writer->begin.period)
		writer->begin.period = period;
	note_use(writer, sample->stack, period);
	note_use(writer, sample->waker, period);
	return writer__put(writer, table, &keys, sample, failure);
}

int store__put_sample(struct store_writer *writer, __u32 period, const struct sample *sample,
		      struct failure *failure)
{
	return put_sample(writer, TABLE_SAMPLES, period, sample, failure);
}

int store__put_open(struct store_writer *writer, __u32 period, const struct sample *sample,
		    struct failure *failure)
{
	if (writer__is_cut(writer))
		return 0;
	return put_sample(writer, TABLE_OPEN_SAMPLES, period, sample, failure);
}

int store__clear_open(struct store_writer *writer, __u32 period, struct failure *failure)
{
	return writer__delete(writer, "DELETE FROM open_samples WHERE period = ?1", period, 0, 0,
			      failure);
}
