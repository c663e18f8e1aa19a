/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/recorded_portrait.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/hash.h"
#include "model/switching/narrow.h"
#include "session/nothing.h"
#include "session/recorded_lock.h"
#include "session/recorded_wakes.h"

/* A process of any period: its threads since the run began, as the last one knows them. */
struct met {
	struct process_key key;
	__u64 threads;
	UT_hash_handle hh;
};

/* Periods of one run, added up. */
struct run_reading {
	struct portrait *portrait;
	struct store *store;
	struct wakes *wakes;		      /* of all periods */
	const struct recorded_target *target; /* NULL: all of the recording */
	const struct recorded_part *part;
	__u64 begin_ns; /* of the period at hand; CLOCK_MONOTONIC */
	__u32 periods;
	struct met *met;
};

/* ---- a period ---- */

/*
 * When each thread began to be accounted in this period.  The first recordings do not say: then
 * it is known of those that live to the end of the period, and of no other.
 */
static void date(const struct model *model, struct thread *thread, __u64 begin_ns, __u64 now)
{
	__u64 lived = thread->row.n[C_LIFETIME], told;
	struct open_interval open;

	if (thread->since_ns) {
		if (thread->since_ns < begin_ns)
			thread->since_ns = begin_ns;
		return;
	}
	if (thread->ended)
		return;
	if (model__open_interval(model, thread, now, &open)) {
		told = thread__reported(thread);
		lived += open.gone > told ? open.gone - told : 0;
	}
	thread->since_ns = now > lived ? now - lived : 1;
}

static int run_reading__prepare(void *context, struct model *model, __u64 now)
{
	struct run_reading *reading = context;
	struct thread *thread;
	int err = 0;

	if (!reading->begin_ns)
		reading->begin_ns = model->run_start;
	if (reading->target) {
		reading->portrait->unplaced += model->folded_processes;
		err = model__narrow(model, recorded_target__has, reading->target);
	}
	for (thread = model->threads; thread; thread = thread->hh.next)
		date(model, thread, reading->begin_ns, now);
	reading->begin_ns = now;
	return err;
}

static int run_reading__meet(struct run_reading *reading, const struct process *process)
{
	__u64 threads = process->threads_alive + (__u64)process->threads_ended;
	struct met *met = HASH_GET(reading->met, key, &process->key);

	if (!met)
		return -ENOMEM;
	if (threads > met->threads)
		met->threads = threads;
	return 0;
}

/* Turns are told of one process: in another period another one may look most like it. */
static void choose_serial(struct serial *sum, struct serial *period)
{
	if (!sum->found || !period->found || sum->pid == period->pid)
		return;
	if (period->work_ns > sum->work_ns)
		*sum = (struct serial){ 0 };
	else
		*period = (struct serial){ 0 };
}

static int run_reading__take_wakes(struct run_reading *reading, struct shape *shape,
				   const struct summary *summary, struct failure *failure)
{
	struct wakes wakes = { 0 };
	int err = recorded_wakes__read(&wakes, reading->store, reading->periods, reading->target,
				       failure);

	if (!err) {
		shape__take_wakes(shape, summary, &wakes);
		choose_serial(&reading->portrait->shape.serial, &shape->serial);
		if (recorded_wakes__add(reading->wakes, &wakes))
			err = failure__set(failure, -ENOMEM, NULL, NULL,
					   "cannot add up who wakes whom");
	}
	wakes__clear(&wakes);
	return err;
}

static int run_reading__take(void *context, const struct model *model,
			     const struct summary *summary, struct failure *failure)
{
	struct run_reading *reading = context;
	struct portrait *portrait = reading->portrait;
	struct shape shape;
	size_t i;
	int err;

	(void)model;
	reading->periods++;
	shape__take(&shape, summary, summary->self.cpu_ns);
	shape.recorded = true;
	err = run_reading__take_wakes(reading, &shape, summary, failure);
	if (err)
		return err;
	shape__add(&portrait->shape, &shape);
	if (reading->periods == 1)
		portrait->start_realtime_ns = summary->start_realtime_ns;
	memcpy(portrait->host, summary->host, sizeof(portrait->host));
	memcpy(portrait->kernel, summary->kernel, sizeof(portrait->kernel));
	memcpy(portrait->target, summary->target, sizeof(portrait->target));
	for (i = 0; i < summary->process_count && !err; i++)
		err = run_reading__meet(reading, summary->processes[i]);
	return err ? failure__set(failure, err, NULL, NULL, "cannot add up %s",
				  reading->part->path) :
		     0;
}

/* ---- the run ---- */

/* A process that was there in several periods is one. */
static void run_reading__count(struct run_reading *reading)
{
	struct shape *shape = &reading->portrait->shape;
	struct met *met, *next;
	__u64 processes = 0, threads = 0;

	HASH_ITER(hh, reading->met, met, next) {
		processes++;
		threads += met->threads;
		HASH_DEL(reading->met, met);
		free(met);
	}
	shape->runs = 1;
	shape->incomplete = shape->incomplete > 0;
	if (reading->periods < 2)
		return;
	shape->processes = processes;
	shape->threads = threads;
}

static bool is_of_this_machine(const struct portrait *portrait)
{
	struct utsname here;

	return !uname(&here) && !strcmp(here.nodename, portrait->host) &&
	       !strcmp(here.release, portrait->kernel);
}

static void drop_prices(struct portrait *portrait)
{
	portrait->prices = portrait_prices__none();
	portrait->no_prices = "the recording is of another machine or kernel: prices of this one "
			      "do not count";
}

static int read_periods(struct recorded_portrait *recorded, struct run_reading *reading,
			struct failure *failure)
{
	const struct recorded_wants wants = { .threads = true,
					      .prepare = run_reading__prepare,
					      .take = run_reading__take,
					      .context = reading };
	const struct recorded_part *part = reading->part;
	int err = 0;

	if (part->text || store__is_of_whole_machine(recorded->recorded.store)) {
		err = recorded_target__find(&recorded->target, recorded->recorded.store, &part->aim,
					    failure);
		reading->target = &recorded->target;
	}
	if (!err)
		err = recorded__each_period(&recorded->recorded, &wants, failure);
	run_reading__count(reading);
	return err;
}

int recorded_portrait__take(struct recorded_portrait *recorded, struct portrait *portrait,
			    const struct recorded_part *part, struct failure *failure)
{
	struct run_reading reading = { .portrait = portrait,
				       .part = part,
				       .wakes = &recorded->wakes };
	int err = recorded__open(&recorded->recorded, part->path, failure);

	if (err)
		return err;
	if (!store__periods(recorded->recorded.store))
		return nothing__of_periods(part->path, failure);
	reading.store = recorded->recorded.store;
	err = read_periods(recorded, &reading, failure);
	if (err)
		return err;
	if (portrait->shape.has_wakes) {
		err = recorded_lock__tell(&recorded->recorded, &portrait->shape.serial, failure);
		if (err)
			return err;
		wakes__merge(&recorded->wakes);
		wakes__sort(&recorded->wakes);
		portrait->wakes = &recorded->wakes;
	}
	portrait->recording = part->path;
	if (part->text || reading.target)
		snprintf(portrait->target, sizeof(portrait->target), "%s",
			 part->text ? part->text : "all processes but kernel threads");
	if (!is_of_this_machine(portrait))
		drop_prices(portrait);
	return 0;
}

void recorded_portrait__end(struct recorded_portrait *recorded)
{
	recorded_target__free(&recorded->target);
	wakes__clear(&recorded->wakes);
	recorded__close(&recorded->recorded);
}
