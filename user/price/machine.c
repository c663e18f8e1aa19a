/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price/machine.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cpu_model.h"

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities"

static bool read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(text, (int)size, file);

	if (file)
		fclose(file);
	if (!ok)
		*text = '\0';
	text[strcspn(text, "\n")] = '\0';
	return ok;
}

static void read_cpu(struct price_machine *machine)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[512];

	cpu_model__read(machine->cpu, sizeof(machine->cpu));
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		cpu_model__take(line, "microcode", machine->microcode, sizeof(machine->microcode));
	fclose(file);
}

/* The largest of the CPU's caches, whichever index it has. */
static __u64 last_level_cache(void)
{
	char path[96], text[32], *end;
	__u64 size, most = 0;
	int i;

	for (i = 0; i < 10; i++) { /* more than any CPU has */
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
		if (!read_line(path, text, sizeof(text)))
			break;
		size = strtoull(text, &end, 10);
		size <<= *end == 'K' ? 10 : *end == 'M' ? 20 : 0;
		if (size > most)
			most = size;
	}
	return most;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_mitigations(char *text, size_t size)
{
	struct dirent **entries;
	char path[320], line[256];
	size_t used = 0;
	int count, i;

	count = scandir(VULNERABILITIES, &entries, NULL, by_name);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), VULNERABILITIES "/%s", entries[i]->d_name);
		if (*entries[i]->d_name != '.' && read_line(path, line, sizeof(line)) &&
		    !strncmp(line, "Mitigation", 10) && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s: %s",
						 used ? "; " : "", entries[i]->d_name,
						 line + strcspn(line, " ") + 1);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

void price_machine__read(struct price_machine *machine)
{
	struct utsname name;

	memset(machine, 0, sizeof(*machine));
	if (!uname(&name)) {
		snprintf(machine->host, sizeof(machine->host), "%.64s", name.nodename);
		snprintf(machine->kernel, sizeof(machine->kernel), "%.64s %.64s", name.release,
			 name.version);
	}
	read_cpu(machine);
	read_mitigations(machine->mitigations, sizeof(machine->mitigations));
	machine->cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	machine->cache_bytes = last_level_cache();
	machine->time_ns = clock__realtime();
}

const char *price_machine__differs(const struct price_machine *then,
				   const struct price_machine *now)
{
	if (strcmp(then->host, now->host))
		return "another host";
	if (strcmp(then->kernel, now->kernel))
		return "another kernel";
	if (strcmp(then->cpu, now->cpu) || then->cpus != now->cpus)
		return "other CPUs";
	if (strcmp(then->microcode, now->microcode))
		return "other microcode";
	if (strcmp(then->mitigations, now->mitigations))
		return "other mitigations";
	return NULL;
}
