/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls that seccomp forbids: the end of a process, or of a thread alone. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(seccomp, .init = tt__require_live, .fini = tt__cleanup);

static json_t *crashes_of(const char *mode, json_t **ret_facts)
{
	const char *file = tt__temp("facts");
	json_t *crashes = watch__program(ARGS("--window", "100ms", "--", tt__load("seccomp"), mode,
					      "-o", file),
					 0);

	*ret_facts = js__parse_file(file);
	cr_expect_eq(json_array_size(crashes), 1, "%s: told %zu times", mode,
		     json_array_size(crashes));
	return crashes;
}

/* The stack is there at the exit from 6.16 on. */
static bool kernel_has_stack(void)
{
	unsigned int major, minor;
	struct utsname name;

	uname(&name);
	cr_assert_eq(sscanf(name.release, "%u.%u", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 16);
}

static void check_culprit(json_t *crash, json_t *facts, const char *signal, bool stack)
{
	cr_expect_str_eq(js__str(crash, "class"), "crash");
	cr_expect_str_eq(js__str(crash, "signal"), signal);
	cr_expect_eq(js__pid(crash, "culprit.tid"), js__pid(facts, "culprit"));
	cr_expect_str_eq(js__str(crash, "culprit.comm"), "culprit");
	cr_expect_eq(js__u64(crash, "syscall.nr"), js__u64(facts, "syscall"));
	cr_expect_str_eq(js__str(crash, "syscall.name"), "getppid");
	cr_expect(js__bool(crash, "from_kernel"));
	cr_expect_eq(js__u64(crash, "threads"), 2);
	if (stack)
		cr_expect_str_eq(js__str(crash, "culprit.function"), "transgress");
	else
		cr_expect_str_eq(js__str(crash, "culprit.no_stack"),
				 "the kernel ended it before its stack could be taken");
}

static void check_alone(const char *mode, const char *signal, bool leader)
{
	json_t *facts, *crashes = crashes_of(mode, &facts), *crash;

	crash = watch__crash(crashes, js__pid(facts, "process"));
	check_culprit(crash, facts, signal, kernel_has_stack());
	cr_expect(js__bool(crash, "thread_only"));
	cr_expect_eq(js__bool(crash, "ended"), leader);
	cr_expect_eq(js__u64(crash, "fan_out"), 0);
	cr_expect_eq(json_array_size(js__at(crash, "victims")), 0);
	cr_expect_eq(js__pid(facts, "culprit") == js__pid(facts, "process"), leader);
	if (leader)
		cr_expect_geq(js__u64(crash, "life_ns"), 200000000);
	json_decref(crashes);
	json_decref(facts);
}

Test(seccomp, thread_that_ends_alone)
{
	check_alone("worker", "SIGSYS", false);
}

Test(seccomp, thread_that_ends_alone_in_the_strict_mode)
{
	check_alone("strict", "SIGKILL", false);
}

Test(seccomp, leader_that_ends_alone)
{
	check_alone("leader", "SIGSYS", true);
}

Test(seccomp, process_that_ends)
{
	json_t *facts, *crashes = crashes_of("process", &facts), *crash;

	crash = watch__crash(crashes, js__pid(facts, "process"));
	check_culprit(crash, facts, "SIGSYS", true);
	cr_expect_not(js__bool(crash, "thread_only"));
	cr_expect(js__bool(crash, "ended"));
	cr_expect_eq(js__u64(crash, "fan_out"), 1);
	cr_expect_eq(js__u64(facts, "status") & 0x7f, SIGSYS);
	json_decref(crashes);
	json_decref(facts);
}

/* How its process ends is counted for itself. */
static void check_ends(const char *mode, uint64_t clean, uint64_t crash)
{
	json_t *root = tt__stat(ARGS("--", tt__load("seccomp"), mode, "-o", tt__temp("facts")));

	cr_expect_eq(js__u64(root, "ends.clean"), clean, "%s", mode);
	cr_expect_eq(js__u64(root, "ends.crash"), crash, "%s", mode);
	json_decref(root);
}

Test(seccomp, processes_are_counted_by_their_own_ends)
{
	check_ends("worker", 2, 0);
	check_ends("leader", 2, 0);
	check_ends("process", 1, 1);
}
