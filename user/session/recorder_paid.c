/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes what has been paid, thread by thread.  Samples of one thread become rows beside each
 * other, so that each page of a large file is changed once; and who paid is looked up once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/halt.h"
#include "core/array.h"
#include "session/recorder_private.h"

#define WAITS_MAX  100000	 /* samples that wait for their stacks */
#define ROOM_MIN   16384	 /* samples, for which there is always room */
#define LATE_EVERY 256		 /* samples, from one look at the time to the next */
#define HALT_NS	   1000000000ULL /* after a signal, what is not written by then is lost */

/* ---- threads that are gone ---- */

/* Without memory they are only kept longer. */
void recorder__note_done(struct recorder *recorder, __u32 thread)
{
	if (!ARRAY_ROOM(recorder->done, recorder->done_count, recorder->done_room, 1024))
		return;
	recorder->done[recorder->done_count++] = thread;
}

static void recorder__forget_gone(struct recorder *recorder)
{
	struct gone *gone, *next;

	HASH_ITER(hh, recorder->gone, gone, next) {
		if (gone->waits) { /* its thread is referred to again */
			gone->waits = false;
			continue;
		}
		if (!gone->together)
			recorder__note_done(recorder, gone->thread);
		HASH_DEL(recorder->gone, gone);
		free(gone);
	}
}

/* ---- the order ---- */

static int sample_key__compare(const struct sample_key *a, const struct sample_key *b)
{
	if (a->task != b->task)
		return a->task < b->task ? -1 : 1;
	if (a->waker != b->waker)
		return a->waker < b->waker ? -1 : 1;
	return a->stack < b->stack ? -1 : a->stack > b->stack;
}

static int order__compare(const void *a, const void *b, void *context)
{
	const struct paid *paid = context;

	return sample_key__compare(&paid[*(const __u32 *)a].key, &paid[*(const __u32 *)b].key);
}

static int recorder__sort(struct recorder *recorder, bool late)
{
	size_t i;

	if (recorder->order_room < recorder->paid_room) {
		free(recorder->order);
		recorder->order = malloc(recorder->paid_room * sizeof(*recorder->order));
		recorder->order_room = recorder->order ? recorder->paid_room : 0;
		if (!recorder->order)
			return -ENOMEM;
	}
	for (i = 0; i < recorder->paid_count; i++)
		recorder->order[i] = (__u32)i;
	if (recorder->paid_count && !late) /* what is not written needs no order */
		qsort_r(recorder->order, recorder->paid_count, sizeof(*recorder->order),
			order__compare, recorder->paid);
	return 0;
}

/* ---- one row for samples that are alike ---- */

typedef int (*put_fn)(struct store_writer *writer, __u32 period, const struct sample *sample,
		      struct failure *failure);

struct row_sum {
	put_fn put;
	struct sample sample;
	bool any;
};

static int row_sum__put(struct row_sum *sum, struct store_writer *writer, __u32 period,
			struct failure *failure)
{
	bool any = sum->any;

	sum->any = false;
	return any ? sum->put(writer, period, &sum->sample, failure) : 0;
}

static int row_sum__add(struct row_sum *sum, struct store_writer *writer, __u32 period,
			const struct sample *sample, struct failure *failure)
{
	int err, w;

	if (sum->any && sum->sample.thread == sample->thread &&
	    sum->sample.stack == sample->stack && sum->sample.waker == sample->waker) {
		for (w = 0; w < WEIGHTS; w++)
			sum->sample.weight[w] += sample->weight[w];
		return 0;
	}
	err = row_sum__put(sum, writer, period, failure);
	sum->sample = *sample;
	sum->any = true;
	return err;
}

/* ---- writing ---- */

/* One writing of all that was paid. */
struct payment {
	struct recorder *recorder;
	struct store_writer *writer;
	__u32 period;
	bool close, last;
	__u64 task; /* the last one that was looked up, and */
	__u32 thread;
	size_t waiting; /* kept so far */
	struct row_sum known, waits;
};

static __u32 payment__payer(struct payment *payment, const struct paid *paid)
{
	if (paid->thread)
		return paid->thread;
	if (paid->key.stack == STACK_LOST)
		return recorder__nobody(payment->recorder);
	if (!payment->thread || payment->task != paid->key.task)
		payment->thread = recorder__thread_of(payment->recorder, paid->key.task);
	payment->task = paid->key.task;
	return payment->thread;
}

/* Too much waits, or the recording is over: it is written as lost. */
static void recorder__lose(struct recorder *recorder, struct sample *sample)
{
	if (sample->stack != recorder->stack_waits && sample->waker != recorder->stack_waits)
		return;
	recorder->lost++;
	if (sample->stack == recorder->stack_waits)
		sample->stack = recorder->stack_lost;
	if (sample->waker == recorder->stack_waits)
		sample->waker = recorder->stack_lost;
}

static int payment__keep(struct payment *payment, struct paid *paid, const struct sample *sample,
			 struct failure *failure)
{
	payment->waiting++;
	if (payment->close || paid->period)
		return paid__keep(paid, payment->writer, payment->period, payment->close, sample,
				  failure);
	paid->thread = sample->thread;
	return row_sum__add(&payment->waits, payment->writer, payment->period, sample, failure);
}

