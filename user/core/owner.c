/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "Uid:" and "Gid:" have four numbers: real, effective, saved, and that of the file system. */
#define FS_ID 4

/* The last number of a line, or the one at place `which` (from 1). */
static unsigned long line__number(const char *text, int which)
{
	unsigned long number = 0;
	char *end;
	int i;

	for (i = 0; !which || i < which; i++) {
		unsigned long next = strtoul(text, &end, 10);

		if (end == text)
			break;
		number = next;
		text = end;
	}
	return number;
}

static void owner__take_groups(struct owner *owner, const char *text)
{
	char *end;

	while (owner->group_count < OWNER_GROUPS) {
		unsigned long group = strtoul(text, &end, 10);

		if (end == text)
			return;
		owner->groups[owner->group_count++] = (gid_t)group;
		text = end;
	}
}

static void owner__take_line(struct owner *owner, const char *line)
{
	const char *value = strchr(line, ':');

	if (!value++)
		return;
	if (!strncmp(line, "Uid:", 4)) {
		owner->uid = (uid_t)line__number(value, FS_ID);
		owner->known = true;
	} else if (!strncmp(line, "Gid:", 4)) {
		owner->gid = (gid_t)line__number(value, FS_ID);
	} else if (!strncmp(line, "Groups:", 7)) {
		owner__take_groups(owner, value);
	} else if (!strncmp(line, "NSpid:", 6)) {
		owner->own_pid = (pid_t)line__number(value, 0);
	}
}

bool owner__of(pid_t pid, struct owner *ret_owner)
{
	struct owner owner = { .own_pid = pid };
	size_t capacity = 0;
	char path[64], *line = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (getline(&line, &capacity, file) > 0)
		owner__take_line(&owner, line);
	free(line);
	fclose(file);
	if (owner.known)
		*ret_owner = owner;
	return owner.known;
}
