/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/sitting.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "model/switching/summary.h"
#include "session/interpreter_lock.h"
#include "session/isolation.h"
#include "session/memory_sampler.h"

#define FIRST_LOOK_NS 10000000ULL
#define LOOK_NS	      200000000ULL
#define LOOK_TIMES    20 /* the CPU time of one look at the processes: until the next one */
#define TURN_NS	      1000000000ULL /* who has come into the target meanwhile? */

static void tell_progress(const struct sitting *sitting, __u64 now)
{
	const struct settings *settings = sitting->counting.settings;
	__u64 begin = sitting->counting.run.start_ns;

	if (!sitting->terminal)
		return;
	if (settings->duration_ns)
		fprintf(stderr, "\rcomparing: %llu of %llu s", (now - begin) / 1000000000,
			settings->duration_ns / 1000000000);
	else
		fprintf(stderr, "\rcomparing: %llu s", (now - begin) / 1000000000);
}

/* Of all looks: what differed in one of them does. */
static void look_at_isolation(struct isolation *all, const struct model *model)
{
	struct isolation now;
	int i;

	isolation__read(&now, model);
	if (now.processes > all->processes)
		all->processes = now.processes;
	if (now.unreadable > all->unreadable)
		all->unreadable = now.unreadable;
	all->user |= now.user;
	all->seccomp |= now.seccomp;
	all->cgroup |= now.cgroup;
	for (i = 0; i < SPACES; i++)
		all->space[i] |= now.space[i];
}

/* As seldom as the memory is looked at, and not more often than who has come is asked for. */
struct isolation_look {
	__u64 next_ns;
};

static void isolation_look__poll(struct isolation_look *look, struct portrait *portrait,
				 const struct model *model)
{
	__u64 took = clock__read(CLOCK_THREAD_CPUTIME_ID), now = clock__monotonic();

	if (now < look->next_ns)
		return;
	look_at_isolation(&portrait->isolation, model);
	took = (clock__read(CLOCK_THREAD_CPUTIME_ID) - took) * LOOK_TIMES;
	look->next_ns = now + (took > LOOK_NS ? took : LOOK_NS);
}

static int sitting__watch(struct sitting *sitting, struct portrait *portrait,
			  struct lock_sampler *locks, struct failure *failure)
{
	struct run *run = &sitting->counting.run;
	__u64 duration_ns = sitting->counting.settings->duration_ns, missed;
	__u64 end = duration_ns ? run->start_ns + duration_ns : 0;
	__u64 turn = run->start_ns + FIRST_LOOK_NS, now;
	struct memory_sampler sampler = { .next_ns = turn };
	struct isolation_look look = { .next_ns = turn };
	int err = 0;

	locks->next_ns = turn;
	while (!err) {
		__u64 next = clock__earlier(clock__earlier(sampler.next_ns, look.next_ns),
					    locks->next_ns);

		if (run__wait(run, clock__earlier(clock__earlier(end, turn), next)))
			break;
		now = clock__monotonic();
		if (now >= turn) {
			err = trace__read(run->trace, &missed, failure);
			tell_progress(sitting, now);
			turn = now + TURN_NS;
		}
		memory_sampler__poll(&sampler, sitting->counting.model);
		isolation_look__poll(&look, portrait, sitting->counting.model);
		lock_sampler__poll(locks, sitting->counting.model);
		if (end && now >= end)
			break;
	}
	if (sitting->terminal)
		fputs("\r\033[K", stderr);
	portrait->shape.memory = sampler.most;
	return err;
}

static int sitting__sum_up(struct sitting *sitting, struct portrait *portrait, __u64 own_ns,
			   struct failure *failure)
{
	struct shape_memory memory = portrait->shape.memory;
	struct summary summary;
	__u64 now;
	int err = counting__read(&sitting->counting, &summary, &now, failure);

	if (err)
		return err;
	err = model__close(sitting->counting.model, now);
	if (!err)
		err = summary__take(&summary, sitting->counting.model, NULL);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up what was seen");
	shape__take(&portrait->shape, &summary, own_ns);
	wakes__sort(&sitting->wakes);
	shape__take_wakes(&portrait->shape, &summary, &sitting->wakes);
	portrait->wakes = &sitting->wakes;
	portrait->shape.memory = memory;
	portrait->start_realtime_ns = summary.start_realtime_ns;
	memcpy(portrait->host, summary.host, sizeof(portrait->host));
	memcpy(portrait->kernel, summary.kernel, sizeof(portrait->kernel));
	memcpy(portrait->target, summary.target, sizeof(portrait->target));
	summary__release(&summary);
	return 0;
}

static __u64 own_cpu_ns(const struct counting *counting)
{
	return clock__read(CLOCK_PROCESS_CPUTIME_ID) +
	       symbolization__cpu_ns(counting->names.symbolization);
}

int sitting__run(struct sitting *sitting, struct portrait *portrait, struct settings *settings,
		 struct failure *failure)
{
	struct counting *counting = &sitting->counting;
	struct lock_sampler locks = { 0 };
	__u64 own;
	int err;

	counting->wakes = &sitting->wakes;
	err = counting__begin(counting, settings, true, NULL, failure);
	if (err)
		return err;
	own = own_cpu_ns(counting);
	err = sitting__watch(sitting, portrait, &locks, failure);
	if (!err)
		err = run__stop(&counting->run, failure);
	if (!err)
		err = counting__check_matched(counting, failure);
	if (!err)
		err = sitting__sum_up(sitting, portrait, own_cpu_ns(counting) - own, failure);
	if (!err)
		lock_sampler__tell(&locks, &portrait->shape.serial);
	return err;
}
