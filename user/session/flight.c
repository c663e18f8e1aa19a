/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/flight.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/array.h"
#include "core/number.h"
#include "core/remark.h"
#include "session/flight_private.h"

#define PERIODS	     60 /* of a window */
#define PERIOD_LEAST 1000000000ULL
#define PERIOD_MOST  60000000000ULL
#define FEW_BYTES    8192 /* of a window for each stack that is kept though nothing refers to it */
#define STACKS_FEW   32768

/* ---- from beginning to end ---- */

static void nothing(int signal)
{
	(void)signal;
}

int flight__new(struct flight **ret_flight, const struct flight_config *config,
		struct failure *failure)
{
	struct flight *flight = calloc(1, sizeof(*flight));
	int err;

	if (!flight)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	flight->config = *config;
	/* it does not end us before there is a window; what is executed does not inherit that */
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing, .sa_flags = SA_RESTART },
		  NULL);
	flight->signals = -1;
	flight->first = 1;
	err = flight__open_directory(flight, failure);
	if (err) {
		flight__free(flight);
		return err;
	}
	*ret_flight = flight;
	return 0;
}

void flight__free(struct flight *flight)
{
	if (!flight)
		return;
	if (flight->signals >= 0)
		close(flight->signals);
	free(flight->ends);
	free(flight);
}

const char *flight__path(const struct flight *flight)
{
	return flight->path;
}

__u64 flight__most_bytes(const struct flight *flight)
{
	return flight->config.max_bytes;
}

__u64 flight__interval_ns(const struct flight *flight)
{
	__u64 interval = flight->config.keep_ns / PERIODS;

	return interval < PERIOD_LEAST ? PERIOD_LEAST :
	       interval > PERIOD_MOST  ? PERIOD_MOST :
					 interval;
}

void flight__set_bell(struct flight *flight, const struct flight_bell *bell)
{
	flight->bell = bell;
}

__u64 flight__bell_ns(void *context)
{
	const struct flight *flight = context;

	return flight->bell ? flight->bell->cpu_ns(flight->bell->context) : 0;
}

__u32 flight__few_stacks(const struct flight *flight)
{
	__u64 few = flight->config.max_bytes / FEW_BYTES;

	return few < STACKS_FEW ? (__u32)few : STACKS_FEW;
}

int flight__begin(struct flight *flight, struct run *run)
{
	sigset_t signals;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -errno;
	flight->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (flight->signals < 0)
		return -errno;
	err = run__watch(run, flight->signals);
	return err || !flight->bell ? err : run__watch(run, flight->bell->fd);
}

/* ---- the window ---- */

/* The oldest one is gone. */
static void flight__forgot(struct flight *flight)
{
	flight->first++;
	flight->count--;
	memmove(flight->ends, flight->ends + 1, flight->count * sizeof(*flight->ends));
	flight->used_begin = 0; /* what is forgotten makes it less */
}

static int flight__forget(struct flight *flight, struct store_writer *writer,
			  struct failure *failure)
{
	flight__forgot(flight);
	return store__roll(writer, flight->first, failure);
}

/* What was before a trigger stays until it has been copied, as far as there is room. */
int flight__make_room(struct flight *flight, struct store_writer *writer, __u64 now,
		      struct failure *failure)
{
	int err = 0;

	while (!err && flight->count &&
	       ((flight->ends[0] + flight->config.keep_ns < now && !flight->fired) ||
		store__is_short(writer)))
		err = flight__forget(flight, writer, failure);
	return err;
}

bool flight__wants_close(const struct flight *flight, __u64 now)
{
	return flight->large || now >= flight__due_ns(flight);
}

/* A period that is a large part of the window could only be forgotten as a whole. */
void flight__written(struct flight *flight, struct store_writer *writer)
{
	__u64 used = store__used(writer);

	/* a burst has made room for itself */
	while (flight->count && flight->first < store__first_period(writer))
		flight__forgot(flight);
	if (!flight->used_begin)
		flight->used_begin = used;
	flight->large = used > flight->used_begin + flight->config.max_bytes / 16;
}

__u64 flight__due_ns(const struct flight *flight)
{
	return flight->fired ? flight->until_ns : ~0ULL;
}

