/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run from its first moment to its last, for every command that traces:
 * open the trace, seed, count, start the program, wait, stop.
 */
#ifndef SESSION_RUN_H
#define SESSION_RUN_H

#include "session/settings.h"
#include "core/child.h"
#include "core/halt.h"
#include "trace/toll.h"
#include "trace/trace.h"

/* What a tick wants. */
enum run_next {
	RUN_SLEEPS,  /* until more comes in */
	RUN_GOES_ON, /* to be called again, after a look at what has come in */
	RUN_RETURNS  /* from run__wait() */
};

struct run {
	const struct settings *settings;
	struct trace *trace;
	struct toll toll;
	struct child child;
	struct halt *halt; /* signals that ask us to end */
	int epoll, timer;
	bool stacks_left; /* of culprits, for want of room: nobody waits for more */
	int start_error;  /* negative errno, if the program could not be executed */
	bool stopped;
	__u64 start_ns, stop_ns; /* CLOCK_MONOTONIC */
	__u64 start_realtime_ns;
	bool asleep_untold; /* stacks of tasks that slept when it began, or some of them */
	__u64 most_records; /* that were alive at once: 0 if nothing ever matched */
	/* At each turn of waiting; NULL.  To be set after the begin. */
	enum run_next (*tick)(void *context);
	void *tick_context;
};

/* What is traced, apart from whom. */
struct run_wants {
	enum use use;
	bool stacks;
	bool pythons;		/* stacks have the frames of Python programs */
	bool wakes;		/* who wakes whom */
	__u64 timeline_bytes;	/* each interval on a CPU; see struct trace_config */
	bool writes;		/* files are yet to be made, as the invoker */
	struct entries entries; /* with stacks */
	/* Once the tasks that sleep have told their stacks, and before counting begins; NULL. */
	int (*ready)(void *context, struct failure *failure);
	void *ready_context;
};

/*
 * Until counting has begun.  Returns 0 or a negative
 * errno; run__end() is due either way.
 */
int run__begin(struct run *run, const struct settings *settings, const struct run_wants *wants,
	       const struct trace_sink *sink, struct failure *failure);

/*
 * Waits until `until` (CLOCK_MONOTONIC ns; 0: for ever), or until the tick wants to return,
 * and meanwhile passes final records on.  Returns true when the run is over: the program or the
 * target ended, or a signal asked for it.
 */
bool run__wait(struct run *run, __u64 until);

/* Waits until `until` or a signal, though the target has ended. */
void run__linger(struct run *run, __u64 until);

struct run_limits {
	__u64 ns;      /* that it may take, and */
	__u64 halt_ns; /* after a signal */
};

/*
 * The run is over: turns go on, also when fd is readable, until nothing is left to be read and
 * is_done says so.  False: there was no time for that.
 */
bool run__drain(struct run *run, int fd, bool (*is_done)(void *context), void *context,
		const struct run_limits *limits);

/* Waiting ends when this is readable, too; the tick deals with it. */
int run__watch(struct run *run, int fd);

/* Counting stops.  Returns 0 or a negative errno. */
int run__stop(struct run *run, struct failure *failure);

/*
 * Waits for the program that was started, if there is one, and asks it to end once a signal
 * has asked us to: its exit status, or -1.
 */
int run__finish_program(struct run *run);

void run__end(struct run *run);

#endif
