/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `-- program`: its exit status, its user, its signals; and where the summary goes. */
#include <criterion/criterion.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(program, .init = tt__require_live, .fini = tt__cleanup);

static void expect_status(const char *script, int status)
{
	struct run run;
	json_t *stat;

	tt__run(&run, ARGS("stat", "--format", "json", "--", "sh", "-c", script), NULL);
	cr_expect_eq(run.status, status, "%s: exit status %d: %s", script, run.status, run.err);
	stat = js__parse(run.out);
	check__complete(stat);
	check__sums_up(stat);
	check__kinds(js__at(stat, "system"));
	json_decref(stat);
	run__free(&run);
}

Test(program, its_exit_status_is_passed_on)
{
	expect_status("exit 0", 0);
	expect_status("exit 3", 3);
	expect_status("exit 1", 1);
	expect_status("exit 255", 255);
}

Test(program, its_signal_is_passed_on)
{
	expect_status("kill -TERM $$", 128 + SIGTERM);
	expect_status("kill -KILL $$", 128 + SIGKILL);
	expect_status("ulimit -c 0; kill -SEGV $$", 128 + SIGSEGV);
}

Test(program, that_cannot_be_started)
{
	const char *file = tt__temp("not-executable");
	FILE *script = fopen(file, "w");
	struct run run;

	cr_assert(script && fputs("#!/bin/sh\n", script) >= 0 && !fclose(script));
	tt__run(&run, ARGS("stat", "--", "/nonexistent/program"), NULL);
	tt__expect_failure(&run, 127, "/nonexistent/program");
	run__free(&run);
	tt__run(&run, ARGS("stat", "--", "no-such-program-on-the-path"), NULL);
	tt__expect_failure(&run, 127, "no-such-program-on-the-path");
	run__free(&run);
	tt__run(&run, ARGS("stat", "--", file), NULL);
	tt__expect_failure(&run, 126, file);
	run__free(&run);
	tt__run(&run, ARGS("stat", "--", "/tmp"), NULL);
	tt__expect_failure(&run, 126, "/tmp");
	run__free(&run);
}

Test(program, keeps_its_output_and_its_arguments)
{
	const char *file = tt__temp("summary");
	struct run run;
	json_t *stat;

	tt__run(&run,
		ARGS("stat", "--format", "json", "-o", file, "--", "printf", "%s|", "-p", "a b",
		     "--"),
		NULL);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, "-p|a b|--|");
	stat = js__parse_file(file);
	check__complete(stat);
	json_decref(stat);
	run__free(&run);
}

/* As a terminal does it: both get the signal, the program dies of it, the summary comes. */
Test(program, ctrl_c_ends_the_program_and_prints_the_summary)
{
	struct proc proc;
	struct run run;
	json_t *stat;
	char *ready;

	tt__start(&proc,
		  ARGS("stat", "--format", "json", "-o", tt__temp("summary"), "--", "sh", "-c",
		       "echo ready; exec sleep 600"),
		  NULL);
	ready = proc__line(&proc, 0);
	cr_assert(ready, "the program does not start");
	free(ready);
	proc__signal_group(&proc, SIGINT);
	proc__finish(&proc, &run);
	cr_expect_eq(run.status, 128 + SIGINT, "exit status %d: %s", run.status, run.err);
	stat = js__parse_file(tt__temp("summary"));
	check__complete(stat);
	json_decref(stat);
	run__free(&run);
}

/* A program that ignores it goes on; a duration ends the counting, and never the program. */
Test(program, outlives_a_duration)
{
	struct run run;
	json_t *stat;

	tt__run(&run,
		ARGS("stat", "--format", "json", "-o", tt__temp("summary"), "-d", "100ms", "--",
		     "sh", "-c", "sleep 0.5; echo alive; exit 7"),
		NULL);
	cr_expect_str_eq(run.out, "alive\n");
	cr_expect_eq(run.status, 7, "exit status %d: %s", run.status, run.err);
	stat = js__parse_file(tt__temp("summary"));
	check__complete(stat);
	json_decref(stat);
	run__free(&run);
}

static const char *const sudo_env[] = { "SUDO_UID=65534", "SUDO_GID=65534", "SUDO_USER=nobody",
					NULL };

Test(program, under_sudo_runs_as_who_called_it)
{
	const struct proc_opts opts = { .env = sudo_env };
	const char *file = tt__temp("summary");
	struct run run;
	struct stat info;

	tt__run(&run, ARGS("stat", "-o", file, "--", "sh", "-c", "id -u; id -g; id -G"), &opts);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, "65534\n65534\n65534\n");
	run__free(&run);
	cr_assert_eq(stat(file, &info), 0);
	cr_expect_eq(info.st_uid, 65534, "the summary belongs to %u", info.st_uid);
	tt__run(&run, ARGS("stat", "-o", file, "--as-root", "--", "id", "-u"), &opts);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, "0\n");
	run__free(&run);
}

static const char *const names[] = { "HOME",	 "USER",     "LOGNAME",	  "SHELL",	 "MAIL",
				     "SUDO_UID", "SUDO_GID", "SUDO_USER", "SUDO_COMMAND" };

#define SHOW                                                                                       \
	"for n in HOME USER LOGNAME SHELL MAIL SUDO_UID SUDO_GID SUDO_USER SUDO_COMMAND; do "      \
	"eval echo \\\"\\$$n\\\"; done"

