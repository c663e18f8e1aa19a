/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that is locked down keeps files from root, and logs who tries to open them. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(lockdown, .init = tt__require_live, .fini = tt__cleanup);

/* The kernel's log from here on, a record a read. */
static int open_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		cr_skip_test("the kernel's log cannot be read here");
	cr_assert_neq(lseek(fd, 0, SEEK_END), -1);
	return fd;
}

static void check_log(int fd, const char *name)
{
	char record[8192];
	ssize_t n;

	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		record[n] = 0;
		cr_expect_null(strstr(record, name), "the kernel says: %s", record);
	}
}

/* Under a name that nobody else has: the log knows programs by their names. */
Test(lockdown, nothing_that_is_kept_is_opened)
{
	static const char *const commands[][8] = {
		{ "doctor" },
		{ "stat", "-d", "100ms" },
		{ "crash", "-q", "-d", "100ms" },
		{ "record", "-q", "-d", "100ms", "--force", "-o", NULL },
	};
	const char *program, *file = tt__temp("r.tasktoll");
	char name[16];
	size_t i, k;
	int log;

	snprintf(name, sizeof(name), "tt%d", getpid());
	program = tt__temp(name);
	cr_assert_eq(symlink(tt__path(), program), 0);
	log = open_log();
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *args[10] = { program };
		struct run run;

		for (k = 0; commands[i][k]; k++)
			args[k + 1] = commands[i][k];
		if (!strcmp(args[1], "record"))
			args[k + 1] = file;
		run__do(&run, args, NULL);
		cr_expect(run.status == 0 || run.status == 3, "%s ends with %d: %s", args[1],
			  run.status, run.err);
		run__free(&run);
	}
	check_log(log, name);
	close(log);
}

/* "none [integrity] confidentiality", from where this test has mounted it. */
static char *state_of_kernel(void)
{
	const char *place = tt__temp("securityfs");
	char path[4096], *text;

	cr_assert_eq(mkdir(place, 0700), 0);
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("securityfs", place, "securityfs", 0, NULL))
		cr_skip_test("securityfs cannot be mounted here");
	snprintf(path, sizeof(path), "%s/lockdown", place);
	text = file__read(path);
	umount(place);
	if (!text)
		cr_skip_test("this kernel says nothing of a lockdown");
	return text;
}

Test(lockdown, doctor_says_what_the_kernel_says)
{
	char *state = state_of_kernel(), *open = strchr(state, '['), *close;
	json_t *found = tt__doctor(NULL, NULL);

	cr_assert_not_null(open, "unexpected: %s", state);
	close = strchr(open, ']');
	cr_assert_not_null(close, "unexpected: %s", state);
	*close = 0;
	cr_expect_str_eq(js__str(found, "lockdown"), open + 1);
	json_decref(found);
	free(state);
}
