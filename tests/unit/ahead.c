/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of programs that are opened while those live: of whom, and when. */
#include "callstack/ahead.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "callstack/dso_private.h"
#include "callstack/symbolization_private.h"
#include "core/clock.h"
#include "unit.h"

static struct symbolization *session;
static struct ahead *ahead;

static void begin(void)
{
	struct symbolization_config config = { 0 };
	struct failure failure = { 0 };

	cr_assert_eq(symbolization__open(&session, &config, &failure), 0, "%s", failure.text);
	ahead = ahead__new();
	cr_assert_not_null(ahead);
}

static void end(void)
{
	ahead__free(ahead);
	symbolization__close(session);
}

TestSuite(ahead, .init = begin, .fini = end);

static void see_of(enum lifecycle_type type, __u32 flags)
{
	struct lifecycle_event event = {
		.type = type,
		.task_id = { .tid = (__u32)getpid(), .tgid = (__u32)getpid(), .flags = flags }
	};

	ahead__see(ahead, session->files, &event);
}

static void see(enum lifecycle_type type)
{
	see_of(type, TASK_ID_TRACED);
}

/* How many of our own files there are by then. */
static __u32 opened(void)
{
	ahead__open(ahead, session->files, clock__monotonic());
	return dso_cache__count(session->files);
}

/* A turn takes a few milliseconds at most: where others run, it may take several. */
static bool are_opened(void)
{
	int i;

	for (i = 0; i < 100 && opened() < 2; i++) /* ourselves and the library */
		usleep(25000);
	return dso_cache__count(session->files) > 1;
}

Test(ahead, programs_of_the_target)
{
	SAME(opened(), 0);
	see(LIFECYCLE_EXEC);
	SAME(dso_cache__count(session->files), 0); /* not at once */
	cr_expect(are_opened());
	SAME(session->files->open_count, dso_cache__count(session->files));
}

Test(ahead, programs_that_were_there_before)
{
	see(LIFECYCLE_CENSUS);
	cr_expect(are_opened());
}

Test(ahead, nobody_else)
{
	see_of(LIFECYCLE_EXEC, 0);
	see_of(LIFECYCLE_EXEC, TASK_ID_TRACED | TASK_ID_KTHREAD);
	see(LIFECYCLE_SPAWN);
	SAME(opened(), 0);
}

Test(ahead, one_that_has_ended_is_not_looked_at)
{
	see(LIFECYCLE_EXEC);
	see(LIFECYCLE_END);
	see(LIFECYCLE_END); /* once more is no harm */
	SAME(opened(), 0);
	ahead__again(ahead);
	SAME(opened(), 0);
}

/* It is about to end: perhaps there is still time. */
Test(ahead, one_that_dies_is_looked_at_at_once)
{
	see(LIFECYCLE_FATAL);
	SAME(dso_cache__count(session->files), 0); /* nobody knows it */
	see(LIFECYCLE_EXEC);
	see(LIFECYCLE_FATAL);
	cr_expect_gt(dso_cache__count(session->files), 1);
}

static void exec_of(pid_t pid, __u32 flags)
{
	struct lifecycle_event event = {
		.type = LIFECYCLE_EXEC,
		.exec.vanishes = 1,
		.task_id = { .tid = (__u32)pid, .tgid = (__u32)pid, .flags = flags }
	};

	ahead__see(ahead, session->files, &event);
}

static void exec_what_vanishes(__u32 flags)
{
	exec_of(getpid(), flags);
}

/* Only its own file: who is to open many has to wait for its turn. */
Test(ahead, one_that_may_vanish_is_opened_at_once)
{
	exec_what_vanishes(0);
	exec_what_vanishes(TASK_ID_TRACED | TASK_ID_KTHREAD);
	SAME(dso_cache__count(session->files), 0);
	exec_what_vanishes(TASK_ID_TRACED);
	SAME(dso_cache__count(session->files), 1);
	SAME(session->files->open_count, 1);
	exec_what_vanishes(TASK_ID_TRACED);
	SAME(dso_cache__count(session->files), 1);
	cr_expect(are_opened()); /* the others are still due */
}

/* A program that is not ours, and waits. */
static pid_t start_another(void)
{
	pid_t pid = fork();
	char exe[64], path[64] = "";

	if (!pid) {
		execlp("sleep", "sleep", "600", NULL);
		_exit(1);
	}
	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	while (readlink(exe, path, sizeof(path) - 1) > 0 && !strstr(path, "sleep") &&
	       !strstr(path, "coreutils") && !strstr(path, "busybox"))
		usleep(1000);
	return pid;
}

/* Those that vanish may take so much time, and then a part of it: one more waits, and is opened then. */
Test(ahead, one_behind_many_that_may_vanish_is_opened_in_the_end)
{
	pid_t other = start_another();
	int i;

	for (i = 0; i < 100000; i++)
		exec_what_vanishes(TASK_ID_TRACED);
	SAME(dso_cache__count(session->files), 1);
	for (i = 0; i < 100 && dso_cache__count(session->files) == 1; i++) {
		usleep(50000);
		exec_of(other, TASK_ID_TRACED);
	}
	SAME(dso_cache__count(session->files), 2);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

Test(ahead, one_whose_thread_ends_alone_too)
{
	see(LIFECYCLE_EXEC);
	see(LIFECYCLE_ALONE);
	cr_expect_gt(dso_cache__count(session->files), 1);
}

/* What has been looked at once needs no hurry. */
Test(ahead, looks_are_not_repeated)
{
	struct dso_cache *files = session->files;

	see(LIFECYCLE_EXEC);
	cr_expect(are_opened());
	session->files = dso_cache__new(session->profile, session->symbolizer, false);
	see(LIFECYCLE_FATAL);
	SAME(opened(), 0); /* nor is it due */
	ahead__again(ahead);
	cr_expect(are_opened());
	dso_cache__free(session->files);
	session->files = files;
}

Test(ahead, no_more_than_a_half_of_what_may_be_open)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ahead__free(ahead);
	limit.rlim_cur = 3;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ahead = ahead__new();
	limit.rlim_cur = limit.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	dso_cache__number(session->files, &(struct process_map){ .start = 1, .end = 2, .path = "" },
			  1);
	see(LIFECYCLE_EXEC);
	SAME(opened(), 1);
}
