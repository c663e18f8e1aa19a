/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of root's privileges under sudo: to be root or the invoker, and nobody else. */
#include "core/invoker.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit.h"

#define INVOKER 4242
#define GROUP	4243
#define OTHER	4244

static struct invoker invoker;

static void begin(void)
{
	setenv("SUDO_UID", "4242", 1);
	setenv("SUDO_GID", "4243", 1);
	setenv("SUDO_USER", "nobody-of-that-name", 1);
	if (geteuid())
		cr_skip_test("needs root");
	invoker__read(&invoker);
	cr_assert(invoker.other);
	privileges__drop(false, true);
}

TestSuite(invoker, .init = begin);

static void raise_all(void)
{
	cap_t now = cap_get_proc();
	const cap_value_t both[] = { CAP_SETUID, CAP_SETGID };

	cr_assert_eq(cap_set_flag(now, CAP_EFFECTIVE, 2, both, CAP_SET), 0);
	cr_assert_eq(cap_set_proc(now), 0);
	cap_free(now);
}

/* The system call itself: 0 or the errno. */
static int change(long call, unsigned int a, unsigned int b, unsigned int c)
{
	return syscall(call, a, b, c) ? errno : 0;
}

Test(invoker, is_entered_and_left)
{
	int round;

	for (round = 0; round < 2; round++) {
		SAME(invoker__enter(&invoker), 0);
		SAME(geteuid(), INVOKER);
		SAME(getegid(), GROUP);
		SAME(invoker__leave(&invoker), 0);
		SAME(geteuid(), 0);
	}
}

Test(invoker, has_no_groups_of_root)
{
	gid_t groups[64];
	int count = getgroups(64, groups), i;

	for (i = 0; i < count; i++)
		cr_expect_neq(groups[i], 0);
}

Test(invoker, nobody_else_can_be_entered)
{
	static const long single[] = { SYS_setuid, SYS_setgid, SYS_setfsuid, SYS_setfsgid };
	const gid_t group = OTHER;
	size_t i;

	raise_all();
	SAME(change(SYS_setresuid, -1U, OTHER, -1U), EPERM);
	SAME(change(SYS_setresuid, OTHER, -1U, -1U), EPERM);
	SAME(change(SYS_setresuid, -1U, -1U, OTHER), EPERM);
	SAME(change(SYS_setresgid, -1U, OTHER, -1U), EPERM);
	SAME(change(SYS_setresgid, OTHER, GROUP, GROUP), EPERM);
	SAME(change(SYS_setreuid, -1U, OTHER, 0), EPERM);
	SAME(change(SYS_setregid, -1U, OTHER, 0), EPERM);
	for (i = 0; i < ARRAY_SIZE(single); i++)
		SAME(change(single[i], OTHER, 0, 0), EPERM);
	SAME(syscall(SYS_setgroups, 1, &group) ? errno : 0, EPERM);
	/* a uid is no group, and the other way round */
	SAME(change(SYS_setresuid, -1U, GROUP, -1U), EPERM);
	SAME(change(SYS_setresgid, -1U, INVOKER, -1U), EPERM);
	SAME(change(SYS_setresgid, GROUP, GROUP, GROUP), 0);
	SAME(change(SYS_setresuid, INVOKER, INVOKER, INVOKER), 0);
}
