/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/process_memory.h"

#include <errno.h>
#include <string.h>

#define KIB 1024ULL

/* "Pss:     1234 kB" */
static void take_line(const char *line, const char *name, __u64 *sum)
{
	size_t length = strlen(name);
	unsigned long long kib;

	if (!strncmp(line, name, length) && line[length] == ':' &&
	    sscanf(line + length + 1, "%llu kB", &kib) == 1)
		*sum += kib * KIB;
}

int process_memory__parse(struct process_memory *ret_memory, FILE *file)
{
	struct process_memory memory = { 0 };
	char line[256];

	while (fgets(line, sizeof(line), file)) {
		take_line(line, "Rss", &memory.rss);
		take_line(line, "Pss", &memory.pss);
		take_line(line, "Private_Clean", &memory.private);
		take_line(line, "Private_Dirty", &memory.private);
		take_line(line, "Shared_Clean", &memory.shared);
		take_line(line, "Shared_Dirty", &memory.shared);
		take_line(line, "SwapPss", &memory.swap);
	}
	if (!memory.rss && !memory.pss)
		return -ENODATA;
	*ret_memory = memory;
	return 0;
}

static FILE *open_file(pid_t pid, const char *what)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	return fopen(path, "re");
}

/* Its threads share the page tables: both are in /proc/PID/status only. */
static void read_status(struct process_memory *memory, pid_t pid)
{
	FILE *file = open_file(pid, "status");
	unsigned long long threads;
	char line[256];

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		take_line(line, "VmPTE", &memory->page_tables);
		if (sscanf(line, "Threads: %llu", &threads) == 1)
			memory->threads = threads;
	}
	fclose(file);
}

int process_memory__read(struct process_memory *ret_memory, pid_t pid)
{
	FILE *file = open_file(pid, "smaps_rollup");
	int err;

	if (!file)
		return errno == ENOENT ? -ESRCH : -errno;
	err = process_memory__parse(ret_memory, file);
	fclose(file);
	if (err)
		return -ESRCH; /* it has given its memory back */
	read_status(ret_memory, pid);
	return 0;
}

void process_memory__add(struct process_memory *sum, const struct process_memory *more)
{
	sum->rss += more->rss;
	sum->pss += more->pss;
	sum->private += more->private;
	sum->shared += more->shared;
	sum->swap += more->swap;
	sum->page_tables += more->page_tables;
	sum->threads += more->threads;
}
