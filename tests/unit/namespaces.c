/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stand-in for /proc/self says in which namespaces this process is. */
#include "core/namespaces.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit.h"

static char self[64];

static void self__put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", self, name);
	file = fopen(path, "w");
	cr_assert(file);
	fputs(text, file);
	fclose(file);
}

static void self__link(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/ns/%s", self, name);
	unlink(path);
	cr_assert_eq(symlink(text, path), 0);
}

/* As it is on a machine without containers. */
static void begin(void)
{
	char ns[80];

	snprintf(self, sizeof(self), "/tmp/tasktoll-self-XXXXXX");
	cr_assert(mkdtemp(self));
	snprintf(ns, sizeof(ns), "%s/ns", self);
	cr_assert_eq(mkdir(ns, 0700), 0);
	self__link("pid", "pid:[4026531836]");
	self__link("user", "user:[4026531837]");
	self__link("time", "time:[4026531834]");
	self__link("time_for_children", "time:[4026531834]");
	self__put("status", "Name:\tx\nTgid:\t7\nPid:\t7\nNStgid:\t7\nNSpid:\t7\n");
	self__put("timens_offsets",
		  "monotonic           0         0\nboottime            0         0\n");
}

static void end(void)
{
	static const char *const names[] = { "ns/pid",	"ns/user",
					     "ns/time", "ns/time_for_children",
					     "status",	"timens_offsets" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", self, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/ns", self);
	rmdir(path);
	rmdir(self);
}

TestSuite(namespaces, .init = begin, .fini = end);

static struct namespaces read_as(int pid)
{
	struct namespaces namespaces;

	namespaces__read(&namespaces, self, pid);
	return namespaces;
}

static void refused(const struct namespaces *namespaces, int error, const char *words)
{
	struct failure failure = { 0 };

	SAME(namespaces__check(namespaces, &failure), error);
	cr_expect(strstr(failure.text, words), "%s", failure.text);
}

Test(namespaces, of_the_machine)
{
	struct namespaces namespaces = read_as(7);
	struct failure failure = { 0 };

	cr_expect(!namespaces.own_pid && !namespaces.own_time && !namespaces.own_user);
	SAME(namespaces.ahead_ns, 0);
	SAME(namespaces__check(&namespaces, &failure), 0);
}

Test(namespaces, own_ids)
{
	struct namespaces namespaces;
	struct failure failure = { 0 };

	self__link("pid", "pid:[4026532281]");
	namespaces = read_as(7);
	cr_expect(namespaces.own_pid);
	SAME(namespaces__check(&namespaces, &failure), 0);
}

Test(namespaces, proc_of_another_pid_namespace_is_refused)
{
	struct namespaces namespaces;

	self__link("pid", "pid:[4026532281]");
	self__put("status", "Pid:\t4711\nNSpid:\t4711\t7\n");
	namespaces = read_as(7);
	refused(&namespaces, -EXDEV, "/proc belongs to another PID namespace");
	self__put("status", "Pid:\t4711\nNSpid:\t4711\n");
	namespaces = read_as(7);
	refused(&namespaces, -EXDEV, "/proc belongs to another PID namespace");
}

Test(namespaces, without_proc_is_refused)
{
	struct namespaces namespaces;

	namespaces__read(&namespaces, "/nonexistent/self", 7);
	refused(&namespaces, -EXDEV, "/proc does not show tasktoll itself");
}

Test(namespaces, a_kernel_without_them)
{
	struct namespaces namespaces;
	struct failure failure = { 0 };

	end();
	begin();
	self__put("status", "Pid:\t7\n");
	namespaces = read_as(7);
	SAME(namespaces__check(&namespaces, &failure), 0);
}

Test(namespaces, rights_of_a_user_namespace_are_none)
{
	struct namespaces namespaces;

	self__link("user", "user:[4026532280]");
	namespaces = read_as(7);
	refused(&namespaces, -EPERM, "user namespace");
}

Test(namespaces, clocks_ahead_and_behind)
{
	struct namespaces namespaces;

	self__link("time", "time:[4026532290]");
	self__link("time_for_children", "time:[4026532290]");
	self__put("timens_offsets",
		  "monotonic      500000         7\nboottime       600000         0\n");
	namespaces = read_as(7);
	cr_expect(namespaces.own_time && !namespaces.time_why_not);
	SAME(namespaces.ahead_ns, 500000000000007);
	self__put("timens_offsets",
		  "monotonic         -20 999999999\nboottime          -20         0\n");
	namespaces = read_as(7);
	SAME(namespaces.ahead_ns, -19000000001);
}

/* The file says how the children's namespace is shifted: only if that is the own one, it helps. */
Test(namespaces, clocks_that_are_not_known_are_refused)
{
	struct namespaces namespaces;

	self__link("time_for_children", "time:[4026532290]");
	self__put("timens_offsets", "monotonic 500000 0\n");
	namespaces = read_as(7);
	cr_expect(!namespaces.own_time && !namespaces.time_why_not);
	SAME(namespaces.ahead_ns, 0);
	self__link("time", "time:[4026532291]");
	namespaces = read_as(7);
	refused(&namespaces, -EXDEV, "time namespace");
	SAME(namespaces.ahead_ns, 0);
	self__link("time", "time:[4026532290]");
	self__put("timens_offsets", "boottime 500000 0\n");
	namespaces = read_as(7);
	refused(&namespaces, -EXDEV, "time namespace");
}

Test(clock, of_the_machine_and_own)
{
	__u64 now = clock__monotonic();

	SAME(clock__to_own(now), now);
	clock__set_ahead(1000000000); /* a machine is a second old when tests run on it */
	cr_expect_lt(clock__monotonic(), now);
	SAME(clock__to_own(1000), 1000001000);
	clock__set_ahead(-20000000000);
	cr_expect_geq(clock__monotonic(), now + 20000000000);
	SAME(clock__to_own(30000000000), 10000000000);
}
