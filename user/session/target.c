/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/target.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/namespaces.h"

/* The thread group of a task, from /proc; 0 if there is no such task. */
static __u32 task__tgid(__u32 tid)
{
	char path[64], line[128];
	unsigned int tgid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!tgid && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Tgid: %u", &tgid) == 1)
			break;
	}
	fclose(file);
	return tgid;
}

static int check_ids(const struct trace_target *target, struct failure *failure)
{
	bool threads = target->mode == TARGET_TID;
	size_t i;

	for (i = 0; i < target->id_count; i++) {
		__u32 id = target->ids[i], tgid = task__tgid(id);
		char hint[80];

		if (!tgid)
			return failure__set(failure, -ESRCH, "it does not exist, or has ended",
					    "ps -eL lists what runs", "cannot trace %s %u",
					    threads ? "thread" : "process", id);
		snprintf(hint, sizeof(hint), "use -t %u for the thread, -p %u for the process", id,
			 tgid);
		if (!threads && tgid != id)
			return failure__set(failure, -ESRCH, "it is a thread, not a process", hint,
					    "cannot trace process %u", id);
	}
	return 0;
}

static int check_cgroup(struct settings *settings, struct failure *failure)
{
	static const char hint[] = "give a directory of the cgroup v2 tree, /sys/fs/cgroup/...";
	const char *path = settings->target_text;
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) || statfs(path, &fs))
		return failure__set(failure, -errno, NULL, hint, "cannot read cgroup %s", path);
	if (!S_ISDIR(st.st_mode) || fs.f_type != CGROUP2_SUPER_MAGIC)
		return failure__set(failure, -ENOTDIR,
				    S_ISDIR(st.st_mode) ? "it is not in a cgroup v2 tree" :
							  "it is not a directory",
				    hint, "cannot read cgroup %s", path);
	settings->target.cgroup = st.st_ino; /* the kernel's id of the cgroup */
	return 0;
}

int target__check(struct settings *settings, struct failure *failure)
{
	struct namespaces namespaces;
	int err;

	/* ids are looked up in /proc: it has to be that of the namespace which they are of */
	namespaces__read(&namespaces, "/proc/self", getpid());
	err = namespaces__check(&namespaces, failure);
	if (err)
		return err;
	switch (settings->target.mode) {
	case TARGET_PID:
	case TARGET_TID:
		return check_ids(&settings->target, failure);
	case TARGET_CGROUP:
		return check_cgroup(settings, failure);
	default:
		return 0;
	}
}
