/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creations, ends and crashes of a period. */
#include <errno.h>
#include <stdlib.h>

#include "store/writer.h"

/* ---- creations ---- */

struct creations {
	struct store_writer *writer;
	__u32 period;
	const struct process_key *creator; /* NULL: all of the target */
	struct failure *failure;
};

static struct put creations__row(const struct creations *to, enum store_table table)
{
	struct put put = writer__row(to->writer, table);

	put__u64(&put, to->period);
	put__text(&put, to->creator ? "process" : "target");
	put__u64(&put, to->creator ? to->creator->pid : 0);
	put__u64(&put, to->creator ? to->creator->start_ns : 0);
	return put;
}

static int put_errors(const struct creations *to, enum spawn_kind kind, const struct spawn *spawn)
{
	int i, err = 0;

	for (i = 0; i < SPAWN_ERRORS && !err; i++) {
		struct put put;

		if (!spawn->errors[i].count)
			continue;
		put = creations__row(to, TABLE_SPAWN_ERRORS);
		put__text(&put, spawn_names[kind]);
		put__u64(&put, (__u64)i);
		put__u64(&put, spawn->errors[i].error);
		put__u64(&put, spawn->errors[i].count);
		err = writer__end_row(to->writer, &put, to->failure);
	}
	return err;
}

static int put_spawn(const struct creations *to, enum spawn_kind kind, const struct spawn *spawn)
{
	struct put put = creations__row(to, TABLE_SPAWNS);
	int phase, err;

	put__text(&put, spawn_names[kind]);
	put__u64(&put, spawn->count);
	put__u64(&put, spawn->failed);
	put__u64(&put, spawn->namespaces);
	for (phase = 0; phase < PHASES; phase++)
		put__dist(&put, spawn->phase[phase], D_COPY + phase);
	err = writer__end_row(to->writer, &put, to->failure);
	return err ? err : put_errors(to, kind, spawn);
}

static int put_sizes(const struct creations *to, const struct spawns *spawns)
{
	int i, err = 0;

	for (i = 0; i < FORK_SIZES && !err; i++) {
		const struct fork_size *size = spawns->sizes[i];
		struct put put;

		if (!size)
			continue;
		put = creations__row(to, TABLE_FORK_SIZES);
		put__u64(&put, (__u64)i);
		put__u64(&put, size->count);
		put__u64(&put, size->rss);
		put__dist(&put, &size->copy, D_COPY);
		err = writer__end_row(to->writer, &put, to->failure);
	}
	return err;
}

static int put_execs(const struct creations *to, const struct spawns *spawns)
{
	struct put put = creations__row(to, TABLE_EXECS);

	put__u64(&put, spawns->execs);
	put__dist(&put, spawns->exec, D_EXEC);
	return writer__end_row(to->writer, &put, to->failure);
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
	struct creations to = { writer, period, creator, failure };
	int kind, err = put_execs(&to, spawns);

	for (kind = 0; kind < SPAWN_KINDS && !err; kind++) {
		if (spawn__any(&spawns->kind[kind]))
			err = put_spawn(&to, kind, &spawns->kind[kind]);
	}
	return err ? err : put_sizes(&to, spawns);
}

/* ---- crashes ---- */

static int put_frames(struct store_writer *writer, __u64 number, const struct crash *crash,
		      struct failure *failure)
{
	size_t i;
	int err = 0;

	for (i = 0; i < crash->culprit.frame_count && !err; i++) {
		struct put put = writer__row(writer, TABLE_CRASH_FRAMES);

		put__u64(&put, number);
		put__u64(&put, i);
		put__text(&put, crash->culprit.frames[i].name);
		put__text(&put, crash->culprit.frames[i].module);
		put__u64(&put, crash->culprit.frames[i].interrupted);
		put__u64(&put, crash->culprit.frames[i].mark);
		err = writer__end_row(writer, &put, failure);
	}
	return err;
}

static int put_links(struct store_writer *writer, __u64 number, size_t place,
		     const struct victim *victim, struct failure *failure)
{
	int i, err = 0;

	for (i = 0; i < victim->link_count && !err; i++) {
		const struct link *link = &victim->links[i];
		struct put put = writer__row(writer, TABLE_LINKS);

		put__u64(&put, number);
		put__u64(&put, place);
		put__u64(&put, (__u64)i);
		put__text(&put, how_names[link->how]);
		put__u64(&put, link->by_pid);
		put__u64(&put, link->delay_ns);
		put__u64(&put, link->slight);
		put__text(&put, link->evidence);
		err = writer__end_row(writer, &put, failure);
	}
	return err;
}

static int put_victim(struct store_writer *writer, __u64 number, size_t place,
		      const struct victim *victim, struct failure *failure)
{
	struct put put = writer__row(writer, TABLE_VICTIMS);
	int err;

	put__u64(&put, number);
	put__u64(&put, place);
	put__u64(&put, (__u64)victim->ring);
	put__u64(&put, victim->pid);
	put__u64(&put, victim->tid);
	put__u64(&put, victim->start_ns);
	put__text(&put, victim->comm);
	put__text(&put, outcome_names[victim->outcome]);
	put__u64(&put, victim->end_delay_ns);
	put__end(&put, &victim->end);
	put__id(&put, victim->own_pid);
	err = writer__end_row(writer, &put, failure);
	return err ? err : put_links(writer, number, place, victim, failure);
}

static void put_crash_head(struct put *put, __u64 number, __u32 period, const struct crash *crash)
{
	put__u64(put, number);
	put__u64(put, period);
	put__u64(put, crash->at_ns);
	put__u64(put, crash->at_realtime_ns);
	put__u64(put, crash->window_ns);
	put__u64(put, crash->cut_short);
	put__u64(put, crash->ended);
	put__u64(put, crash->traced);
	put__u64(put, crash->pid);
	put__u64(put, crash->start_ns);
	put__u64(put, crash->ppid);
	put__text(put, crash->comm);
	put__text(put, crash->parent_comm);
	put__end(put, &crash->end);
	put__u64(put, crash->end_delay_ns);
	put__signed(put, crash->code);
	if (crash->has_address)
		put__bits(put, crash->address);
	else
		put__null(put);
	put__text(put, reason_names[crash->reason]);
	put__signed(put, crash->handled.signal);
	put__signed(put, crash->handled.code);
	if (crash->handled.has_address)
		put__bits(put, crash->handled.address);
	else
		put__null(put);
	put__u64(put, crash->handled.before_ns);
	put__u64(put, crash->culprit.tid);
	put__text(put, crash->culprit.comm);
	put__text(put, crash->culprit.no_frames);
	put__u64(put, crash->victims_left_out);
	put__u64(put, crash->fan_out);
	put__id(put, crash->own_pid);
	put__u64(put, crash->thread_only);
	if (crash->syscall.arch)
		put__signed(put, crash->syscall.nr);
	else
		put__null(put);
	put__id(put, crash->syscall.arch);
}

static int put_crash(struct store_writer *writer, __u64 number, __u32 period,
		     const struct crash *crash, struct failure *failure)
{
	struct put put = writer__row(writer, TABLE_CRASHES);
	size_t i;
	int err;

	put_crash_head(&put, number, period, crash);
	err = writer__end_row(writer, &put, failure);
	if (!err)
		err = put_frames(writer, number, crash, failure);
	for (i = 0; i < crash->victim_count && !err; i++)
		err = put_victim(writer, number, i, &crash->victims[i], failure);
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
	for (i = 0; i < model->crash_count && !err; i++) {
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
	return err ? err : sweep_crashes(writer, failure);
}
