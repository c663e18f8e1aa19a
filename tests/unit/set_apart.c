/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the processes that touch strangers' files have given up, as the kernel tells it. */
#include "callstack/helper/helper_side.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include "callstack/broker.h"
#include "callstack/helper/job.h"
#include "core/passing.h"
#include "unit.h"

#define STRANGER 4242

static struct broker *broker;

static void begin(void)
{
	if (geteuid())
		cr_skip_test("only root has anything to give up");
	setenv("SECRET", "of who started us", 1);
	broker = broker__new();
	cr_assert_not_null(broker);
}

static void end(void)
{
	broker__free(broker);
}

TestSuite(set_apart, .init = begin, .fini = end);

/* ---- what the kernel tells ---- */

/* Of a line of a file of a process that begins with that name, what follows; "" without. */
static const char *told(pid_t pid, const char *name, const char *begins)
{
	static char line[512];
	size_t length = strlen(begins);
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	cr_assert_not_null(file, "%s", path);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, begins, length))
			continue;
		fclose(file);
		line[strcspn(line, "\n")] = 0;
		return line + length + strspn(line + length, " \t");
	}
	fclose(file);
	return "";
}

static __u64 status_of(pid_t pid, const char *name)
{
	char begins[64];

	snprintf(begins, sizeof(begins), "%s:", name);
	return strtoull(told(pid, "status", begins), NULL,
			strstr(name, "Cap") || strstr(name, "Sig") ? 16 : 10);
}

/* The child of that process that is called so; 0: none. */
static pid_t child_of(pid_t parent, const char *comm)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	cr_assert_not_null(dir);
	while ((entry = readdir(dir))) {
		char path[300], text[300];
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = atoi(entry->d_name) > 0 ? fopen(path, "re") : NULL;
		if (!file)
			continue;
		if (fgets(text, sizeof(text), file)) {
			char *name = strchr(text, '('), *after = strrchr(text, ')');

			if (name && after && !strncmp(name + 1, comm, strlen(comm)) &&
			    name + 1 + strlen(comm) == after && atoi(after + 4) == parent)
				found = atoi(entry->d_name);
		}
		fclose(file);
	}
	closedir(dir);
	return found;
}

static void check_limit(pid_t pid, const char *name, const char *expected)
{
	char has[2][32] = { "", "" };

	sscanf(told(pid, "limits", name), "%31s %31s", has[0], has[1]);
	cr_expect_str_eq(has[0], expected, "%s is %s", name, has[0]);
	cr_expect_str_eq(has[1], expected, "%s is %s at most", name, has[1]);
}

