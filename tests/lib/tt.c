/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>
#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "js.h"
#include "tt.h"

/*
 * Who is root by way of sudo, by way of make, must not find programs run as
 * someone else, or a terminal that changes what is printed.
 */
static const char *const neutral_env[] = { "SUDO_UID", "SUDO_GID",	 "SUDO_USER", "NO_COLOR",
					   "COLUMNS",  "LC_ALL=C.UTF-8", NULL };

/*
 * One test after the other: they load the whole machine, and some of them need
 * a CPU that is left alone for a while.
 */
ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
	(void)tests;
	if (!criterion_options.jobs)
		criterion_options.jobs = 1;
}

const char *tt__path(void)
{
	static char path[PATH_MAX];
	const char *env = getenv("TASKTOLL");

	/* Absolute, for the tests that run it elsewhere. */
	cr_assert(realpath(env ? env : "build/tasktoll", path), "no program to test: %s",
		  env ? env : "build/tasktoll");
	return path;
}

const char *tt__doc(const char *name)
{
	static char path[PATH_MAX];
	char program[PATH_MAX];

	snprintf(program, sizeof(program), "%s", tt__path());
	snprintf(path, sizeof(path), "%s/doc/%s", dirname(program), name);
	return path;
}

const char *tt__load(const char *name)
{
	static char paths[8][PATH_MAX + NAME_MAX];
	const char *env = getenv("TASKTOLL_WORKLOADS");
	static unsigned int next;
	char self[PATH_MAX];
	ssize_t len;
	char *path;

	path = paths[next++ % 8];
	if (env) {
		snprintf(path, sizeof(paths[0]), "%s/%s", env, name);
	} else {
		len = readlink("/proc/self/exe", self, sizeof(self) - 1);
		cr_assert_gt(len, 0);
		self[len] = '\0';
		snprintf(path, sizeof(paths[0]), "%s/workload/%s", dirname(self), name);
	}
	cr_assert_eq(access(path, X_OK), 0, "no such load: %s", path);
	return path;
}

static char temp_dir[PATH_MAX];

