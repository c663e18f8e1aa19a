/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/recorded.h"

#include <errno.h>
#include <string.h>

#include "core/remark.h"
#include "model/switching/total.h"

int recorded__open(struct recorded *recorded, const char *path, struct failure *failure)
{
	recorded->path = path;
	return store__open(&recorded->store, path, failure);
}

void recorded__close(struct recorded *recorded)
{
	profile__free(recorded->profile);
	store__free(recorded->store);
	recorded->profile = NULL;
	recorded->store = NULL;
}

bool recorded__tell(const struct recorded *recorded, bool quiet, bool names)
{
	bool incomplete = store__is_damaged(recorded->store) || store__is_cut_off(recorded->store);
	const char *text;
	int i;

	for (i = 0; (incomplete || !quiet) && (text = store__remark(recorded->store, i)); i++)
		remark("%s%s%s", names ? recorded->path : "", names ? ": " : "", text);
	return incomplete;
}

/* ---- periods ---- */

struct period {
	struct model *model;
	struct summary summary;
	struct groups groups;
};

static void period__release(struct period *period)
{
	groups__free(&period->groups);
	summary__release(&period->summary);
	model__free(period->model);
}

/* Without rows of threads a summary has none, also if they were recorded. */
static void period__hide_threads(struct period *period)
{
	struct process *process;

	period->summary.threads = false;
	for (process = period->model->processes; process; process = process->hh.next)
		process->threads_folded = 0;
}

/* What is left once the model is closed. */
static int period__finish(struct period *period, const struct recorded_wants *wants)
{
	int err = groups__take(&period->groups, &period->summary, wants->by);

	if (!err && !wants->threads)
		period__hide_threads(period);
	return err;
}

static int period__sum_up(struct period *period, __u64 now, const struct recorded_wants *wants)
{
	int err = wants->prepare ? wants->prepare(wants->context, period->model, now) : 0;

	if (!err)
		err = model__close(period->model, now);
	if (!err)
		err = summary__take(&period->summary, period->model, wants->sort);
	return err ? err : period__finish(period, wants);
}

static int recorded__take_period(const struct recorded *recorded, __u32 number,
				 const struct recorded_wants *wants, struct failure *failure)
{
	struct period period = { 0 };
	__u64 now;
	int err = store__read_period(recorded->store, number, &period.model, &period.summary, &now,
				     failure);

	if (err)
		return err;
	err = period__sum_up(&period, now, wants);
	if (err)
		failure__set(failure, err, NULL, NULL, "cannot sum up the recording");
	else
		err = wants->take(wants->context, period.model, &period.summary, failure);
	period__release(&period);
	return err;
}

int recorded__each_period(const struct recorded *recorded, const struct recorded_wants *wants,
			  struct failure *failure)
{
	__u32 number, count = store__periods(recorded->store);
	int err = 0;

	for (number = 1; number <= count && !err; number++)
		err = recorded__take_period(recorded, number, wants, failure);
	return err < 0 ? err : 0;
}

static int recorded__add_period(const struct recorded *recorded, __u32 number, struct total *total,
				struct failure *failure)
{
	struct summary summary = { 0 };
	struct model *model;
	__u64 now;
	int err = store__read_period(recorded->store, number, &model, &summary, &now, failure);

	if (err)
		return err;
	err = model__close(model, now);
	if (!err)
		err = total__add(total, model, &summary);
	model__free(model);
	return err ? failure__set(failure, err, NULL, NULL, "cannot sum up the recording") : 0;
}

int recorded__sum(const struct recorded *recorded, const struct recorded_wants *wants,
		  struct failure *failure)
{
	__u32 number, count = store__periods(recorded->store);
	struct period whole = { 0 };
	struct total total = { 0 };
	int err = 0;

	for (number = 1; number <= count && !err; number++)
		err = recorded__add_period(recorded, number, &total, failure);
	if (!err && total.model) {
		err = total__sum_up(&total, wants->sort);
		whole.model = total.model;
		whole.summary = total.summary;
		if (!err)
			err = period__finish(&whole, wants);
		if (err)
			failure__set(failure, err, NULL, NULL, "cannot sum up the recording");
		else
			err = wants->take(wants->context, whole.model, &whole.summary, failure);
	}
	groups__free(&whole.groups);
	total__free(&total);
	return err < 0 ? err : 0;
}

/* ---- the run ---- */

int recorded__run(const struct recorded *recorded, struct recorded_run *ret_run,
		  struct failure *failure)
{
	__u32 count = store__periods(recorded->store), number;
	struct recorded_run run = { 0 };
	__u64 end = 0, now;

	/* only the first one and the last one */
	for (number = 1; number && number <= count; number = number < count ? count : 0) {
		struct summary summary = { 0 };
		struct model *model;
		int err = store__read_period(recorded->store, number, &model, &summary, &now,
					     failure);

		if (err)
			return err;
		model__free(model);
		if (number == 1) {
			memcpy(run.host, summary.host, sizeof(run.host));
			memcpy(run.target, summary.target, sizeof(run.target));
			run.start_realtime_ns = summary.start_realtime_ns;
		}
		end = summary.start_realtime_ns + summary.duration_ns;
	}
	run.duration_ns = end - run.start_realtime_ns;
	*ret_run = run;
	return 0;
}

/* ---- stacks ---- */

int recorded__top(struct recorded *recorded, const struct metric *metric,
		  const struct thread_filter *filter, struct top *ret_top, struct failure *failure)
{
	int err = store__read_profile(recorded->store, &recorded->profile, failure);

	if (err)
		return err;
	err = top__begin(ret_top, recorded->profile, metric);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot add up the stacks");
	ret_top->filter = *filter;
	err = store__each_sample(recorded->store, 0, metric->weights, top__add, ret_top, failure);
	if (!err)
		top__finish(ret_top);
	return err;
}

static int take_sample(void *flame, const struct sample *sample)
{
	return flame__take(flame, sample);
}

int recorded__flame(struct recorded *recorded, struct flame *flame, struct failure *failure)
{
	int err = store__read_profile(recorded->store, &recorded->profile, failure);

	if (err)
		return err;
	err = flame__begin(flame, recorded->profile);
	if (!err)
		err = store__each_sample(recorded->store, 0, flame__weights(flame), take_sample,
					 flame, failure);
	if (err && !failure->error)
		failure__set(failure, err, NULL, NULL, "cannot add up %s", recorded->path);
	return err;
}
