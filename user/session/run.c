/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/process_facts.h"
#include "core/remark.h"
#include "core/clock.h"
#include "session/announce.h"

/* How often final records are fetched and samples of our own cost begin and end. */
#define TICK_NS 100000000ULL

/* ---- waiting ---- */

int run__watch(struct run *run, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int run__open_waits(struct run *run)
{
	int err = halt__begin(&run->halt), i;

	if (err)
		return err;
	trace__heed(run->trace, run->halt);
	run->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run->timer < 0 || run->epoll < 0)
		return -errno;
	err = run__watch(run, halt__fd(run->halt));
	if (!err)
		err = run__watch(run, run->timer);
	for (i = 0; i < TRACE_FDS && !err; i++)
		err = trace__fd(run->trace, i) < 0 ? 0 : run__watch(run, trace__fd(run->trace, i));
	return err;
}

static void run__set_timer(struct run *run, __u64 until)
{
	__u64 at = clock__to_own(until);
	struct itimerspec when = { .it_value = { .tv_sec = (time_t)(at / 1000000000ULL),
						 .tv_nsec = (long)(at % 1000000000ULL) } };

	timerfd_settime(run->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Has the program ended?  It is not ours to kill once it is reaped. */
static void run__reap(struct run *run)
{
	if (!child__has_ended(&run->child))
		return;
	halt__let_go(run->halt, run->child.pid);
	child__reap(&run->child);
}

/* Has everything ended that the run was about? */
static bool run__is_over(struct run *run)
{
	enum target_mode mode = run->settings->target.mode;
	__u64 records = trace__records(run->trace);

	if (records > run->most_records)
		run->most_records = records;
	if (halt__signal(run->halt))
		return true;
	if (run->child.pid) {
		run__reap(run);
		return run->child.ended;
	}
	return (mode == TARGET_PID || mode == TARGET_TID) && !records;
}

/* What there is no room for is not waited for: it is there, and would wake us for ever. */
static enum run_next run__poll(struct run *run)
{
	bool left = trace__poll(run->trace) > 0;
	struct epoll_event event = { .events = left ? 0 : EPOLLIN };
	enum run_next next;

	event.data.fd = trace__stacks_fd(run->trace);
	if (left != run->stacks_left &&
	    !epoll_ctl(run->epoll, EPOLL_CTL_MOD, event.data.fd, &event))
		run->stacks_left = left;
	next = run->tick ? run->tick(run->tick_context) : RUN_SLEEPS;
	return next == RUN_SLEEPS && trace__has_more(run->trace) ? RUN_GOES_ON : next;
}

/* One turn: passes on what has come in, and sleeps until there is more or it is time. */
static void run__turn(struct run *run, __u64 now, __u64 until)
{
	struct epoll_event events[4 + TRACE_FDS];
	__u64 next = now + TICK_NS, byte;
	int n, i;

	run__set_timer(run, until && until < next ? until : next);
	n = epoll_wait(run->epoll, events, 4 + TRACE_FDS, -1);
	for (i = 0; i < n; i++) {
		if (events[i].data.fd == run->timer)
			(void)!read(run->timer, &byte, sizeof(byte));
	}
}

bool run__wait(struct run *run, __u64 until)
{
	while (!halt__signal(run->halt)) {
		__u64 now = clock__monotonic();
		enum run_next next;

		toll__tick(&run->toll, run->trace, now);
		next = run__poll(run);
		if (run__is_over(run))
			return true;
		if (next == RUN_RETURNS || (until && now >= until))
			return false;
		if (next == RUN_SLEEPS)
			run__turn(run, now, until);
	}
	return true;
}

void run__linger(struct run *run, __u64 until)
{
	__u64 now = clock__monotonic();

	/* the program's end has been seen: its descriptor would wake us for ever */
	if (run->child.pidfd >= 0)
		epoll_ctl(run->epoll, EPOLL_CTL_DEL, run->child.pidfd, NULL);
	while (!halt__signal(run->halt) && now < until) {
		run__poll(run);
		run__turn(run, now, until);
		now = clock__monotonic();
	}
	run__poll(run);
}

bool run__drain(struct run *run, int fd, bool (*is_done)(void *context), void *context,
		const struct run_limits *limits)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	__u64 end = clock__monotonic() + limits->ns;

	for (;;) {
		bool left = trace__poll(run->trace) > 0, more = trace__has_more(run->trace);
		enum run_next next = run->tick ? run->tick(run->tick_context) : RUN_SLEEPS;

		if (!left && !more && is_done(context))
			return true;
		if (clock__monotonic() > end || halt__is_due(run->halt, limits->halt_ns))
			return false;
		if (next != RUN_GOES_ON && !more)
			poll(&wait, 1, 5);
	}
}

/* ---- begin and end ---- */

/* Whatever we fork now is traced from its very first switch. */
static void run__forking(void *context, bool now)
{
	struct run *run = context;

	if (!now && run->child.pid)
		halt__take_along(run->halt, run->child.pid);
	trace__set_launcher(run->trace, now ? (__u32)getpid() : 0);
}

static int run__start_program(struct run *run, struct failure *failure)
{
	char **program = run->settings->program;
	struct invoker as = { 0 };
	int err;

	if (!run->settings->as_root)
		invoker__read(&as);
	err = child__start(&run->child, program, &as, run->halt, run__forking, run);
	run->start_error = err;
	if (!err && run->child.pidfd >= 0)
		err = run__watch(run, run->child.pidfd);
	if (err)
		return failure__set(failure, err, NULL, "check its name and that it is executable",
				    "cannot start %s", program[0]);
	return 0;
}

/* None of the processes or threads that are named is traced. */
static int target__has_none(const struct settings *settings, struct failure *failure)
{
	const struct trace_target *target = &settings->target;
	struct process_facts facts;
	size_t i;

	for (i = 0; i < target->id_count; i++) {
		if (!process_facts__read(&facts, (pid_t)target->ids[i]) && !facts.ended)
			return failure__set(failure, -ESRCH,
					    "it lives, and this kernel does not show it to BPF "
					    "programs",
					    "trace processes that it has started",
					    "cannot trace %s", settings->target_text);
	}
	return failure__set(failure, -ESRCH, "it ended before it could be traced",
			    "trace it from its start with: -- program", "cannot trace %s",
			    settings->target_text);
}

static int run__seed(struct run *run, struct failure *failure)
{
	const struct trace_target *target = &run->settings->target;
	__u64 records;
	int err = trace__seed(run->trace, &records, failure);

	if (err)
		return err;
	run->most_records = records;
	if (!records && (target->mode == TARGET_PID || target->mode == TARGET_TID))
		return target__has_none(run->settings, failure);
	if (!records && !run->settings->duration_ns && !run->settings->quiet)
		remark("nothing matches %s yet; waiting for it", run->settings->target_text);
	return 0;
}

/* What sleeps now has a stack, and what leads to it is known when counting begins. */
static int run__take_asleep(struct run *run, const struct run_wants *wants, struct failure *failure)
{
	if (!wants->stacks || run->settings->program)
		return 0;
	run->asleep_untold = !trace__take_asleep(run->trace);
	return wants->ready ? wants->ready(wants->ready_context, failure) : 0;
}

int run__begin(struct run *run, const struct settings *settings, const struct run_wants *wants,
	       const struct trace_sink *sink, struct failure *failure)
{
	struct trace_config config = { .target = settings->target,
				       .btf = settings->btf,
				       .force = settings->force,
				       .use = wants->use,
				       .all = settings->all,
				       .window_ns = settings->window_ns,
				       .outsiders = !(wants->use & USE_SWITCHES),
				       .stacks = wants->stacks,
				       .pythons = wants->pythons,
				       .price = settings->price,
				       .wakes = wants->wakes,
				       .timeline_bytes = wants->timeline_bytes,
				       .entries = wants->entries,
				       .verbose = settings->verbose };
	int err;

	memset(run, 0, sizeof(*run));
	run->settings = settings;
	run->epoll = run->timer = run->child.pidfd = -1;
	toll__begin(&run->toll);
	err = trace__open(&run->trace, &config, sink, failure);
	if (err)
		return err;
	err = run__open_waits(run);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot wait for events");
	if (!settings->program)
		err = run__seed(run, failure);
	if (!err && wants->use & USE_LIFECYCLE)
		err = trace__census(run->trace, failure);
	if (!err)
		err = run__take_asleep(run, wants, failure);
	if (!err)
		announce__begin(settings);
	if (!err)
		err = trace__start(run->trace, &run->start_ns, failure);
	if (err)
		return err;
	run->start_realtime_ns = clock__realtime();
	toll__tick(&run->toll, run->trace, run->start_ns);
	if (settings->program)
		err = run__start_program(run, failure);
	privileges__drop(settings->starts_others, wants->writes || settings->writes);
	return err;
}

int run__stop(struct run *run, struct failure *failure)
{
	if (run->stopped)
		return 0;
	run->stopped = true;
	toll__end(&run->toll, run->trace, clock__monotonic());
	/*
	 * The program's last thread may still have its last switch before it
	 * when wait() has already told us of its end.
	 */
	if (run->child.ended) {
		__u64 deadline = clock__monotonic() + 50000000ULL;

		while (trace__records(run->trace) && clock__monotonic() < deadline)
			usleep(200);
	}
	return trace__stop(run->trace, &run->stop_ns, failure);
}

/* Until the program or a signal has ended the run. */
static void run__await_program(struct run *run)
{
	struct pollfd wait[] = { { .fd = run->child.pidfd, .events = POLLIN },
				 { .fd = halt__fd(run->halt), .events = POLLIN } };

	run__reap(run);
	while (!run->child.ended && !halt__signal(run->halt)) {
		poll(wait, 2, -1);
		run__reap(run);
	}
}

int run__finish_program(struct run *run)
{
	if (!run->child.pid)
		return -1;
	run__await_program(run);
	if (!run->child.ended)
		kill(run->child.pid, SIGTERM);
	while (!run->child.ended) { /* a second signal would end us both */
		child__await(&run->child);
		run__reap(run);
	}
	return run->child.status;
}

void run__end(struct run *run)
{
	int fds[] = { run->epoll, run->timer, run->child.pidfd };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	trace__close(run->trace);
	run->trace = NULL;
	halt__end(run->halt); /* last: what else ends here can be waited for, too */
	run->halt = NULL;
}
