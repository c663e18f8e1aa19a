/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/security.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/invoker.h"
#include "store/witness.h"

const struct role_info security_roles[ROLES] = {
	[ROLE_COUNTS] = { "tasktoll", "counts and writes, once its run has begun" },
	[ROLE_STARTS_OTHERS] = { "tasktoll --exec", "the same, and starts commands for the user" },
	[ROLE_BROKER] = { "broker", "starts the others; keeps the right to become a user" },
	[ROLE_OPENER] = { "opener", "opens files that a user can name; one for each user" },
	[ROLE_HELPER] = { "helper", "reads those files: unwinds and names" },
	[ROLE_END] = { "end", "notes in a recording when its recorder ended" },
};

/* ---- as in a run ---- */

/* The process that outlives a recorder, as the store starts it: of one that measures already. */
static void start_end(void)
{
	struct invoker invoker;

	invoker__read(&invoker);
	if (!invoker__enter(&invoker)) {
		witness__start("", "", &invoker);
		invoker__leave(&invoker);
	}
}

/* A child that has become what tasktoll is while it measures, and waits to be ended. */
static pid_t start_measuring(bool starts_others)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe(ready))
		return 0;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		privileges__drop(starts_others, true);
		if (!starts_others)
			start_end();
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) < 0)
		errno = 0; /* what it is by now is what is told */
	close(ready[0]);
	return pid > 0 ? pid : 0;
}

static void end_measuring(pid_t pid)
{
	if (!pid)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static pid_t child_of_recorder(pid_t recorder)
{
	pid_t child;

	return recorder && process__children(recorder, &child, 1) ? child : 0;
}

/* By what they call themselves: the helper is a child of the broker as the opener is. */
static void security__find_children(struct security *security)
{
	pid_t children[16];
	size_t count, i;

	count = process__children(security->pids[ROLE_BROKER], children, 16);
	for (i = 0; i < count; i++) {
		struct process_facts facts;

		if (process_facts__read(&facts, children[i]))
			continue;
		security->pids[strcmp(facts.name, "tasktoll-opener") ? ROLE_HELPER : ROLE_OPENER] =
			children[i];
	}
}

int security__read(struct security *security)
{
	struct owner nobody = { .known = true, .uid = 65534, .gid = 65534 };
	struct broker_file file = { .root = -1, .path = "/etc/passwd", .owner = &nobody };
	int helper, opened, i;

	security->broker = broker__new();
	if (!security->broker)
		return -ENOMEM;
	helper = broker__start_helper(security->broker);
	opened = broker__open(security->broker, &file);
	security->pids[ROLE_COUNTS] = start_measuring(false);
	security->pids[ROLE_STARTS_OTHERS] = start_measuring(true);
	usleep(50000); /* that the helper needs to give all up */
	security->pids[ROLE_BROKER] = broker__pid(security->broker);
	security__find_children(security);
	security->pids[ROLE_END] = child_of_recorder(security->pids[ROLE_COUNTS]);
	for (i = 0; i < ROLES; i++)
		security->known[i] = security->pids[i] &&
				     !process_facts__read(&security->facts[i], security->pids[i]);
	if (helper >= 0)
		close(helper);
	if (opened >= 0)
		close(opened);
	return 0;
}

void security__end(struct security *security)
{
	end_measuring(security->pids[ROLE_COUNTS]);
	end_measuring(security->pids[ROLE_STARTS_OTHERS]);
	broker__free(security->broker);
}
