/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

void disk__make(const char *directory, const char *size)
{
	char options[64];

	if (geteuid())
		cr_skip_test("needs root");
	cr_assert_eq(unshare(CLONE_NEWNS), 0, "%s", strerror(errno));
	/* in a chroot "/" is no mount: then it is not shared, either */
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		cr_assert_eq(errno, EINVAL, "%s", strerror(errno));
	snprintf(options, sizeof(options), "size=%s", size);
	cr_assert_eq(mount("none", directory, "tmpfs", 0, options), 0, "%s: %s", directory,
		     strerror(errno));
}
