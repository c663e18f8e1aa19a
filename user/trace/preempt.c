/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/preempt.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "trace/detached.h"
#include "trace/lockdown.h"

#define DEBUGFS_MODELS "/sys/kernel/debug/sched/preempt"

bool preempt__judge(const char *version, const char *models)
{
	if (!strstr(version, "PREEMPT"))
		return false;
	if (!strstr(version, "PREEMPT_DYNAMIC") || !strchr(models, '('))
		return true;
	return !strstr(models, "(none)") && !strstr(models, "(voluntary)");
}

/* Where debugfs is mounted, or in one of our own; "" where the kernel keeps it. */
static void models__read(char *ret_models, int size)
{
	FILE *file = NULL;

	ret_models[0] = 0;
	if (lockdown__keeps_debugfs(lockdown__read()))
		return;
	file = fopen(DEBUGFS_MODELS, "re");
	if (!file)
		file = detached__open("debugfs", "sched/preempt");
	if (!file || !fgets(ret_models, size, file))
		ret_models[0] = 0;
	if (file)
		fclose(file);
}

bool preempt__is_on(void)
{
	struct utsname name;
	char models[128];

	uname(&name);
	models__read(models, sizeof(models));
	return preempt__judge(name.version, models);
}

bool preempt__reaches_tracepoints(void)
{
	struct utsname name;
	int major = 0;

	uname(&name);
	return sscanf(name.release, "%d", &major) == 1 && major >= 7;
}
