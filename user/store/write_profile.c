/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks and samples.  The tables of a profile only grow: what is new is written. */
#include "store/writer.h"

static int put_module(struct store_writer *writer, __u32 number,
		      const struct profile_module *module, struct failure *failure)
{
	struct put put = writer__row(writer, TABLE_MODULES);

	put__u64(&put, number);
	put__text(&put, module_kind_names[module->kind]);
	put__text(&put, module->path);
	put__text(&put, module->build_id);
	put__bits(&put, module->identity);
	return writer__end_row(writer, &put, failure);
}

static int put_frame(struct store_writer *writer, __u32 number, const struct profile_frame *frame,
		     struct failure *failure)
{
	struct put put = writer__row(writer, TABLE_FRAMES);

	put__u64(&put, number);
	put__u64(&put, frame->module);
	put__bits(&put, frame->offset);
	put__text(&put, frame->name);
	put__text(&put, frame->inlined);
	return writer__end_row(writer, &put, failure);
}

static int put_stack(struct store_writer *writer, __u32 number, const struct profile_stack *stack,
		     struct failure *failure)
{
	struct put put = writer__row(writer, TABLE_STACKS);

	put__u64(&put, number);
	put__u64(&put, stack->caller);
	put__u64(&put, stack->frame);
	return writer__end_row(writer, &put, failure);
}

static int put_thread(struct store_writer *writer, __u32 number,
		      const struct profile_thread *thread, struct failure *failure)
{
	struct put put = writer__row(writer, TABLE_THREADS);

	put__u64(&put, number);
	put__bits(&put, thread->id);
	put__u64(&put, thread->tid);
	put__u64(&put, thread->start_ns);
	put__u64(&put, thread->pid);
	put__u64(&put, thread->process_start_ns);
	put__text(&put, thread->comm);
	put__text(&put, thread->process_comm);
	return writer__end_row(writer, &put, failure);
}

static int put_name(struct store_writer *writer, __u32 number, const struct profile_frame *frame,
		    struct failure *failure)
{
	struct put put = { .stmt = writer->name_frame };

	put__text(&put, frame->name);
	put__text(&put, frame->inlined);
	put__u64(&put, number);
	return writer__end_row(writer, &put, failure);
}

/* Names that came late, of frames that are written. */
static int put_names(struct store_writer *writer, struct profile *profile, struct failure *failure)
{
	size_t i;
	int err = 0;

	for (i = 0; i < profile__named(profile) && !err; i++) {
		__u32 number = profile__get_named(profile, i);

		if (number <= writer->frames)
			err = put_name(writer, number, profile__get_frame(profile, number),
				       failure);
	}
	return err;
}

int store__put_profile(struct store_writer *writer, struct profile *profile,
		       struct failure *failure)
{
	int err = put_names(writer, profile, failure);

	while (!err && writer->modules < profile__module_count(profile)) {
		__u32 n = ++writer->modules;

		err = put_module(writer, n, profile__get_module(profile, n), failure);
	}
	while (!err && writer->frames < profile__frame_count(profile)) {
		__u32 n = ++writer->frames;

		err = put_frame(writer, n, profile__get_frame(profile, n), failure);
	}
	while (!err && writer->stacks < profile__stack_count(profile)) {
		__u32 n = ++writer->stacks;

		err = put_stack(writer, n, profile__get_stack(profile, n), failure);
	}
	while (!err && writer->profile_threads < profile__thread_count(profile)) {
		__u32 n = ++writer->profile_threads;

		err = put_thread(writer, n, profile__get_thread(profile, n), failure);
	}
	if (!err)
		profile__forget_named(profile);
	return err;
}

/* ---- samples ---- */

static int put_sample(struct store_writer *writer, enum store_table table, __u32 period,
		      const struct sample *sample, struct failure *failure)
{
	struct put put = writer__row(writer, table);
	int w;

	put__u64(&put, period);
	put__u64(&put, sample->thread);
	put__u64(&put, sample->stack);
	put__u64(&put, sample->waker);
	for (w = 0; w < WEIGHTS; w++)
		put__signed(&put, sample->weight[w]);
	return writer__end_row(writer, &put, failure);
}

int store__put_sample(struct store_writer *writer, __u32 period, const struct sample *sample,
		      struct failure *failure)
{
	return put_sample(writer, TABLE_SAMPLES, period, sample, failure);
}

int store__put_open(struct store_writer *writer, __u32 period, const struct sample *sample,
		    struct failure *failure)
{
	return put_sample(writer, TABLE_OPEN_SAMPLES, period, sample, failure);
}

int store__clear_open(struct store_writer *writer, __u32 period, struct failure *failure)
{
	return writer__delete(writer, "DELETE FROM open_samples WHERE period = ?1", period, 0, 0,
			      failure);
}
