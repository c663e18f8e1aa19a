/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real server: one backend of PostgreSQL crashes under pgbench, and the
 * postmaster takes the others down and starts anew.  Against the server's own log.
 */
#include <criterion/criterion.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

static char programs[PATH_MAX], dir[PATH_MAX], log_path[PATH_MAX];
static struct proc server;

static const char *program(const char *name)
{
	static char paths[4][PATH_MAX + 32];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", programs, name);
	return path;
}

static bool find_programs(void)
{
	glob_t found = { 0 };
	bool is_there = !glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found);

	if (is_there)
		snprintf(programs, sizeof(programs), "%.*s",
			 (int)(strlen(found.gl_pathv[0]) - strlen("/initdb")), found.gl_pathv[0]);
	globfree(&found);
	return is_there;
}

static const struct proc_opts as_nobody = { .uid = TT_NOBODY };

static void run_as_nobody(const char *const argv[])
{
	struct run run;

	run__do(&run, argv, &as_nobody);
	cr_assert_eq(run.status, 0, "%s: %s", argv[0], run.err);
	run__free(&run);
}

/* A library that is no extension: it never gets so far. */
static void make_library(const char *source, const char *library)
{
	FILE *file = fopen(source, "we");
	struct run run;

	fputs("__attribute__((noinline)) static void bring_down(volatile int *where)\n"
	      "{ *where = 1; }\n"
	      "__attribute__((constructor)) static void load(void) { bring_down(0); }\n",
	      file);
	fclose(file);
	run__do(&run, ARGS("cc", "-shared", "-fPIC", "-O0", "-o", library, source), NULL);
	cr_assert_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	chmod(library, 0644);
}

static bool log_has(const char *text, int times)
{
	char *log = file__read(log_path), *at = log;

	while (at && times && (at = strstr(at, text))) {
		times--;
		at++;
	}
	free(log);
	return !times;
}

static void wait_for_log(const char *text, int times)
{
	int waited;

	for (waited = 0; waited < PROC_TIMEOUT_MS && !log_has(text, times); waited += 20)
		usleep(20000);
	cr_assert(log_has(text, times), "the server never said: %s", text);
}

static void start_server(void)
{
	struct proc_opts opts = as_nobody;
	char data[PATH_MAX + 8];

	snprintf(dir, sizeof(dir), "%s", tt__temp("pg"));
	cr_assert_eq(mkdir(dir, 0700), 0);
	cr_assert_eq(chown(dir, TT_NOBODY, TT_NOBODY), 0);
	snprintf(data, sizeof(data), "%s/data", dir);
	snprintf(log_path, sizeof(log_path), "%s", tt__temp("log"));
	fclose(fopen(log_path, "we"));
	chmod(log_path, 0666);
	run_as_nobody(
		ARGS(program("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"));
	proc__start(&server,
		    ARGS("/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh",
			 log_path, program("postgres"), "-D", data, "-k", dir, "-c",
			 "listen_addresses=", "-c", "log_min_messages=debug2"),
		    &opts);
	wait_for_log("ready to accept connections", 1);
	run_as_nobody(
		ARGS(program("pgbench"), "-h", dir, "-U", "postgres", "-i", "-q", "postgres"));
}

static void begin(void)
{
	tt__require_live();
	if (!find_programs())
		cr_skip_test("PostgreSQL is not installed");
	start_server();
}

static void end(void)
{
	struct run run;

	if (*dir) {
		proc__signal(&server, SIGINT);
		proc__finish(&server, &run);
		run__free(&run);
		run__do(&run, ARGS("rm", "-rf", dir), NULL);
		run__free(&run);
	}
	tt__cleanup();
}

TestSuite(postgres, .init = begin, .fini = end);

static void crash_a_backend(void)
{
	char library[PATH_MAX], command[PATH_MAX + 16];
	struct run run;

	snprintf(library, sizeof(library), "%s", tt__temp("boom.so"));
	make_library(tt__temp("boom.c"), library);
	snprintf(command, sizeof(command), "LOAD '%s'", library);
	run__do(&run, ARGS(program("psql"), "-h", dir, "-U", "postgres", "-c", command, "postgres"),
		&as_nobody);
	cr_expect_neq(run.status, 0, "the server survived it: %s%s", run.out, run.err);
	run__free(&run);
}

/* The backends and workers that the server says it has signalled, each a victim by it, and no more. */
static void check_backends(json_t *crash)
{
	static const char says[] = "sending SIGQUIT to process ";
	char *log = file__read(log_path), *at = log;
	size_t by_server = 0, said = 0, i;
	json_t *victim;

	while ((at = strstr(at, says))) {
		at += strlen(says);
		said++;
		crash__expect(crash, atoi(at), 3, "signal", "died");
	}
	json_array_foreach(js__at(crash, "victims"), i, victim)
		by_server += js__pid(victim, "by_pid") == server.pid &&
			     !strcmp(js__str(victim, "how"), "signal");
	cr_expect_eq(by_server, said, "%zu by the server, which says %zu", by_server, said);
	cr_expect_geq(said, 5, "%zu", said);
	free(log);
}

Test(postgres, takes_its_backends_down_and_comes_back)
{
	struct proc_opts opts = as_nobody;
	struct proc pgbench;
	struct watch watch;
	char pid[16];
	json_t *crashes, *crash;
	struct run run;

	proc__start(&pgbench,
		    ARGS(program("pgbench"), "-h", dir, "-U", "postgres", "-S", "-c", "5", "-j",
			 "2", "-T", "60", "postgres"),
		    &opts);
	snprintf(pid, sizeof(pid), "%d", server.pid);
	watch__start(&watch, ARGS("-p", pid, "--window", "10s")); /* where all is slow, too */
	sleep(1);
	crash_a_backend();
	proc__finish(&pgbench, &run);
	cr_expect_eq(run.status, 2, "pgbench survived it: %d", run.status);
	run__free(&run);
	wait_for_log("ready to accept connections", 2);
	watch__wait(&watch, 1);
	crashes = watch__stop(&watch, 0);
	cr_assert_eq(json_array_size(crashes), 1);
	crash = json_array_get(crashes, 0);
	cr_expect_str_eq(js__str(crash, "culprit.function"), "bring_down");
	check_backends(crash);
	crash__expect(crash, server.pid, 2, "woken", "woken");
	crash__expect(crash, pgbench.pid, 2, "woken", "died");
	cr_expect_gt(crash__ring(crash, 4), 3, "nobody came back");
	json_decref(crashes);
}
