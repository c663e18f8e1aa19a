/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/interpreter_lock.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "core/clock.h"
#include "ids.h"

#define LEAST_NS 50000000ULL
#define TIMES	 50 /* the CPU time of one look: until the next one */

/* ---- where the interpreter's data lies ---- */

static bool is_interpreter(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && (!strncmp(slash, "/python3", 8) || !strncmp(slash, "/libpython3", 11));
}

/* What has no file and begins where data ends is the part of it that was all zeros. */
static void find_data(struct looked_process *of)
{
	char path[64], line[4400], perms[5], name[4200];
	size_t used = 0;
	__u64 start, end, last = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/maps", of->pid);
	file = fopen(path, "re");
	while (file && used < DATA_RANGES && fgets(line, sizeof(line), file)) {
		*name = 0;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %4199[^\n]",
			   (uint64_t *)&start, (uint64_t *)&end, perms, name) < 3)
			continue;
		if (perms[1] != 'w' || perms[3] != 'p' ||
		    !(is_interpreter(name) || (!*name && start == last)))
			continue;
		of->data[used].start = start;
		of->data[used++].end = last = end;
	}
	if (file)
		fclose(file);
}

static bool is_inside(const struct looked_process *of, __u64 address)
{
	size_t i;

	for (i = 0; i < DATA_RANGES && of->data[i].start; i++) {
		if (address >= of->data[i].start && address < of->data[i].end)
			return true;
	}
	return false;
}

/* ---- what its threads sleep on ---- */

static bool read_line(const struct looked_process *of, __u32 tid, const char *name, char *line,
		      size_t size)
{
	char path[80];
	FILE *file;
	bool read;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/%s", of->pid, tid, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	read = fgets(line, (int)size, file) != NULL;
	fclose(file);
	return read;
}

/* It has run since it was last looked at: who waits for the end of all others does not. */
static bool has_run(struct looked_process *of, __u32 tid)
{
	char line[128];
	__u64 runs, before;
	size_t i;

	if (!read_line(of, tid, "schedstat", line, sizeof(line)) ||
	    sscanf(line, "%*s %*s %" SCNu64, (uint64_t *)&runs) != 1)
		return false;
	for (i = 0; i < LOOKED_THREADS; i++) {
		if (of->threads[i].tid && of->threads[i].tid != tid)
			continue;
		before = of->threads[i].tid ? of->threads[i].runs : runs;
		of->threads[i].tid = tid;
		of->threads[i].runs = runs;
		return runs != before;
	}
	return false;
}

static void look_at_thread(struct looked_process *of, __u32 tid)
{
	char line[256];
	__u64 address;
	long number;

	if (!has_run(of, tid) || !read_line(of, tid, "syscall", line, sizeof(line)) ||
	    sscanf(line, "%ld %" SCNx64, &number, (uint64_t *)&address) != 2 || number != SYS_futex)
		return;
	of->waits++;
	of->inside += is_inside(of, address);
}

static void look_at_process(struct looked_process *of)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;
	int left = LOOKED_THREADS;

	snprintf(path, sizeof(path), "/proc/%u/task", of->pid);
	dir = opendir(path);
	while (dir && left > 0 && (entry = readdir(dir)) != NULL) {
		__u32 tid = (__u32)strtoul(entry->d_name, NULL, 10);

		if (!tid)
			continue;
		look_at_thread(of, tid);
		left--;
	}
	if (dir)
		closedir(dir);
}

/* NULL: there is no room. */
static struct looked_process *find_process(struct lock_sampler *sampler,
					   const struct process *process)
{
	struct looked_process *of;
	size_t i;

	for (i = 0; i < sampler->count; i++) {
		of = &sampler->processes[i];
		if (of->pid == process->key.pid && of->start_ns == process->key.start_ns)
			return of;
	}
	if (sampler->count == LOOKED_PROCESSES)
		return NULL;
	of = &sampler->processes[sampler->count++];
	of->pid = process->key.pid;
	of->start_ns = process->key.start_ns;
	find_data(of);
	return of;
}

static void look(struct lock_sampler *sampler, const struct model *model)
{
	const struct process *process;
	struct looked_process *of;

	for (process = model->processes; process; process = process->hh.next) {
		if (process->ended || process->end || process->kthread ||
		    process->threads_alive < 2 || id__is_outside(process->key.pid))
			continue;
		of = find_process(sampler, process);
		if (of && of->data[0].start)
			look_at_process(of);
	}
}

void lock_sampler__poll(struct lock_sampler *sampler, const struct model *model)
{
	__u64 took = clock__read(CLOCK_THREAD_CPUTIME_ID);

	if (clock__monotonic() < sampler->next_ns)
		return;
	look(sampler, model);
	took = (clock__read(CLOCK_THREAD_CPUTIME_ID) - took) * TIMES;
	sampler->next_ns = clock__monotonic() + (took > LEAST_NS ? took : LEAST_NS);
}

void lock_sampler__tell(const struct lock_sampler *sampler, struct serial *serial)
{
	size_t i;

	for (i = 0; i < sampler->count; i++) {
		if (sampler->processes[i].pid != serial->pid)
			continue;
		serial->lock_waits = sampler->processes[i].waits;
		serial->lock_inside = sampler->processes[i].inside;
	}
}
