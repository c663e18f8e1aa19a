/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `make check-kernels` where something is missing: it says what and why, and is
 * skipped, or fails where it is required.  A stand-in for apt plays what is missing.
 */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/disk.h"
#include "../lib/tt.h"

#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

static char cache[PATH_MAX];

static void begin(void)
{
	struct run run;

	run__do(&run, ARGS("python3", "--version"), NULL);
	if (run.status)
		cr_skip_test("python3 is missing");
	run__free(&run);
	if (access(KEYRING, R_OK))
		cr_skip_test("the keys of Debian are missing");
	snprintf(cache, sizeof(cache), "%s", tt__temp("cache"));
}

static void end(void)
{
	struct run run;

	run__do(&run, ARGS("rm", "-rf", cache), NULL);
	run__free(&run);
	tt__cleanup();
}

TestSuite(kernels, .init = begin, .fini = end);

/* A script in place of a program of apt; its directory comes first on the way. */
static void stand_in(const char *name, const char *script)
{
	const char *path = tt__temp(name);
	FILE *file = fopen(path, "we");

	cr_assert(file && fprintf(file, "#!/bin/sh\n%s\n", script) > 0 && !fclose(file));
	cr_assert_eq(chmod(path, 0755), 0);
}

/* Skipped with that reason; and where it is required, a failure for the same reason. */
static void expect_skip(const char *needle, const char *other)
{
	char path[PATH_MAX * 2], where[PATH_MAX + 16];
	const char *const names[] = { NULL, "TASKTOLL_REQUIRE_KERNELS=1" };
	struct run run;
	size_t i;

	snprintf(path, sizeof(path), "PATH=%s:%s", tt__temp(""), getenv("PATH"));
	snprintf(where, sizeof(where), "KERNEL_CACHE=%s", cache);
	for (i = 0; i < 2; i++) {
		const char *const env[] = { path, where, "KERNEL_MIRROR=file:///nowhere",
					    names[i] ? names[i] : "TASKTOLL_REQUIRE_KERNELS",
					    NULL };
		struct proc_opts opts = { .env = env };
		const char *said;

		run__do(&run, ARGS("tools/check-kernels", "6.1"), &opts);
		cr_expect_eq(run.status, (int)i, "status %d: %s%s", run.status, run.out, run.err);
		said = i ? run.err : run.out;
		cr_expect(strstr(said, needle) && strstr(said, other), "not %s, %s: %s%s", needle,
			  other, run.out, run.err);
		cr_expect(!strstr(run.err, "Traceback"), "%s", run.err);
		run__free(&run);
	}
}

Test(kernels, unknown_name)
{
	struct run run;

	run__do(&run, ARGS("tools/check-kernels", "9.99"), NULL);
	cr_expect_eq(run.status, 1);
	cr_expect(strstr(run.err, "9.99") && strstr(run.err, "6.1"), "%s", run.err);
	run__free(&run);
}

Test(kernels, settings_that_are_no_numbers)
{
	static const char *const bad[] = { "KERNEL_JOBS=x", "KERNEL_JOBS=0", "KERNEL_SILENCE=-1" };
	struct run run;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const env[] = { bad[i], NULL };
		struct proc_opts opts = { .env = env };

		run__do(&run, ARGS("tools/check-kernels", "6.1"), &opts);
		cr_expect_eq(run.status, 1, "%s: status %d", bad[i], run.status);
		cr_expect(strstr(run.err, "bad value") && !strstr(run.err, "Traceback"), "%s: %s",
			  bad[i], run.err);
		run__free(&run);
	}
}

Test(kernels, no_network)
{
	stand_in("apt-get", "echo 'E: Could not connect to mirror' >&2; exit 100");
	stand_in("apt-cache", "exit 0");
	expect_skip("cannot download qemu-system-x86", "Could not connect");
}

Test(kernels, no_qemu_in_the_archive)
{
	stand_in("apt-get", "case \"$*\" in *install*) "
			    "echo 'E: Unable to locate package qemu-system-x86'; exit 100;; esac");
	stand_in("apt-cache", "exit 0");
	expect_skip("cannot download qemu-system-x86", "Unable to locate package");
}

Test(kernels, truncated_download)
{
	stand_in(
		"apt-get",
		"case \"$*\" in\n"
		"*--print-uris*) echo \"'http://mirror/q.deb' q.deb 5000 SHA256:0\" ;;\n"
		"*--download-only*) printf '!<arch>\\ndebian-bin' >\"$KERNEL_CACHE/apt/cache/archives/q.deb\" ;;\n"
		"esac");
	stand_in("apt-cache", "exit 0");
	expect_skip("cannot unpack q.deb", "start again");
}

Test(kernels, directory_that_cannot_be_made)
{
	stand_in("cache", "");
	expect_skip("cannot keep kernels", "KERNEL_CACHE");
}

Test(kernels, no_room)
{
	cr_assert_eq(mkdir(cache, 0755), 0);
	disk__make(cache, "64k");
	stand_in("apt-get", "exit 0");
	expect_skip("0 MB are free", "KERNEL_CACHE");
	umount(cache);
}