/* A line for each of the names, as the program saw them. */
static void check_environment(const char *out, const char *const expected[])
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strcspn(out, "\n");

		cr_expect(length == strlen(expected[i]) && !strncmp(out, expected[i], length),
			  "%s is \"%.*s\", not \"%s\"", names[i], (int)length, out, expected[i]);
		out += length + (out[length] == '\n');
	}
}

Test(program, under_sudo_has_the_environment_of_who_called_it)
{
	static const char *const env[] = { "SUDO_UID=65534",
					   "SUDO_GID=65534",
					   "SUDO_USER=root", /* not believed */
					   "SUDO_COMMAND=tasktoll",
					   "HOME=/root",
					   "USER=root",
					   "LOGNAME=root",
					   "SHELL=/bin/bash",
					   "MAIL=/var/mail/root",
					   NULL };
	const struct proc_opts opts = { .env = env };
	const struct passwd *nobody = getpwuid(65534);
	const char *file = tt__temp("summary");
	char mail[64];
	struct run run;

	if (!nobody)
		cr_skip_test("the user database has no uid 65534");
	snprintf(mail, sizeof(mail), "/var/mail/%.32s", nobody->pw_name);
	tt__run(&run, ARGS("stat", "-o", file, "--", "sh", "-c", SHOW), &opts);
	tt__expect_success(&run);
	check_environment(run.out, ARGS(nobody->pw_dir, nobody->pw_name, nobody->pw_name,
					nobody->pw_shell, mail, "", "", "", ""));
	run__free(&run);
	tt__run(&run, ARGS("stat", "-o", file, "--as-root", "--", "sh", "-c", SHOW), &opts);
	tt__expect_success(&run);
	check_environment(run.out, ARGS("/root", "root", "root", "/bin/bash", "/var/mail/root",
					"65534", "65534", "root", "tasktoll"));
	run__free(&run);
}

/* Only for this test, nobody may do anything; false if that cannot be had. */
static bool let_nobody_call_sudo(void)
{
	static const char place[] = "/etc/sudoers.d", rule[] = "nobody ALL=(ALL) NOPASSWD: ALL\n";
	const struct proc_opts opts = { .uid = TT_NOBODY };
	struct run run;
	bool may;
	FILE *file;

	if (access("/usr/bin/sudo", X_OK) || unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", place, "tmpfs", 0, "mode=0755"))
		return false;
	file = fopen("/etc/sudoers.d/nobody", "we");
	if (!file)
		return false;
	fputs(rule, file);
	fclose(file);
	chmod("/etc/sudoers.d/nobody", 0440);
	run__do(&run, ARGS("sudo", "-n", "true"), &opts);
	may = !run.status;
	run__free(&run);
	return may;
}

/* sudo itself sets what it sets, also what this machine's sudoers want. */
Test(program, under_sudo_itself)
{
	const struct proc_opts opts = { .uid = TT_NOBODY };
	const struct passwd *nobody = getpwuid(TT_NOBODY);
	struct run run;

	if (!nobody || strcmp(nobody->pw_name, "nobody") || !let_nobody_call_sudo())
		cr_skip_test("there is no sudo here that lets nobody in");
	run__do(&run,
		ARGS("sudo", "-n", tt__path(), "stat", "-q", "--format=json", "-o", "/dev/null",
		     "--", "sh", "-c", "id -un; id -Gn; " SHOW),
		&opts);
	tt__expect_success(&run);
	cr_expect(!strncmp(run.out, "nobody\nnogroup\n", 15), "ran as %s", run.out);
	check_environment(run.out + 15, ARGS(nobody->pw_dir, "nobody", "nobody", nobody->pw_shell,
					     "/var/mail/nobody", "", "", "", ""));
	run__free(&run);
}

Test(program, does_not_inherit_descriptors)
{
	const char *script = "ls /proc/self/fd | wc -l";
	struct run run, plain;

	/* The framework of the tests has some open, too. */
	run__do(&plain, ARGS("sh", "-c", script), NULL);
	tt__run(&run, ARGS("stat", "-o", tt__temp("summary"), "--", "sh", "-c", script), NULL);
	cr_expect_str_eq(run.out, plain.out);
	run__free(&plain);
	run__free(&run);
}

/*
 * Fewer open files than tasktoll takes are no obstacle, and the program has as few as it would
 * have had without it.
 */
Test(program, its_limit_of_open_files)
{
	struct run run;

	run__do(&run,
		ARGS("sh", "-c",
		     "ulimit -Sn 37; exec \"$0\" stat -q -o /dev/null -- sh -c 'ulimit -Sn'",
		     tt__path()),
		NULL);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, "37\n");
	run__free(&run);
	run__do(&run, ARGS("sh", "-c", "ulimit -n 37; exec \"$0\" stat -- true", tt__path()), NULL);
	tt__expect_failure(&run, 1, "cannot trace: too few files may be open at once");
	run__free(&run);
	run__do(&run, ARGS("sh", "-c", "ulimit -n 80; exec \"$0\" stat -- true", tt__path()), NULL);
	tt__expect_failure(&run, 1, "cannot trace: too few files may be open at once");
	run__free(&run);
}

/* In a mount namespace of its own, as in a chroot where nobody has mounted it. */
Test(program, without_sys)
{
	struct run run;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/sys", "tmpfs", 0, NULL))
		cr_skip_test("no mount namespaces");
	tt__run(&run, ARGS("stat", "--", "true"), NULL);
	tt__expect_failure(&run, 1, "cannot trace: /sys is not mounted");
	run__free(&run);
}