static bool is_null(pid_t pid, int fd)
{
	char path[64], text[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	return readlink(path, text, sizeof(text) - 1) > 0 && !strcmp(text, "/dev/null");
}

static size_t open_files(pid_t pid)
{
	char path[64];
	size_t count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	cr_assert_not_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

/* What it has just handed over it closes a moment later. */
static void check_open_files(pid_t pid, size_t expected)
{
	int i;

	for (i = 0; i < 1000 && open_files(pid) != expected; i++)
		usleep(1000);
	SAME(open_files(pid), expected);
}

static bool is_ignored(pid_t pid, int signal)
{
	return status_of(pid, "SigIgn") >> (signal - 1) & 1;
}

static __u64 mask_of(const cap_value_t *list, size_t count)
{
	__u64 mask = 0;
	size_t i;

	for (i = 0; i < count; i++)
		mask |= 1ULL << list[i];
	return mask;
}

/* Of all of them. */
static void check_apart(pid_t pid, __u64 capabilities)
{
	char path[64], text[16];
	FILE *file;

	SAME(status_of(pid, "CapEff"), capabilities);
	SAME(status_of(pid, "CapPrm"), capabilities);
	SAME(status_of(pid, "CapAmb"), 0);
	SAME(status_of(pid, "NoNewPrivs"), 1);
	SAME(status_of(pid, "Seccomp"), 2);
	cr_expect(is_null(pid, 0) && is_null(pid, 1) && is_null(pid, 2));
	check_limit(pid, "Max core file size", "0");
	check_limit(pid, "Max file size", "0");
	cr_expect(is_ignored(pid, SIGINT) && is_ignored(pid, SIGQUIT) &&
		  !is_ignored(pid, SIGTERM) && !is_ignored(pid, SIGCHLD));
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	file = fopen(path, "re");
	cr_assert_not_null(file);
	while (fread(text, 1, 1, file) == 1)
		SAME(*text, 0);
	fclose(file);
}

/* ---- each of them ---- */

static int open_as(const struct owner *owner)
{
	struct broker_file file = {
		.root = -1, .path = "/etc/passwd", .owner = owner, .links = true
	};
	int fd = broker__open(broker, &file);

	cr_assert_geq(fd, 0);
	return fd;
}

Test(set_apart, broker_keeps_what_becoming_others_takes)
{
	static const cap_value_t keeps[] = { CAP_SETUID,    CAP_SETGID,	    CAP_DAC_READ_SEARCH,
					     CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SETPCAP,
					     CAP_KILL };
	pid_t pid = broker__pid(broker);

	close(open_as(NULL));
	SAME_TEXT(told(pid, "status", "Name:"), "tasktoll-broker");
	check_apart(pid, mask_of(keeps, ARRAY_SIZE(keeps)));
	cr_expect(is_ignored(pid, SIGHUP));
	check_open_files(pid, 5); /* its socket, and that of one worker */
}

Test(set_apart, opener_is_that_user)
{
	struct owner owner = { .known = true, .uid = STRANGER, .gid = STRANGER + 1 };
	pid_t pid;

	owner.group_count = 1;
	owner.groups[0] = STRANGER + 2;
	close(open_as(&owner));
	pid = child_of(broker__pid(broker), "tasktoll-opener");
	cr_assert(pid);
	SAME_TEXT(told(pid, "status", "Uid:"), "4242\t4242\t4242\t4242");
	SAME_TEXT(told(pid, "status", "Gid:"), "4243\t4243\t4243\t4243");
	SAME_TEXT(told(pid, "status", "Groups:"), "4244 ");
	check_apart(pid, 0);
	check_open_files(pid, 4);
}

Test(set_apart, opener_of_root_may_read)
{
	static const cap_value_t keeps[] = { CAP_DAC_READ_SEARCH };
	struct owner owner = { .known = true };
	pid_t pid;

	close(open_as(&owner));
	pid = child_of(broker__pid(broker), "tasktoll-opener");
	cr_assert(pid);
	check_apart(pid, mask_of(keeps, 1));
	SAME(status_of(pid, "Uid"), 0);
}

#ifndef __SANITIZE_ADDRESS__ /* which wants more address space than the helper may have */

/* It answers: then it has done what it does before. */
Test(set_apart, helper_is_nobody)
{
	struct helper_message message = { .number = 77, .kind = JOB_KINDS };
	int socket = broker__start_helper(broker), none;
	struct helper_result result = { 0 };
	char path[64], text[64] = "";
	pid_t pid;

	cr_assert_geq(socket, 0);
	cr_assert_eq(passing__send(socket, &message, sizeof(message), NULL, 0), 0);
	cr_assert_eq(passing__receive(socket, &result, sizeof(result), &none, 1), 0);
	SAME(result.number, 77);
	SAME(result.error, EMFILE);
	pid = child_of(broker__pid(broker), "tasktoll-helper");
	cr_assert(pid);
	check_apart(pid, 0);
	cr_expect_neq(status_of(pid, "Uid"), 0);
	cr_expect_neq(status_of(pid, "Gid"), 0);
	SAME_TEXT(told(pid, "status", "Groups:"), "");
	check_limit(pid, "Max data size", "1073741824");
	check_limit(pid, "Max address space", "4294967296"); /* files that are mapped, too */
	check_open_files(pid, 4);
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	cr_assert_gt(readlink(path, text, sizeof(text) - 1), 0);
	cr_expect(strcmp(text, "/"), "it sees %s", text);
	close(socket);
}

/* There is no room for more. */
Test(set_apart, so_many_helpers)
{
	int sockets[16], i;

	for (i = 0; i < 16; i++) {
		sockets[i] = broker__start_helper(broker);
		cr_expect_geq(sockets[i], 0, "%d", i);
	}
	SAME(broker__start_helper(broker), -EAGAIN);
	for (i = 0; i < 16; i++)
		close(sockets[i]);
}

#endif