/* Sets ret_done if it need not be kept. */
static int payment__write_one(struct payment *payment, struct paid *paid, bool *ret_done,
			      struct failure *failure)
{
	struct recorder *recorder = payment->recorder;
	__u64 lost = recorder->lost;
	struct sample sample = { .stack = recorder__stack(recorder, paid->key.stack),
				 .thread = payment__payer(payment, paid) };

	if (paid->key.waker)
		sample.waker = recorder__stack(recorder, paid->key.waker);
	memcpy(sample.weight, paid->weight, sizeof(sample.weight));
	if (payment->last || payment->waiting >= WAITS_MAX)
		recorder__lose(recorder, &sample);
	*ret_done = sample.stack != recorder->stack_waits && sample.waker != recorder->stack_waits;
	if (!*ret_done || paid->takes_back) /* told when it is written for good, and once */
		recorder->lost = lost;
	if (!*ret_done)
		return payment__keep(payment, paid, &sample, failure);
	rootless_sums__add(&recorder->rootless, recorder->config.profile, &sample);
	if (paid->period)
		return paid__move(paid, payment->writer, &sample, failure);
	return row_sum__add(&payment->known, payment->writer, payment->period, &sample, failure);
}

/* What there is no time for.  In a period that was closed it stays where it waited. */
static void payment__lose(struct payment *payment, const struct paid *paid)
{
	__s64 *rest = recorder__pay_together(payment->recorder);
	int w;

	payment->recorder->paid_late++;
	for (w = 0; w < WEIGHTS && !paid->period; w++)
		rest[w] += paid->weight[w];
}

static bool payment__is_late(const struct payment *payment, size_t i)
{
	const struct halt *halt = payment->recorder->config.counting->run.halt;

	if (i % LATE_EVERY)
		return false;
	return payment->last ? halt__is_due(halt, HALT_NS) : halt__signal(halt) != 0;
}

/* done: by place, what need not be kept. */
static int payment__write(struct payment *payment, bool *done, struct failure *failure)
{
	struct recorder *recorder = payment->recorder;
	size_t i;
	int err = 0;

	for (i = 0; i < recorder->paid_count && !err; i++) {
		__u32 at = recorder->order[i];

		if (payment__is_late(payment, i))
			break;
		err = payment__write_one(payment, &recorder->paid[at], &done[at], failure);
	}
	recorder->is_cut = !err && i < recorder->paid_count && !payment->last;
	for (; i < recorder->paid_count && !err && payment->last; i++) {
		payment__lose(payment, &recorder->paid[recorder->order[i]]);
		done[recorder->order[i]] = true;
	}
	if (!err)
		err = row_sum__put(&payment->known, payment->writer, payment->period, failure);
	return err ? err : row_sum__put(&payment->waits, payment->writer, payment->period, failure);
}

/* The room that a burst has taken is given back by and by. */
static void recorder__shrink_paid(struct recorder *recorder)
{
	size_t room = recorder->paid_room / 2;
	struct paid *shrunk;

	if (room < ROOM_MIN || recorder->paid_count > room / 2)
		return;
	shrunk = realloc(recorder->paid, room * sizeof(*shrunk));
	if (!shrunk)
		return;
	recorder->paid = shrunk;
	recorder->paid_room = room;
}

static void recorder__note_waiting(struct recorder *recorder, __u64 task)
{
	struct gone *gone;

	HASH_FIND(hh, recorder->gone, &task, sizeof(task), gone);
	if (gone)
		gone->waits = true;
}

static void recorder__keep_rest(struct recorder *recorder, const bool *done)
{
	size_t i, kept = 0;

	for (i = 0; i < recorder->paid_count; i++) {
		if (done[i])
			continue;
		recorder__note_waiting(recorder, recorder->paid[i].key.task);
		recorder->paid[kept++] = recorder->paid[i];
	}
	recorder->paid_count = kept;
	recorder__shrink_paid(recorder);
	if (recorder->paid_waiting > kept)
		recorder->paid_waiting = kept;
}

static int recorder__write_rest(struct recorder *recorder, struct store_writer *writer,
				__u32 period, struct failure *failure)
{
	struct sample sample = { .stack = recorder->stack_lost };

	if (!recorder->paid_together)
		return 0;
	sample.thread = recorder__nobody(recorder);
	memcpy(sample.weight, recorder->rest, sizeof(sample.weight));
	memset(recorder->rest, 0, sizeof(recorder->rest));
	return store__put_sample(writer, period, &sample, failure);
}

/* Sums are right at every moment, whatever waits for its stack. */
int recorder__write_paid(struct recorder *recorder, struct store_writer *writer, __u32 period,
			 bool close, struct failure *failure)
{
	struct payment payment = { .recorder = recorder,
				   .writer = writer,
				   .period = period,
				   .close = close,
				   .last = close && recorder->last,
				   .known.put = store__put_sample,
				   .waits.put = store__put_open };
	bool *done = calloc(recorder->paid_count + 1, sizeof(*done));
	int err = done ? recorder__sort(recorder, payment__is_late(&payment, 0)) : -ENOMEM;

	if (err)
		failure__set(failure, err, NULL, NULL, "cannot keep the stacks");
	else
		err = payment__write(&payment, done, failure);
	if (!err)
		recorder__keep_rest(recorder, done);
	free(done);
	if (err || recorder->is_cut)
		return err;
	recorder->paid_waiting = recorder->paid_count;
	recorder__forget_gone(recorder);
	return recorder__write_rest(recorder, writer, period, failure);
}
