/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/namespaces.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Numbers that the first namespaces always have: include/linux/proc_ns.h of the kernel. */
#define INITIAL_USER 0xEFFFFFFDU
#define INITIAL_PID  0xEFFFFFFCU
#define INITIAL_TIME 0xEFFFFFFAU

static FILE *self__open(const char *self, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", self, name);
	return fopen(path, "re");
}

/* The number in a link such as "pid:[4026531836]"; 0: there is no such link. */
static __u32 self__namespace(const char *self, const char *name)
{
	char path[PATH_MAX], text[64];
	unsigned int number = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/ns/%s", self, name);
	n = readlink(path, text, sizeof(text) - 1);
	if (n < 0)
		return 0;
	text[n] = 0;
	if (sscanf(text, "%*[a-z_]:[%u]", &number) != 1)
		return 0;
	return number;
}

/* ---- process ids ---- */

/*
 * The ids of this process from that in the namespace that /proc is of down to its own
 * one, in /proc/self/status: how many; -1: it cannot be read.
 */
static int self__ids(const char *self, int *ret_last)
{
	FILE *file = self__open(self, "status");
	int count = -1, at, next, number;
	char line[512];

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		at = 0;
		/* without CONFIG_PID_NS there is no NSpid */
		if (count < 1 && sscanf(line, "Pid: %d", &number) == 1) {
			count = 1;
			*ret_last = number;
		}
		if (sscanf(line, "NSpid:%n", &at) || !at)
			continue;
		for (count = 0; sscanf(line + at, "%d%n", &number, &next) == 1; at += next) {
			*ret_last = number;
			count++;
		}
	}
	fclose(file);
	return count;
}

static void namespaces__read_pid(struct namespaces *namespaces, const char *self, int pid)
{
	__u32 number = self__namespace(self, "pid");
	int last = 0, count = self__ids(self, &last);

	namespaces->own_pid = number && number != INITIAL_PID;
	if (count < 0) {
		namespaces->pid_why_not =
			"/proc does not show tasktoll itself: it is not mounted, or belongs to "
			"another PID namespace";
		namespaces->pid_hint = "mount the one of this PID namespace: mount -t proc proc "
				       "/proc; or enter that one, too: nsenter --pid";
	} else if (count != 1 || last != pid) {
		namespaces->pid_why_not =
			"/proc belongs to another PID namespace, and has other process ids";
		namespaces->pid_hint =
			"mount the one of this PID namespace: mount -t proc proc /proc; unshare "
			"does so with --mount-proc";
	}
}

/* ---- clocks ---- */

static bool self__read_ahead(const char *self, __s64 *ret_ns)
{
	FILE *file = self__open(self, "timens_offsets");
	long long seconds, ns;
	char line[128];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "monotonic %lld %lld", &seconds, &ns) == 2;
	fclose(file);
	if (found)
		*ret_ns = seconds * 1000000000LL + ns;
	return found;
}

/* What the file says is so of the children's namespace: it has to be the same one. */
static void namespaces__read_time(struct namespaces *namespaces, const char *self)
{
	__u32 number = self__namespace(self, "time");

	if (!number || number == INITIAL_TIME)
		return;
	namespaces->own_time = true;
	if (self__namespace(self, "time_for_children") == number &&
	    self__read_ahead(self, &namespaces->ahead_ns))
		return;
	namespaces->time_why_not = "by how much this time namespace shifts the clocks is unknown";
	namespaces->time_hint = "start tasktoll as a child in it: unshare --fork -T, or nsenter";
}

void namespaces__read(struct namespaces *ret_namespaces, const char *self, int pid)
{
	__u32 user = self__namespace(self, "user");

	memset(ret_namespaces, 0, sizeof(*ret_namespaces));
	ret_namespaces->own_user = user && user != INITIAL_USER;
	namespaces__read_pid(ret_namespaces, self, pid);
	namespaces__read_time(ret_namespaces, self);
}

int namespaces__check(const struct namespaces *namespaces, struct failure *failure)
{
	if (namespaces->own_user)
		return failure__set(
			failure, -EPERM,
			"in a user namespace nobody has privileges over the kernel, not "
			"even root",
			"run it as root of the machine, or in a container that has no "
			"user namespace of its own",
			"cannot trace");
	if (namespaces->pid_why_not)
		return failure__set(failure, -EXDEV, namespaces->pid_why_not, namespaces->pid_hint,
				    "cannot convert process ids");
	if (namespaces->time_why_not)
		return failure__set(failure, -EXDEV, namespaces->time_why_not,
				    namespaces->time_hint, "cannot convert times");
	return 0;
}