int flight__closed(struct flight *flight, struct store_writer *writer, __u64 now, bool last)
{
	size_t i;

	if (!ARRAY_ROOM(flight->ends, flight->count, flight->room, 64))
		return -ENOMEM;
	flight->ends[flight->count++] = now;
	for (i = 0; i < flight->config.trigger_count; i++)
		trigger__next(&flight->config.triggers[i]);
	flight->used_begin = store__used(writer);
	flight->large = false;
	if (!last && now >= flight__due_ns(flight))
		flight__start_copy(flight);
	return 0;
}

/* ---- triggers ---- */

void flight__tell_never(struct flight *flight, const struct model *model,
			const struct summary *same)
{
	size_t i;

	for (i = 0; i < flight->config.trigger_count; i++) {
		struct trigger *trigger = &flight->config.triggers[i];
		const char *why = trigger__why_never(trigger, model, same);

		trigger->never = why;
		if (why)
			remark("--on \"%s\" will never keep a window: %s", trigger->text, why);
	}
}

void flight__tell_unseen(const struct flight *flight)
{
	size_t i;

	for (i = 0; i < flight->config.trigger_count; i++) {
		const struct trigger *trigger = &flight->config.triggers[i];

		if (trigger->kind == TRIGGER_FIGURE && !trigger->has_value && !trigger->never)
			remark("--on \"%s\" could not keep a window: in this run the figure never had "
			       "a value",
			       trigger->text);
	}
}

static void flight__fire(struct flight *flight, const char *name, __u64 now)
{
	flight->fired = true;
	flight->until_ns = now + flight->config.after_ns;
	snprintf(flight->name, sizeof(flight->name), "%s", name);
	if (!flight->config.quiet)
		remark("keeping the window because of %s", flight->reason);
}

static bool flight__was_asked(const struct flight *flight)
{
	struct signalfd_siginfo info;
	bool asked = false;

	while (flight->signals >= 0 && read(flight->signals, &info, sizeof(info)) == sizeof(info))
		asked = true;
	return asked;
}

void flight__look(struct flight *flight, const struct model *model, __u64 now)
{
	bool busy = flight->fired || flight->child;
	char reason[sizeof(flight->reason)];
	size_t i;

	for (i = 0; i < flight->config.trigger_count; i++) {
		struct trigger *trigger = &flight->config.triggers[i];

		if (!trigger__look(trigger, model, now, reason, sizeof(reason)) || busy)
			continue;
		busy = true;
		memcpy(flight->reason, reason, sizeof(reason));
		flight__fire(flight, trigger->name, now);
	}
}

static void flight__fire_for(struct flight *flight, const char *reason, const char *name, __u64 now)
{
	snprintf(flight->reason, sizeof(flight->reason), "%s", reason);
	flight__fire(flight, name, now);
}

/* Who rang is told what comes of it. */
static bool flight__answer_bell(struct flight *flight, __u64 now)
{
	const struct flight_bell *bell = flight->bell;
	char text[sizeof(flight->reason) + 128];

	if (!bell || !bell->has_rung(bell->context))
		return false;
	if (flight->fired || flight->child) {
		snprintf(text, sizeof(text), "The window is being kept already, because of %s.\n",
			 flight->reason);
		bell->answer(bell->context, false, text);
		return false;
	}
	if (!flight__has_room(flight)) {
		bell->answer(bell->context, false,
			     "The window is not kept: there are as many recordings as --max-kept "
			     "allows.\n");
		return false;
	}
	flight__fire_for(flight, "an HTTP request", "http", now);
	snprintf(text, sizeof(text),
		 "The window is kept as http-TIME.tasktoll, with what follows in the next %s.\n",
		 number__duration(flight->config.after_ns).text);
	bell->answer(bell->context, true, text);
	return true;
}

bool flight__hear(struct flight *flight, __u64 now)
{
	bool asked = flight__was_asked(flight), fires = flight__answer_bell(flight, now);

	if (!asked || fires || flight->fired || flight->child)
		return fires;
	flight__fire_for(flight, "SIGUSR1", "sigusr1", now);
	return true;
}
