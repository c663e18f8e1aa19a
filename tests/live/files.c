/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where recordings and output may be put, by whom, and what is left of them when something fails. */
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(files, .init = tt__require_live, .fini = tt__cleanup, .timeout = 120);

static const char *const sudo_env[] = { "SUDO_UID=65534", "SUDO_GID=65534", "SUDO_USER=nobody",
					NULL };

static const struct place {
	const char *name;
	uid_t owner;
	mode_t mode;
} theirs = { "theirs", TT_NOBODY, 0755 }, readonly = { "readonly", 0, 0555 },
  closed = { "closed", TT_NOBODY, 0000 };

/* A directory of that owner and mode, and the name of a file in it. */
static const char *place__make(const struct place *place)
{
	static char file[PATH_MAX];
	const char *directory = tt__temp(place->name);

	cr_assert(!mkdir(directory, 0700) && !chown(directory, place->owner, place->owner) &&
			  !chmod(directory, place->mode),
		  "%s: %s", directory, strerror(errno));
	snprintf(file, sizeof(file), "%s/file", directory);
	return file;
}

/* What lies beside the file, with it, goes. */
static void place__remove(const char *file, const char *expected)
{
	struct run run;

	run__do(&run,
		ARGS("sh", "-c",
		     "cd \"$(dirname \"$1\")\" && ls -A && rm -f file* && rmdir \"$PWD\"", "sh",
		     file),
		NULL);
	cr_expect_str_eq(run.out, expected, "%s: there is\n%s", file, run.out);
	run__free(&run);
}

static void record(const char *file, const char *const env[])
{
	const struct proc_opts opts = { .env = env };
	struct run run;

	tt__run(&run, ARGS("record", "-q", "--force", "-o", file, "--", "true"), &opts);
	tt__expect_success(&run);
	run__free(&run);
	tt__run(&run, ARGS("report", "-n", "1", file), NULL);
	tt__expect_success(&run);
	run__free(&run);
}

static void stat_to(const char *file, const char *const env[])
{
	const struct proc_opts opts = { .env = env };
	struct run run;

	tt__run(&run, ARGS("stat", "-q", "-o", file, "--", "true"), &opts);
	tt__expect_success(&run);
	run__free(&run);
}

/* Root writes where root may: the right to, which is given up, comes back for that. */
Test(files, root_records_into_any_directory)
{
	static const struct place *const places[] = { &theirs, &readonly, &closed };
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *file = place__make(places[i]);

		record(file, NULL);
		record(file, NULL); /* in place of the first one */
		stat_to(file, NULL);
		place__remove(file, "file\n");
	}
}

/* Under sudo it is the invoker who writes, where the invoker may. */
Test(files, under_sudo_the_invoker_records)
{
	const struct proc_opts opts = { .env = sudo_env };
	const char *file = place__make(&theirs);
	struct stat status;
	struct run run;

	record(file, sudo_env);
	record(file, sudo_env);
	cr_expect(!stat(file, &status) && status.st_uid == TT_NOBODY);
	place__remove(file, "file\n");
	file = place__make(&readonly);
	tt__run(&run, ARGS("record", "-q", "-o", file, "--", "true"), &opts);
	tt__expect_failure(&run, 1, "Permission denied");
	run__free(&run);
	place__remove(file, "");
}
