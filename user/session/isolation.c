/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/isolation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ids.h"

/* What one process is in. */
struct bounds {
	uid_t user;
	bool seccomp;
	ino_t space[SPACES];
	char cgroup[512];
};

static void read_cgroup(char *text, size_t size, pid_t pid)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	*text = 0;
	file = fopen(path, "re");
	if (!file)
		return;
	text[fread(text, 1, size - 1, file)] = 0;
	fclose(file);
}

static bool bounds__read(struct bounds *bounds, pid_t pid)
{
	struct process_facts facts;
	char path[64];
	struct stat st;
	int i;

	memset(bounds, 0, sizeof(*bounds));
	if (process_facts__read(&facts, pid))
		return false;
	bounds->user = facts.uid;
	bounds->seccomp = facts.filtered;
	for (i = 0; i < SPACES; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, process_spaces[i]);
		if (stat(path, &st))
			return false;
		bounds->space[i] = st.st_ino;
	}
	read_cgroup(bounds->cgroup, sizeof(bounds->cgroup), pid);
	return true;
}

/* One that ends while it is read shows other bounds than it had, or none. */
static bool has_ended(pid_t pid)
{
	struct process_facts facts;
	int err = process_facts__read(&facts, pid);

	return err == -ENOENT || err == -ESRCH || (!err && facts.ended);
}

static void isolation__add(struct isolation *isolation, const struct bounds *first,
			   const struct bounds *other)
{
	int i;

	isolation->user |= first->user != other->user;
	isolation->seccomp |= first->seccomp != other->seccomp;
	isolation->cgroup |= strcmp(first->cgroup, other->cgroup) != 0;
	for (i = 0; i < SPACES; i++)
		isolation->space[i] |= first->space[i] != other->space[i];
}

void isolation__read(struct isolation *ret_isolation, const struct model *model)
{
	struct isolation isolation = { 0 };
	const struct process *process;
	struct bounds first, bounds;
	bool readable;

	for (process = model->processes; process; process = process->hh.next) {
		if (process->ended || process->end || process->kthread)
			continue;
		readable = !id__is_outside(process->key.pid) &&
			   bounds__read(&bounds, (pid_t)process->key.pid);
		if (!id__is_outside(process->key.pid) && has_ended((pid_t)process->key.pid))
			continue;
		if (!readable) {
			isolation.unreadable++;
			continue;
		}
		if (!isolation.processes++)
			first = bounds;
		isolation__add(&isolation, &first, &bounds);
	}
	*ret_isolation = isolation;
}
