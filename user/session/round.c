/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/round.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "session/counting.h"
#include "session/interpreter_lock.h"
#include "session/memory_sampler.h"
#include "model/switching/summary.h"

/* Into the run: by then even a program that ends soon has its memory. */
#define FIRST_LOOK_NS 10000000ULL
/* All records are read at the first look, and twice as late each time, up to this. */
#define READ_AT_LEAST_NS 1000000000ULL

/* ---- in the process of its own ---- */

static __u64 own_cpu_ns(const struct counting *counting)
{
	return clock__read(CLOCK_PROCESS_CPUTIME_ID) +
	       symbolization__cpu_ns(counting->names.symbolization);
}

/*
 * The first look reads all records: the program itself was not created by one of the target.
 * Later ones find the threads that an interpreter has started since.
 */
static int round__follow(struct counting *counting, struct memory_sampler *sampler,
			 struct lock_sampler *locks, struct failure *failure)
{
	__u64 turn = FIRST_LOOK_NS, keep_up = clock__monotonic() + turn, missed, now;
	int err = 0;

	sampler->next_ns = locks->next_ns = keep_up;
	while (!err) {
		__u64 next = clock__earlier(sampler->next_ns, locks->next_ns);

		if (run__wait(&counting->run, clock__earlier(next, keep_up)))
			break;
		now = clock__monotonic();
		if (now >= keep_up) {
			err = trace__read(counting->run.trace, &missed, failure);
			keep_up = now + turn;
			turn = turn < READ_AT_LEAST_NS / 2 ? 2 * turn : READ_AT_LEAST_NS;
		}
		memory_sampler__poll(sampler, counting->model);
		lock_sampler__poll(locks, counting->model);
	}
	return err;
}

/* From its creation to its end, as the kernel has it; 0: its end was not seen. */
static __u64 program__life_ns(const struct counting *counting)
{
	const struct process *process = counting->model->processes;

	for (; process; process = process->hh.next) {
		if (process->key.pid == (__u32)counting->run.child.pid && process->end)
			return process->end->life_ns;
	}
	return 0;
}

static int round__sum_up(struct round *round, struct counting *counting, __u64 own_ns,
			 struct failure *failure)
{
	struct summary summary;
	__u64 now;
	int err = counting__read(counting, &summary, &now, failure);

	if (err)
		return err;
	err = model__close(counting->model, now);
	if (!err)
		err = summary__take(&summary, counting->model, NULL);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up what was seen");
	shape__take(&round->shape, &summary, own_ns);
	shape__take_wakes(&round->shape, &summary, counting->wakes);
	memcpy(round->host, summary.host, sizeof(round->host));
	memcpy(round->kernel, summary.kernel, sizeof(round->kernel));
	summary__release(&summary);
	return 0;
}

static int round__count(struct round *round, struct counting *counting, struct settings *settings,
			struct failure *failure)
{
	struct memory_sampler sampler = { 0 };
	struct lock_sampler locks = { 0 };
	__u64 own, began, life_ns;
	int err = counting__begin(counting, settings, true, NULL, failure);

	if (err)
		return err;
	own = own_cpu_ns(counting);
	began = clock__monotonic();
	err = round__follow(counting, &sampler, &locks, failure);
	life_ns = clock__monotonic() - began;
	if (!err)
		err = run__stop(&counting->run, failure);
	own = own_cpu_ns(counting) - own;
	if (!err)
		err = round__sum_up(round, counting, own, failure);
	if (err)
		return err;
	round->stopped = halt__signal(counting->run.halt);
	round->shape.memory = sampler.most;
	lock_sampler__tell(&locks, &round->shape.serial);
	round->shape.elapsed_ns = program__life_ns(counting);
	if (!round->shape.elapsed_ns)
		round->shape.elapsed_ns = life_ns;
	return 0;
}

static void round__work(struct round *round, const struct settings *given)
{
	struct wakes wakes = { 0 };
	struct counting counting = { .wakes = &wakes };
	struct settings settings = *given;

	settings.writes = false; /* the file is not written here */
	round->error = round__count(round, &counting, &settings, &round->failure);
	round->shape.status = counting__status(&counting, round->error, false);
	round->shape.failed = round->shape.status != 0;
	counting__end(&counting);
	wakes__clear(&wakes);
}

/* ---- in the process that asks ---- */

static bool write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* A signal that ends us is passed on, once: the round ends its program then. */
static bool read_all(int fd, void *bytes, size_t size, pid_t child, const struct halt *halt)
{
	struct pollfd wait[] = { { .fd = fd, .events = POLLIN },
				 { .fd = halt__fd(halt), .events = POLLIN } };
	char *at = bytes;

	while (size) {
		ssize_t n;

		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			return false;
		if (wait[1].fd >= 0 && halt__signal(halt)) {
			kill(child,
			     halt__signal(halt)); /* the same: two different ones end it at once */
			wait[1].fd = -1;
		}
		if (!wait[0].revents)
			continue;
		n = read(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static void round__child(const struct settings *settings, const struct halt *halt, int fd,
			 pid_t parent)
{
	struct round round = { 0 };

	halt__restore(halt);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	round__work(&round, settings);
	_exit(!write_all(fd, &round, sizeof(round)));
}

int round__run(struct round *ret_round, const struct settings *settings, const struct halt *halt,
	       struct failure *failure)
{
	pid_t child, parent = getpid();
	struct round round;
	int fds[2];
	bool whole;

	if (pipe2(fds, O_CLOEXEC))
		return failure__set(failure, -errno, NULL, NULL, "cannot begin a round");
	fflush(NULL);
	child = fork();
	if (!child) {
		close(fds[0]);
		round__child(settings, halt, fds[1], parent);
	}
	close(fds[1]);
	whole = child > 0 && read_all(fds[0], &round, sizeof(round), child, halt);
	close(fds[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (!whole)
		return failure__set(failure, -ECHILD, "its process ended before it was over",
				    "run it again", "cannot count %s", settings->program[0]);
	if (round.error) {
		*failure = round.failure;
		return round.error;
	}
	*ret_round = round;
	return 0;
}
