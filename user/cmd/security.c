/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/security.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/invoker.h"
#include "core/process_facts.h"
#include "callstack/broker.h"
#include "store/witness.h"

enum role {
	ROLE_COUNTS,
	ROLE_STARTS_OTHERS,
	ROLE_BROKER,
	ROLE_OPENER,
	ROLE_HELPER,
	ROLE_END,
	ROLES
};

static const struct {
	const char *name, *does;
} roles[ROLES] = {
	[ROLE_COUNTS] = { "tasktoll", "counts and writes, once its run has begun" },
	[ROLE_STARTS_OTHERS] = { "tasktoll --exec", "the same, and starts commands for the user" },
	[ROLE_BROKER] = { "broker", "starts the others; keeps the right to become a user" },
	[ROLE_OPENER] = { "opener", "opens files that a user can name; one for each user" },
	[ROLE_HELPER] = { "helper", "reads those files: unwinds and names" },
	[ROLE_END] = { "end", "notes in a recording when its recorder ended" },
};

struct security {
	struct broker *broker;
	pid_t pids[ROLES];
	struct process_facts facts[ROLES];
	bool known[ROLES];
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

static int security__read(struct security *security)
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

static void security__end(struct security *security)
{
	end_measuring(security->pids[ROLE_COUNTS]);
	end_measuring(security->pids[ROLE_STARTS_OTHERS]);
	broker__free(security->broker);
}

/* ---- what is printed ---- */

static json_t *json__capabilities(__u64 set)
{
	json_t *list = json_array();
	int cap;

	for (cap = 0; cap <= CAP_LAST_CAP; cap++) {
		char *name = set & 1ULL << cap ? cap_to_name(cap) : NULL;

		if (name)
			json_array_append_new(list, json_string(name));
		cap_free(name);
	}
	return list;
}

static json_t *json__spaces(const struct process_facts *facts)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < SPACES; i++) {
		if (facts->own[i])
			json_array_append_new(list, json_string(process_spaces[i]));
	}
	return list;
}

static json_t *json__role(const struct security *security, enum role role)
{
	const struct process_facts *facts = &security->facts[role];

	if (!security->known[role])
		return json_pack("{s:s, s:s, s:b}", "process", roles[role].name, "does",
				 roles[role].does, "running", false);
	return json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:o, s:o, s:b, s:b, s:o, s:I, s:I, s:b, "
			 "s:s}",
			 "process", roles[role].name, "does", roles[role].does, "running", true,
			 "uid", (json_int_t)facts->uid, "gid", (json_int_t)facts->gid, "groups",
			 (json_int_t)facts->groups, "capabilities",
			 json__capabilities(facts->effective), "capabilities_permitted",
			 json__capabilities(facts->permitted), "no_new_privs", facts->no_new_privs,
			 "seccomp", facts->filtered, "own_namespaces", json__spaces(facts), "files",
			 (json_int_t)facts->files, "environment_bytes",
			 (json_int_t)facts->environment, "dumpable", facts->dumpable, "root",
			 facts->root);
}

static void text__capabilities(FILE *out, __u64 set)
{
	const char *between = "";
	int cap;

	if (!set)
		fputs("none", out);
	for (cap = 0; cap <= CAP_LAST_CAP; cap++) {
		char *name = set & 1ULL << cap ? cap_to_name(cap) : NULL;

		if (name)
			fprintf(out, "%s%s", between, strncmp(name, "cap_", 4) ? name : name + 4);
		if (name)
			between = " ";
		cap_free(name);
	}
	fputc('\n', out);
}

static void text__role(FILE *out, const struct security *security, enum role role)
{
	const struct process_facts *facts = &security->facts[role];
	const char *between = "";
	int i;

	fprintf(out, "%s: %s\n", roles[role].name, roles[role].does);
	if (!security->known[role]) {
		fputs("  not running\n", out);
		return;
	}
	fprintf(out, "  user            %u, group %u, %u other groups\n", facts->uid, facts->gid,
		facts->groups);
	fputs("  capabilities    ", out);
	text__capabilities(out, facts->effective);
	if (facts->permitted != facts->effective) {
		fputs("  raised on need  ", out);
		text__capabilities(out, facts->permitted & ~facts->effective);
	}
	fprintf(out, "  system calls    %s; no_new_privs %s\n",
		facts->filtered ? "filtered (seccomp)" : "all", facts->no_new_privs ? "yes" : "no");
	fputs("  own namespaces  ", out);
	for (i = 0; i < SPACES; i++) {
		if (facts->own[i]) {
			fprintf(out, "%s%s", between, process_spaces[i]);
			between = " ";
		}
	}
	fprintf(out, "%s\n", *between ? "" : "none");
	fprintf(out, "  environment     %zu bytes; %zu open files; root %s\n", facts->environment,
		facts->files, *facts->root ? facts->root : "?");
}

static void security__print_text(FILE *out, const void *context)
{
	int i;

	for (i = 0; i < ROLES; i++)
		text__role(out, context, i);
}

static json_t *security__json(const void *context)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < ROLES; i++)
		json_array_append_new(list, json__role(context, i));
	return json_pack("{s:s, s:o}", "schema", "tasktoll.security/1", "processes", list);
}

int security__print(FILE *out, const struct view *view, const struct view_options *options,
		    struct failure *failure)
{
	struct security security = { 0 };
	const struct facts facts = { security__print_text, security__json, &security };
	int err = security__read(&security);

	if (err)
		return failure__set(failure, err, NULL, NULL,
				    "cannot start the processes of a run");
	view->write_facts(out, &facts, options);
	security__end(&security);
	return 0;
}
