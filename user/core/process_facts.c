/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/process_facts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const process_spaces[SPACES] = { "mnt", "pid", "net", "ipc", "uts", "user" };

static FILE *process__open(pid_t pid, const char *what)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	return fopen(path, "re");
}

static void facts__take_line(struct process_facts *facts, const char *line)
{
	unsigned int number;
	const char *at;

	if (sscanf(line, "Name: %31s", facts->name) == 1 ||
	    sscanf(line, "Uid: %*u %u", &facts->uid) == 1 ||
	    sscanf(line, "Gid: %*u %u", &facts->gid) == 1 ||
	    sscanf(line, "CapPrm: %llx", &facts->permitted) == 1 ||
	    sscanf(line, "CapEff: %llx", &facts->effective) == 1 ||
	    sscanf(line, "CapBnd: %llx", &facts->bounding) == 1)
		return;
	if (!strncmp(line, "State:", 6))
		facts->ended = strchr(line, 'Z') || strchr(line, 'X');
	else if (sscanf(line, "NoNewPrivs: %u", &number) == 1)
		facts->no_new_privs = number;
	else if (sscanf(line, "Seccomp: %u", &number) == 1)
		facts->filtered = number;
	else if (!strncmp(line, "Groups:", 7))
		for (at = line + 7; *at; at++)
			facts->groups += *at >= '0' && *at <= '9' && (at[-1] < '0' || at[-1] > '9');
}

static size_t count_files(pid_t pid)
{
	struct dirent *entry;
	size_t count = 0;
	char path[64];
	DIR *files;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	files = opendir(path);
	while (files && (entry = readdir(files)))
		count += entry->d_name[0] != '.';
	if (files)
		closedir(files);
	return count;
}

static size_t count_environment(pid_t pid)
{
	FILE *file = process__open(pid, "environ");
	size_t count = 0;
	int c;

	while (file && (c = getc(file)) != EOF)
		count += c != 0;
	if (file)
		fclose(file);
	return count;
}

static bool has_own_space(pid_t pid, const char *space)
{
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", space);
	if (stat(path, &ours))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, space);
	return !stat(path, &theirs) && theirs.st_ino != ours.st_ino;
}

static void facts__read_root(struct process_facts *facts, pid_t pid)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	n = readlink(path, facts->root, sizeof(facts->root) - 1);
	facts->root[n > 0 ? n : 0] = 0;
}

int process_facts__read(struct process_facts *facts, pid_t pid)
{
	FILE *file = process__open(pid, "status");
	size_t capacity = 0;
	char *line = NULL, path[64];
	struct stat st;
	int i;

	if (!file)
		return -errno;
	memset(facts, 0, sizeof(*facts));
	while (getline(&line, &capacity, file) > 0)
		facts__take_line(facts, line);
	free(line);
	fclose(file);
	for (i = 0; i < SPACES; i++)
		facts->own[i] = has_own_space(pid, process_spaces[i]);
	facts->files = count_files(pid);
	facts->environment = count_environment(pid);
	facts__read_root(facts, pid);
	/* /proc/PID belongs to root if its process is not dumpable: proc(5) */
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	facts->dumpable = facts->uid && !stat(path, &st) && st.st_uid == facts->uid;
	return 0;
}

size_t process__children(pid_t pid, pid_t *children, size_t room)
{
	char path[64];
	size_t count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "task/%d/children", pid);
	file = process__open(pid, path);
	while (file && count < room && fscanf(file, "%d", &children[count]) == 1)
		count++;
	if (file)
		fclose(file);
	return count;
}
