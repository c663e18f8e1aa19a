/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creations, ends and crashes of a period. */
#include <errno.h>
#include <stdlib.h>

#include "store/writer.h"

/* ---- creations ---- */

struct creations {
	struct store_writer *writer;
	struct keys keys;
	struct failure *failure;
};

static int creations__put(const struct creations *to, enum store_table table, const void *row)
{
	return writer__put(to->writer, table, &to->keys, row, to->failure);
}

static int put_spawn(struct creations *to, enum spawn_kind kind, const struct spawn *spawn)
{
	int i, err;

	to->keys.kind = kind;
	err = creations__put(to, TABLE_SPAWNS, spawn);
	for (i = 0; i < SPAWN_ERRORS && !err; i++) {
		to->keys.place = (__u64)i;
		if (spawn->errors[i].count)
			err = creations__put(to, TABLE_SPAWN_ERRORS, &spawn->errors[i]);
	}
	return err;
}

static int put_sizes(struct creations *to, const struct spawns *spawns)
{
	int i, err = 0;

	for (i = 0; i < FORK_SIZES && !err; i++) {
		struct fork_size *size = spawns->sizes[i];

		to->keys.place = (__u64)i;
		if (size)
			err = creations__put(to, TABLE_FORK_SIZES,
					     &(struct fork_size_row){ size->count, size->rss,
								      &size->copy });
	}
	return err;
}

/* A phase can be known of a creation that was counted in the period before. */
static bool spawn__any(const struct spawn *spawn)
{
	int phase;

	for (phase = 0; phase < PHASES; phase++) {
		if (spawn->phase[phase])
			return true;
	}
	return spawn->count || spawn->failed;
}

int writer__put_spawns(struct store_writer *writer, __u32 period, const struct process_key *creator,
		       const struct spawns *spawns, struct failure *failure)
{
	struct creations to = { writer, { .period = period }, failure };
	int kind, err;

	if (creator) {
		to.keys.scope = SCOPE_PROCESS;
		to.keys.pid = creator->pid;
		to.keys.start_ns = creator->start_ns;
	}
	err = creations__put(&to, TABLE_EXECS, spawns);
	for (kind = 0; kind < SPAWN_KINDS && !err; kind++) {
		if (spawn__any(&spawns->kind[kind]))
			err = put_spawn(&to, kind, &spawns->kind[kind]);
	}
	return err ? err : put_sizes(&to, spawns);
}

/* ---- crashes ---- */

static int put_victim(struct store_writer *writer, const struct keys *crash, size_t place,
		      const struct victim *victim, struct failure *failure)
{
	struct keys keys = { .crash = crash->crash, .victim = place };
	int i, err = writer__put(writer, TABLE_VICTIMS, &keys, victim, failure);

	for (i = 0; i < victim->link_count && !err; i++) {
		keys.place = (__u64)i;
		err = writer__put(writer, TABLE_LINKS, &keys, &victim->links[i], failure);
	}
	return err;
}

static int put_crash(struct store_writer *writer, __u64 number, __u32 period,
		     const struct crash *crash, struct failure *failure)
{
	struct keys keys = { .crash = number };
	const struct crash_row row = { .crash = *crash, .period = period };
	size_t i;
	int err = writer__put(writer, TABLE_CRASHES, &keys, &row, failure);

	for (i = 0; i < crash->culprit.frame_count && !err; i++) {
		const struct crash_frame_row frame = { crash->culprit.frames[i], true };

		keys.place = i;
		err = writer__put(writer, TABLE_CRASH_FRAMES, &keys, &frame, failure);
	}
	for (i = 0; i < crash->victim_count && !err; i++)
		err = put_victim(writer, &keys, i, &crash->victims[i], failure);
	return err;
}

static int delete_crash(struct store_writer *writer, __u64 number, struct failure *failure)
{
	static const char *const statements[] = {
		"DELETE FROM links WHERE crash = ?1",
		"DELETE FROM victims WHERE crash = ?1",
		"DELETE FROM crash_frames WHERE crash = ?1",
		"DELETE FROM crashes WHERE crash = ?1",
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(statements) / sizeof(statements[0]) && !err; i++)
		err = writer__delete(writer, statements[i], number, 0, 0, failure);
	return err;
}

/* Written before?  The worst stay in the same order, so they are found at once. */
static struct kept_crash *crash__kept(struct store_writer *writer, const struct crash *crash,
				      size_t guess)
{
	size_t i;

	for (i = 0; i < writer->crash_count; i++) {
		struct kept_crash *kept = &writer->crashes[(guess + i) % writer->crash_count];

		if (kept->at_ns == crash->at_ns && kept->pid == crash->pid &&
		    kept->start_ns == crash->start_ns)
			return kept;
	}
	return NULL;
}

static int sweep_crashes(struct store_writer *writer, struct failure *failure)
{
	size_t i, left = 0;
	int err = 0;

	for (i = 0; i < writer->crash_count && !err; i++) {
		if (writer->crashes[i].flush == writer->flush)
			writer->crashes[left++] = writer->crashes[i];
		else
			err = delete_crash(writer, writer->crashes[i].number, failure);
	}
	if (!err)
		writer->crash_count = left;
	return err;
}

/* A crash that the model has is over and does not change; new ones come, lesser ones go. */
int writer__put_crashes(struct store_writer *writer, __u32 period, const struct model *model,
			struct failure *failure)
{
	size_t i, room = writer->crash_count + model->crash_count, known = writer->crash_count;
	struct kept_crash *grown;
	int err = 0;

	if (!room)
		return 0;
	grown = realloc(writer->crashes, room * sizeof(*grown));
	if (!grown)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot write the recording %s",
				    writer->path);
	writer->crashes = grown;
	for (i = 0; i < model->crash_count && !err && !writer__is_cut(writer); i++) {
		const struct crash *crash = model->crashes[i];
		struct kept_crash *kept = known ? crash__kept(writer, crash, i) : NULL;

		if (!kept) {
			kept = &writer->crashes[writer->crash_count++];
			*kept = (struct kept_crash){ crash->at_ns, crash->start_ns, crash->pid,
						     ++writer->last_crash, 0 };
			err = put_crash(writer, kept->number, period, crash, failure);
		}
		kept->flush = writer->flush;
	}
	if (err || store__is_cut(writer))
		return err;
	return sweep_crashes(writer, failure);
}