const char *tt__temp(const char *name)
{
	static char paths[8][PATH_MAX + NAME_MAX];
	static unsigned int next;
	const char *base = getenv("TMPDIR");
	char *path = paths[next++ % 8];

	if (!*temp_dir) {
		snprintf(temp_dir, sizeof(temp_dir), "%s/tasktoll-test-XXXXXX",
			 base ? base : "/tmp");
		cr_assert(mkdtemp(temp_dir));
		chmod(temp_dir, 0777); /* for tests that write as someone else */
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", temp_dir, name);
	return path;
}

void tt__cleanup(void)
{
	struct dirent *entry;
	DIR *dir;

	if (!*temp_dir)
		return;
	dir = opendir(temp_dir);
	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(temp_dir);
	*temp_dir = '\0';
}

void tt__require_live(void)
{
	const char *required = getenv("TASKTOLL_REQUIRE_LIVE");

	if (!geteuid())
		return;
	if (required && !strcmp(required, "1"))
		cr_assert(false, "live tests are required, and this is not root");
	cr_skip_test("needs root");
}

static void build_args(const char *argv[TT_MAX_ARGS], const char *const prefix[],
		       const char *const args[])
{
	size_t n = 0;

	argv[n++] = tt__path();
	for (; prefix && *prefix; prefix++)
		argv[n++] = *prefix;
	for (; *args; args++) {
		cr_assert_lt(n, TT_MAX_ARGS - 1);
		argv[n++] = *args;
	}
	argv[n] = NULL;
}

/* The options' own environment comes after the neutral one, and wins. */
static void merge_env(const char *env[TT_MAX_ARGS], const struct proc_opts *opts)
{
	const char *const *from;
	size_t n = 0;

	for (from = neutral_env; *from; from++)
		env[n++] = *from;
	for (from = opts ? opts->env : NULL; from && *from; from++)
		env[n++] = *from;
	env[n] = NULL;
}

void tt__start(struct proc *proc, const char *const args[], const struct proc_opts *opts)
{
	const char *argv[TT_MAX_ARGS], *env[TT_MAX_ARGS];
	struct proc_opts merged = opts ? *opts : (struct proc_opts){ 0 };

	build_args(argv, NULL, args);
	merge_env(env, opts);
	merged.env = env;
	proc__start(proc, argv, &merged);
}

void tt__run(struct run *ret_run, const char *const args[], const struct proc_opts *opts)
{
	struct proc proc;

	tt__start(&proc, args, opts);
	proc__finish(&proc, ret_run);
}

/* The end of a summary in text, and the head of one in JSON, say what was lost. */
void tt__expect_success(const struct run *run)
{
	const char *lost = run->out_len ? strstr(run->out, "\"complete\":false") : NULL;
	const char *tail = run->out_len > 500 ? run->out + run->out_len - 500 : run->out;

	cr_assert_eq(run->status, 0, "exit status %d: %s%.500s", run->status, run->err,
		     lost ? lost : tail);
}

json_t *tt__stat_lines(const char *const args[])
{
	const char *argv[TT_MAX_ARGS];
	struct run run;
	json_t *lines;

	build_args(argv, ARGS("stat", "--format", "json"), args);
	tt__run(&run, argv + 1, NULL);
	tt__expect_success(&run);
	lines = js__parse_lines(run.out);
	run__free(&run);
	return lines;
}

json_t *tt__stat(const char *const args[])
{
	json_t *lines = tt__stat_lines(args), *first;

	cr_assert_eq(json_array_size(lines), 1, "%zu objects", json_array_size(lines));
	first = json_incref(json_array_get(lines, 0));
	json_decref(lines);
	return first;
}

json_t *tt__doctor(const char *force, int *ret_status)
{
	struct run run;
	json_t *found;

	tt__run(&run, ARGS("doctor", "--format", "json", force ? "--force-rung" : NULL, force),
		NULL);
	found = js__parse(run.out);
	if (ret_status)
		*ret_status = run.status;
	run__free(&run);
	return found;
}

long tt__runs(long otherwise)
{
	const char *env = getenv("TASKTOLL_RUNS");

	return env && atol(env) > 0 ? atol(env) : otherwise;
}

json_t *tt__load_start(struct proc *proc, const char *const args[], bool want_stdin)
{
	struct proc_opts opts = { .want_stdin = want_stdin };
	const char *argv[TT_MAX_ARGS];
	json_t *facts;
	size_t n = 0;
	char *line;

	for (; args[n]; n++)
		argv[n] = args[n];
	argv[n] = NULL;
	argv[0] = tt__load(args[0]);
	proc__start(proc, argv, &opts);
	line = proc__line(proc, 0);
	cr_assert(line, "%s does not say who it is", args[0]);
	facts = js__parse(line);
	free(line);
	return facts;
}

void tt__expect_failure(const struct run *run, int status, const char *needle)
{
	const char *text = run->err, *newline = strchr(text, '\n');
	const char *why, *what_to_do;

	cr_expect_eq(run->status, status, "exit status %d, not %d: %s", run->status, status, text);
	cr_expect_eq(run->out_len, 0, "something on stdout: %.300s", run->out);
	cr_assert(newline && !newline[1], "not exactly one line: '%s'", text);
	cr_expect(!strncmp(text, "tasktoll: ", 10), "does not say who: %s", text);
	why = strstr(text + 10, ": ");
	cr_expect(why, "does not say why: %s", text);
	what_to_do = strrchr(text, '(');
	cr_expect(what_to_do && !strcmp(newline - 1, ")\n"), "does not say what to do: %s", text);
	cr_expect(!needle || strcasestr(text, needle), "says nothing of '%s': %s", needle, text);
}
