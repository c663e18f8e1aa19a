/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "js.h"
#include "tt.h"
#include "watch.h"

static void args_of(const char *all[TT_MAX_ARGS], const char *file, const char *const args[])
{
	static const char *const first[] = { "crash", "--format", "json", "-o" };
	size_t n = 0;

	for (; n < sizeof(first) / sizeof(first[0]); n++)
		all[n] = first[n];
	all[n++] = file;
	for (; *args; args++) {
		cr_assert_lt(n, TT_MAX_ARGS - 1);
		all[n++] = *args;
	}
	all[n] = NULL;
}

void watch__start(struct watch *watch, const char *const args[])
{
	const char *all[TT_MAX_ARGS];
	char *remark;

	snprintf(watch->file, sizeof(watch->file), "%s", tt__temp("crashes"));
	args_of(all, watch->file, args);
	tt__start(&watch->proc, all, NULL);
	remark = proc__remark(&watch->proc, 0);
	cr_assert(remark && strstr(remark, "watching"), "it says: %s", remark);
	free(remark);
}

void watch__start_below_us(struct watch *watch, const char *window)
{
	char self[16];

	snprintf(self, sizeof(self), "%d", getpid());
	watch__start(watch, ARGS("--window", window, "-p", self));
}

static size_t lines_of(const char *file)
{
	char *text = file__read(file), *at = text;
	size_t lines = 0;

	while (at && (at = strchr(at, '\n'))) {
		lines++;
		at++;
	}
	free(text);
	return lines;
}

void watch__wait(const struct watch *watch, size_t crashes)
{
	int waited;

	for (waited = 0; waited < PROC_TIMEOUT_MS && lines_of(watch->file) < crashes; waited += 10)
		usleep(10000);
	cr_expect_geq(lines_of(watch->file), crashes, "it told of %zu of %zu",
		      lines_of(watch->file), crashes);
}

static json_t *crashes_in(const char *file)
{
	char *text = file__read(file);
	json_t *crashes = js__parse_lines(text ? text : "");

	free(text);
	return crashes;
}

json_t *watch__stop(struct watch *watch, int status)
{
	struct run run;

	proc__signal(&watch->proc, SIGINT);
	proc__finish(&watch->proc, &run);
	cr_expect_eq(run.status, status, "status %d: %s", run.status, run.err);
	run__free(&run);
	return crashes_in(watch->file);
}

json_t *watch__program(const char *const args[], int status)
{
	const char *all[TT_MAX_ARGS], *file = tt__temp("crashes");
	struct run run;

	args_of(all, file, args);
	tt__run(&run, all, NULL);
	cr_expect_eq(run.status, status, "status %d: %s", run.status, run.err);
	run__free(&run);
	return crashes_in(file);
}

json_t *watch__crash(json_t *crashes, pid_t pid)
{
	cr_expect_eq(js__count(crashes, "pid", (uint64_t)pid), 1, "%zu crashes of %d",
		     js__count(crashes, "pid", (uint64_t)pid), pid);
	return js__one(crashes, "pid", (uint64_t)pid);
}

json_t *victim_of(json_t *crash, pid_t tid)
{
	json_t *victim;
	size_t i;

	json_array_foreach(js__at(crash, "victims"), i, victim) {
		if (js__pid(victim, "tid") == tid)
			return victim;
	}
	return NULL;
}

size_t crash__ring(json_t *crash, int ring)
{
	return js__count(js__at(crash, "victims"), "ring", (uint64_t)ring);
}

void crash__expect(json_t *crash, pid_t tid, int ring, const char *how, const char *outcome)
{
	json_t *victim = victim_of(crash, tid);
	char *text;

	if (!victim) {
		text = json_dumps(crash, JSON_COMPACT);
		cr_expect(false, "%d (%s, %s) is no victim in %s", tid, how, outcome, text);
		free(text);
		return;
	}
	text = json_dumps(victim, JSON_COMPACT);
	cr_expect_eq(js__u64(victim, "ring"), (uint64_t)ring, "not ring %d: %s", ring, text);
	cr_expect_str_eq(js__str(victim, "how"), how, "not %s: %s", how, text);
	cr_expect_str_eq(js__str(victim, "outcome"), outcome, "not %s: %s", outcome, text);
	free(text);
}
