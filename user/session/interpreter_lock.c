/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/interpreter_lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"
#include "ids.h"

#define LEAST_NS    10000000ULL
#define TIMES	    50 /* the CPU time of one look: until the next one */
#define AGAIN	    16 /* looks; an interpreter may be loaded late */
#define STACK_WORDS 128

/* ---- where the interpreter lies ---- */

enum interpreter interpreter__of_path(const char *path)
{
	const char *name = strrchr(path, '/');

	if (!name)
		return INTERPRETER_NONE;
	if (!strncmp(name, "/python3", 8) || !strncmp(name, "/libpython3", 11))
		return INTERPRETER_PYTHON;
	/* "ruby", "ruby3.1", "libruby.so.3.1", "libruby-3.1.so.3.1" */
	if (!strncmp(name, "/libruby", 8) && strchr(".-", name[8]))
		return INTERPRETER_RUBY;
	if (!strncmp(name, "/ruby", 5) && name[5 + strspn(name + 5, "0123456789.")] == '\0')
		return INTERPRETER_RUBY;
	return INTERPRETER_NONE;
}

/* What has no file and begins where data ends is the part of it that was all zeros. */
static void take_data(struct looked_process *of, struct looked_range range, const char *name)
{
	const struct looked_range *last = of->data_count ? &of->data[of->data_count - 1] : NULL;

	if (of->data_count == DATA_RANGES)
		return;
	if (interpreter__of_path(name) == INTERPRETER_PYTHON ||
	    (!*name && last && range.start == last->end))
		of->data[of->data_count++] = range;
}

static void take_code(struct looked_process *of, struct looked_range range, const char *name)
{
	if (of->code_count == CODE_RANGES)
		return;
	range.own = interpreter__of_path(name) == INTERPRETER_RUBY;
	of->code[of->code_count++] = range;
}

static void find_interpreter(struct looked_process *of)
{
	char path[64], line[4400], perms[5], name[4200];
	struct looked_range range = { 0 };
	FILE *file;

	of->interpreter = INTERPRETER_NONE;
	of->data_count = of->code_count = 0;
	snprintf(path, sizeof(path), "/proc/%u/maps", of->pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		*name = 0;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %4199[^\n]",
			   (uint64_t *)&range.start, (uint64_t *)&range.end, perms, name) < 3)
			continue;
		if (of->interpreter == INTERPRETER_NONE)
			of->interpreter = interpreter__of_path(name);
		if (perms[1] == 'w' && perms[3] == 'p')
			take_data(of, range, name);
		else if (perms[2] == 'x')
			take_code(of, range, name);
	}
	if (file)
		fclose(file);
}

static const struct looked_range *find_range(const struct looked_range *list, size_t count,
					     __u64 address)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (address >= list[i].start && address < list[i].end)
			return &list[i];
	}
	return NULL;
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

/*
 * A thread that has run since it was last looked at: the wait that was seen then is over, and
 * counts.  One that waits for the end of all others does not run.  NULL: it has not.
 */
static struct looked_thread *find_thread_that_ran(struct looked_process *of, __u32 tid)
{
	struct looked_thread *thread;
	char line[128];
	__u64 runs, before;
	size_t i;

	if (!read_line(of, tid, "schedstat", line, sizeof(line)) ||
	    sscanf(line, "%*s %*s %" SCNu64, (uint64_t *)&runs) != 1)
		return NULL;
	for (i = 0; i < LOOKED_THREADS; i++) {
		thread = &of->threads[i];
		if (thread->tid && thread->tid != tid)
			continue;
		before = thread->tid ? thread->runs : runs;
		thread->tid = tid;
		thread->runs = runs;
		if (runs == before)
			return NULL;
		of->waits += thread->waits;
		of->inside += thread->inside;
		thread->waits = thread->inside = false;
		return thread;
	}
	return NULL;
}

/*
 * The innermost code that a stack returns to, but for the library that made the system call:
 * is it the interpreter's?
 */
static bool returns_to_interpreter(const struct looked_process *of, __u64 stack, __u64 pc)
{
	const struct looked_range *library = find_range(of->code, of->code_count, pc), *found;
	__u64 words[STACK_WORDS];
	char path[64];
	ssize_t size;
	size_t i;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/mem", of->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = pread(fd, words, sizeof(words), (off_t)stack);
	close(fd);
	for (i = 0; size > 0 && i < (size_t)size / sizeof(*words); i++) {
		found = find_range(of->code, of->code_count, words[i]);
		if (found && found != library)
			return found->own;
	}
	return false;
}

static void look_at_thread(struct looked_process *of, __u32 tid)
{
	struct looked_thread *thread = find_thread_that_ran(of, tid);
	char line[256];
	__u64 address, stack, pc;
	long number;

	if (!thread || !read_line(of, tid, "syscall", line, sizeof(line)) ||
	    sscanf(line, "%ld %" SCNx64 " %*x %*x %*x %*x %*x %" SCNx64 " %" SCNx64, &number,
		   (uint64_t *)&address, (uint64_t *)&stack, (uint64_t *)&pc) != 4 ||
	    number != SYS_futex)
		return;
	thread->waits = true;
	if (of->interpreter == INTERPRETER_PYTHON)
		thread->inside = find_range(of->data, of->data_count, address) != NULL;
	else
		thread->inside = returns_to_interpreter(of, stack, pc);
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
		if (!of)
			continue;
		if (of->interpreter == INTERPRETER_NONE && of->looks++ % AGAIN == 0)
			find_interpreter(of);
		if (of->interpreter != INTERPRETER_NONE)
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
		serial->interpreter = sampler->processes[i].interpreter;
		serial->lock_waits = sampler->processes[i].waits;
		serial->lock_inside = sampler->processes[i].inside;
	}
}
