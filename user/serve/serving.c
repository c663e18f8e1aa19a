/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/serving.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/exit_status.h"
#include "core/remark.h"
#include "session/target.h"
#include "view/metrics.h"

/* An answer is followed by so many times its CPU time without one: whoever asks all the time costs a tenth of a CPU. */
#define REST 9

static bool serving__may_read(const struct serving *serving, __u64 now)
{
	return now >= serving->rested_ns;
}

static bool is_of_reading(enum served page)
{
	return page == SERVED_METRICS || page == SERVED_PAGE;
}

static bool wants_others(const struct server *server)
{
	return server->wanted[SERVED_HEALTH] || server->wanted[SERVED_STYLE];
}

static bool wants_reading(const struct server *server)
{
	return server->wanted[SERVED_METRICS] || server->wanted[SERVED_PAGE];
}

/* At each turn of waiting: is there something to do at once? */
static enum run_next serving__tick(void *context)
{
	struct serving *serving = context;
	enum run_next next = serving->tick(&serving->counting);
	const struct server *server = &serving->server;
	__u64 now = clock__monotonic();

	if (!server__hear(&serving->server))
		return next;
	if (server->gone || (wants_others(server) && now >= serving->brief_ns) ||
	    (wants_reading(server) && serving__may_read(serving, now)))
		return RUN_RETURNS;
	return next;
}

/* ---- begin ---- */

static int serving__listen(struct serving *serving, struct failure *failure)
{
	static const struct offer offer = {
		.pages = 1U << SERVED_PAGE | 1U << SERVED_STYLE | 1U << SERVED_METRICS |
			 1U << SERVED_HEALTH,
		.methods = "GET, HEAD",
		.other_host = "This is tasktoll, and the request is for another host: use its "
			      "address, or start it with --host NAME.\n",
		.other_method = "Nothing can be changed here: only GET and HEAD are answered.\n",
		.other_content = "A request has no content here.\n",
		.only = "There are / and /metrics and /healthz.\n",
	};
	int listener = address__listen(&serving->address, failure);

	if (listener < 0)
		return listener;
	return server__start(&serving->server, listener, &serving->address, serving->host, &offer,
			     failure);
}

static __u64 http_ns(void *context)
{
	return server__cpu_ns(context);
}

static int serving__count(struct serving *serving, struct failure *failure)
{
	struct counting *counting = &serving->counting;
	int err;

	serving->counts = true;
	counting->beside_ns = http_ns;
	counting->beside_context = &serving->server;
	err = counting__begin(counting, serving->settings, false, NULL, failure);
	if (err)
		return err;
	counting->model->ended_samples = true;
	serving->tick = counting->run.tick;
	counting->run.tick = serving__tick;
	counting->run.tick_context = serving;
	err = run__watch(&counting->run, serving->server.channel);
	return err ? failure__set(failure, err, NULL, NULL, "cannot wait for requests") : 0;
}

static void serving__announce(const struct serving *serving)
{
	if (serving->settings->quiet)
		return;
	remark("counting %s; figures are at %s", serving->settings->target_text,
	       serving->address.text);
	if (!serving->address.loopback)
		remark("whoever reaches %s reads names of programs and units there: nothing asks for a "
		       "password (let a firewall or a proxy do so)",
		       serving->address.text);
}

/* ---- the run ---- */

static int serving__mark(struct serving *serving, struct failure *failure)
{
	int err = serving__read(serving, failure);

	if (err)
		return err;
	recent__take(&serving->recent, &serving->run.summary);
	group_sums__mark(&serving->groups);
	serving->mark_due_ns += RECENT_NS;
	if (serving->mark_due_ns < clock__monotonic()) /* we were stopped, or the machine slept */
		serving->mark_due_ns = clock__monotonic() + RECENT_NS;
	return 0;
}

/* What is wanted and does not have to wait; one reading is for all. */
static int serving__answer_all(struct serving *serving, struct failure *failure)
{
	struct server *server = &serving->server;
	__u64 begin = clock__read(CLOCK_PROCESS_CPUTIME_ID), now = clock__monotonic();
	bool reads = wants_reading(server) && serving__may_read(serving, now);
	bool others = wants_others(server) && (reads || now >= serving->brief_ns);
	int err = reads ? serving__read(serving, failure) : 0, page;

	for (page = 0; page < SERVED && !err; page++) {
		if (server->wanted[page] && (is_of_reading((enum served)page) ? reads : others))
			serving__answer(serving, (enum served)page);
	}
	now = clock__monotonic() + REST * (clock__read(CLOCK_PROCESS_CPUTIME_ID) - begin);
	if (reads)
		serving->rested_ns = now;
	if (others)
		serving->brief_ns = now;
	return err;
}

static int serving__go_on(struct serving *serving, struct failure *failure)
{
	struct run *run = &serving->counting.run;
	__u64 end =
		serving->settings->duration_ns ? run->start_ns + serving->settings->duration_ns : 0;
	int err = 0;

	serving->mark_due_ns = run->start_ns + RECENT_NS;
	while (!err) {
		__u64 next = serving->mark_due_ns, now;

		if (wants_reading(&serving->server))
			next = clock__earlier(next, serving->rested_ns);
		if (wants_others(&serving->server))
			next = clock__earlier(next, serving->brief_ns);
		if (run__wait(run, clock__earlier(end, next)))
			break;
		now = clock__monotonic();
		if (serving->server.gone)
			return failure__set(
				failure, -EPIPE, "that process has ended",
				"start tasktoll again, and report it if it happens again",
				"cannot take requests any more");
		if (end && now >= end)
			break;
		if (now >= serving->mark_due_ns)
			err = serving__mark(serving, failure);
		if (!err)
			err = serving__answer_all(serving, failure);
	}
	return err;
}

int serving__run(struct serving *serving, struct failure *failure)
{
	struct settings *settings = serving->settings;
	int err = target__check(settings, failure);

	serving->server.channel = -1;
	serving->groups.most = metrics__groups_most(serving->series);
	settings->facts = serving->by == BY_CGROUP || serving->by == BY_USER;
	settings->writes = serving->address.path; /* it is removed in the end */
	if (!err)
		err = serving__listen(serving, failure);
	if (!err)
		err = serving__count(serving, failure);
	if (err)
		return err;
	serving__announce(serving);
	err = serving__go_on(serving, failure);
	if (!err)
		err = run__stop(&serving->counting.run, failure);
	if (!err) /* what came since the last request, and was lost */
		err = serving__read(serving, failure);
	return err;
}

int serving__end(struct serving *serving, int err)
{
	int status = EXIT_FAILED;
	size_t i;

	if (serving->counts)
		status = counting__status(&serving->counting, err,
					  !err && losses__tell(&serving->losses));
	server__end(&serving->server);
	address__leave(&serving->address);
	if (serving->counts)
		counting__end(&serving->counting);
	total__free(&serving->run);
	group_sums__free(&serving->groups);
	for (i = 0; i < serving->crash_count; i++) {
		free(serving->crashes[i].line);
		free(serving->crashes[i].story);
	}
	return status;
}
