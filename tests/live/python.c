/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Python programs: threads that wait for a lock, a socket, a subprocess, the GIL, and asleep in
 * nested, recursive, generated, awaited and called-back functions stand on the functions, files
 * and lines that the interpreter itself says.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/stacks.h"
#include "../lib/tt.h"

#define FUTEX	  ";futex_wait_[k]"
#define CHAINS	  9
#define LEAST	  10 /* waits of each in two seconds, for most of which it sleeps 10 ms */
#define FRAME_MAX 512
#define CHAIN_MAX 16384

TestSuite(python, .init = tt__require_live, .fini = tt__cleanup, .timeout = 240);

/* The tokens that are functions of a source file, ";" between them. */
static void python_frames(char *to, const char *line, size_t length)
{
	const char *end = line + length, *token = line;

	*to = 0;
	while (token < end) {
		const char *next = memchr(token, ';', (size_t)(end - token));
		size_t size = (size_t)((next ? next : end) - token);

		if (memmem(token, size, ".py:", 4)) {
			cr_assert_lt(strlen(to) + size + 2, CHAIN_MAX);
			if (*to)
				strcat(to, ";");
			strncat(to, token, size);
		}
		token = next ? next + 1 : end;
	}
}

static bool sleeps(const char *line, size_t length)
{
	static const char *const in[] = { ";do_nanosleep_[k]", FUTEX,
					  ";unix_stream_read_generic_[k]" };
	size_t i;

	for (i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		if (memmem(line, length, in[i], strlen(in[i])))
			return true;
	}
	return false;
}

/* Its own function: the one that no other thread has. */
static void first_own_frame(char *to, const char *chain)
{
	const char *at = strstr(chain, "(chains.py:");

	while (at > chain && at[-1] != ';')
		at--;
	snprintf(to, FRAME_MAX, "%.*s", (int)strcspn(at, ";"), at);
}

/* Sleeps of the thread of that chain: those on it, and those on another one. */
static void check_chain(const char *program, const char *folded, const char *chain)
{
	char own[FRAME_MAX], frames[CHAIN_MAX], other[CHAIN_MAX] = "";
	unsigned long right = 0, wrong = 0;
	const char *line;

	first_own_frame(own, chain);
	for (line = folded; *line; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n");
		const char *weight = memrchr(line, ' ', length);

		if (!weight || !memmem(line, length, own, strlen(own)) || !sleeps(line, length))
			continue;
		python_frames(frames, line, (size_t)(weight - line));
		if (!strcmp(frames, chain)) {
			right += strtoul(weight, NULL, 10);
		} else if (!memmem(line, length, FUTEX,
				   strlen(FUTEX))) { /* or the GIL, a line later */
			wrong += strtoul(weight, NULL, 10);
			strcpy(other, frames);
		}
	}
	cr_expect(right >= LEAST && !wrong, "%s: %lu waits on\n%s\nand %lu on others:\n%s", program,
		  right, chain, wrong, other);
}

static char *fold(const char *file)
{
	struct run run;

	tt__run(&run, ARGS("flame", file, "--metric", "switches", "-q"), NULL);
	tt__expect_success(&run);
	free(run.err);
	return run.out;
}

static char *record(const struct proc *program, const char *option)
{
	const char *file = tt__temp("python.tasktoll");
	struct run run;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", program->pid);
	tt__run(&run, ARGS("record", "-q", "--force", "-p", pid, "-d", "2", "-o", file, option),
		NULL);
	tt__expect_success(&run);
	run__free(&run);
	return fold(file);
}

static void start(struct proc *program, const char *python)
{
	proc__start(program, ARGS(python, "tests/workload/chains.py"),
		    &(struct proc_opts){ .want_stdin = true });
}

static bool is_there(const char *python)
{
	struct run run;
	bool there;

	run__do(&run, ARGS(python, "-c", "import sys; sys.exit(sys.version_info < (3, 9))"), NULL);
	there = !run.status;
	run__free(&run);
	return there;
}

Test(python, threads_wait_on_the_functions_that_the_interpreter_says)
{
	static const char *const pythons[] = { "/usr/bin/python3", "python3.9",	 "python3.10",
					       "python3.11",	   "python3.12", "python3.13" };
	size_t i, tested = 0;
	unsigned int n;

	for (i = 0; i < sizeof(pythons) / sizeof(pythons[0]); i++) {
		struct proc program;
		char *folded;

		if (!is_there(pythons[i]))
			continue;
		start(&program, pythons[i]);
		free(proc__line(&program, CHAINS)); /* "ready" */
		folded = record(&program, NULL);
		for (n = 0; n < CHAINS; n++) {
			char *chain = proc__line(&program, n);

			cr_assert_not_null(chain);
			check_chain(pythons[i], folded, chain);
			free(chain);
		}
		free(folded);
		proc__kill(&program);
		tested++;
	}
	if (!tested)
		cr_skip_test("python3 is not installed");
}

Test(python, native_frames_instead)
{
	struct proc program;
	char *folded;

	if (!is_there("/usr/bin/python3"))
		cr_skip_test("python3 is not installed");
	start(&program, "/usr/bin/python3");
	free(proc__line(&program, CHAINS));
	folded = record(&program, "--no-interpreter");
	cr_expect(strstr(folded, ";_PyEval_EvalFrameDefault;"));
	cr_expect_not(strstr(folded, ".py:"), "%s", folded);
	free(folded);
	proc__kill(&program);
}

/* Workers that a program forks have the parent's functions from their first wait on. */
Test(python, workers_are_followed_from_their_first_switch)
{
	static const char program[] = "import os, time\n"
				      "def worker_waits():\n"
				      "    time.sleep(0.01)\n"
				      "time.sleep(0.5)\n"
				      "workers = []\n"
				      "for i in range(5):\n"
				      "    pid = os.fork()\n"
				      "    if not pid:\n"
				      "        for _ in range(53): worker_waits()\n"
				      "        os._exit(0)\n"
				      "    workers.append(pid)\n"
				      "for pid in workers: os.waitpid(pid, 0)\n";
	const char *file = tt__temp("workers.tt");
	struct run run;

	if (!is_there("/usr/bin/python3"))
		cr_skip_test("python3 is not installed");
	tt__run(&run, ARGS("record", "-q", "-o", file, "--", "/usr/bin/python3", "-c", program),
		NULL);
	cr_assert(!run.status || run.status == 3, "%s", run.err);
	run__free(&run);
	tt__run(&run, ARGS("flame", file, "--metric", "switches", "--format", "folded"), NULL);
	tt__expect_success(&run);
	cr_expect_geq(folded__weight(run.out, ";worker_waits (<string>:3);", ""), 5 * 53, "%s",
		      run.out);
	/* but for the one wait of the parent, and where that was preempted: it may not have been known */
	cr_expect_leq(folded__weight(run.out, "clock_nanosleep", "") -
			      folded__weight(run.out, "clock_nanosleep", "worker_waits"),
		      3, "%s", run.out);
	run__free(&run);
}
