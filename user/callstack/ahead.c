/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/ahead.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "callstack/dso_cache.h"
#include "core/clock.h"
#include "core/hash.h"
#include "callstack/process_maps.h"

#define PAUSE_NS   20000000ULL /* between two turns, each of which takes at most */
#define TURN_NS	   5000000ULL
#define HURRY_NS   50000000ULL /* of work for programs that may vanish, and */
#define HURRY_PART 4	       /* on top, one in so many */
#define FILES_MAX  2000	       /* that are opened ahead, or a half of what may be open */

/* A program is looked at several times: libraries come one after the other. */
static const __u64 looks_ns[] = { 0, 1000000000ULL, 30000000000ULL };

#define LOOKS (sizeof(looks_ns) / sizeof(looks_ns[0]))

struct program {
	__u32 pid;
	size_t looks;
	__u64 since_ns; /* CLOCK_MONOTONIC */
	UT_hash_handle hh;
};

struct ahead {
	struct program *programs; /* by pid */
	__u64 turn_ns;		  /* the last one */
	size_t due;		  /* programs with looks to come */
	__u32 files_max;
	__u64 hurried_ns; /* how long programs that may vanish took, as far as it still counts */
	__u64 hurry_ns;	  /* by when */
};

struct ahead *ahead__new(void)
{
	struct ahead *ahead = calloc(1, sizeof(*ahead));
	struct rlimit files;

	if (!ahead)
		return NULL;
	ahead->files_max = FILES_MAX;
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur / 2 < FILES_MAX)
		ahead->files_max = (__u32)files.rlim_cur / 2;
	return ahead;
}

void ahead__free(struct ahead *ahead)
{
	if (!ahead)
		return;
	HASH_FREE_ALL(ahead->programs);
	free(ahead);
}

static void ahead__put(struct ahead *ahead, __u32 pid, __u64 now)
{
	struct program *program;

	HASH_FIND(hh, ahead->programs, &pid, sizeof(pid), program);
	if (!program) {
		program = calloc(1, sizeof(*program));
		if (!program)
			return; /* then it is not opened ahead */
		program->pid = pid;
		program->looks = LOOKS;
		HASH_ADD(hh, ahead->programs, pid, sizeof(program->pid), program);
	}
	ahead->due += program->looks == LOOKS;
	program->looks = 0;
	program->since_ns = now;
}

static void ahead__drop(struct ahead *ahead, __u32 pid)
{
	struct program *program;

	HASH_FIND(hh, ahead->programs, &pid, sizeof(pid), program);
	if (!program)
		return;
	ahead->due -= program->looks < LOOKS;
	HASH_DEL(ahead->programs, program);
	free(program);
}

static void program__open_files(const struct program *program, struct dso_cache *files, size_t most)
{
	struct process_maps maps;
	size_t i;

	if (process_maps__of(&maps, (pid_t)program->pid))
		return;
	for (i = 0; i < maps.count && most; i++) {
		if (!maps.list[i].inode)
			continue;
		dso_cache__fd(files, dso_cache__number(files, &maps.list[i], program->pid));
		most--;
	}
	process_maps__free(&maps);
}

static void program__open(const struct program *program, struct dso_cache *files)
{
	program__open_files(program, files, SIZE_MAX);
}

/* It is about to end: perhaps there is still time. */
static void ahead__hurry(struct ahead *ahead, struct dso_cache *files, __u32 pid)
{
	struct program *program;

	HASH_FIND(hh, ahead->programs, &pid, sizeof(pid), program);
	if (program && !program->looks)
		program__open(program, files);
}

/*
 * It may have ended when its turn comes: its own file, which is the first one that is mapped, is
 * opened now.  Its libraries, which others have too, can wait.
 */
static void ahead__open_program(struct ahead *ahead, struct dso_cache *files, __u32 pid)
{
	__u64 now = clock__monotonic(), rest = (now - ahead->hurry_ns) / HURRY_PART;
	struct program *program;

	HASH_FIND(hh, ahead->programs, &pid, sizeof(pid), program);
	ahead->hurried_ns -= rest < ahead->hurried_ns ? rest : ahead->hurried_ns;
	ahead->hurry_ns = now;
	if (!program || ahead->hurried_ns > HURRY_NS || dso_cache__count(files) >= ahead->files_max)
		return;
	program__open_files(program, files, 1);
	ahead->hurried_ns += clock__monotonic() - now;
}

void ahead__see(struct ahead *ahead, struct dso_cache *files, const struct lifecycle_event *event)
{
	if (!(event->task_id.flags & TASK_ID_TRACED) || event->task_id.flags & TASK_ID_KTHREAD)
		return;
	if (event->type == LIFECYCLE_CENSUS || event->type == LIFECYCLE_EXEC)
		ahead__put(ahead, event->task_id.tgid, clock__monotonic());
	else if (event->type == LIFECYCLE_FATAL || event->type == LIFECYCLE_ALONE)
		ahead__hurry(ahead, files, event->task_id.tgid);
	else if (event->type == LIFECYCLE_END)
		ahead__drop(ahead, event->task_id.tgid);
	if (event->type == LIFECYCLE_EXEC && event->exec.vanishes)
		ahead__open_program(ahead, files, event->task_id.tgid);
}

void ahead__open(struct ahead *ahead, struct dso_cache *files, __u64 now)
{
	struct program *program, *next;

	if (!ahead->due || now - ahead->turn_ns < PAUSE_NS)
		return;
	ahead->turn_ns = now;
	HASH_ITER(hh, ahead->programs, program, next) {
		if (program->looks == LOOKS || now - program->since_ns < looks_ns[program->looks])
			continue;
		if (dso_cache__count(files) >= ahead->files_max ||
		    clock__monotonic() - now > TURN_NS)
			return;
		program__open(program, files);
		program->looks++;
		ahead->due -= program->looks == LOOKS;
	}
}

void ahead__again(struct ahead *ahead)
{
	struct program *program, *next;

	HASH_ITER(hh, ahead->programs, program, next)
		program->looks = 0;
	ahead->due = HASH_COUNT(ahead->programs);
}
