/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/interpreters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "core/clock.h"
#include "core/patience.h"

#define FIRST_TRY_NS                                                                               \
	5000000ULL /* after which an interpreter that was not there is looked for again */
#define TRIES 12   /* each after twice the time */
/* What a process may take to show its memory, which it can withhold: at a look, and of a function. */
#define LOOK_MS	     200
#define CODE_MS	     100
#define WAITING_MOST 1000 /* chains of processes that are not known yet */

struct process {
	__u32 pid; /* key */
	__u32 serial;
	enum python_found found; /* PYTHON_ABSENT: not looked for, or not there yet */
	bool counted;
	bool closed; /* its memory may not be read, or not in time: nobody tries again */
	unsigned int tries;
	__u64 next_ns;
	__u64 space;  /* 0: not seen */
	__u64 taught; /* space */
	struct python_program program;
	UT_hash_handle hh;
};

struct code_key {
	__u64 code, names;
	__u64 serial; /* of the process */
};

struct code_entry {
	struct code_key key;
	struct interpreter_code code;
	UT_hash_handle hh;
};

struct chain_entry {
	__u64 id; /* key */
	UT_hash_handle hh;
	struct interpreter_chain chain;
};

/* Of a process that nobody has told of yet, or that has not been looked at. */
struct waiting_chain {
	struct waiting_chain *prev, *next;
	struct python_chain chain; /* so many frames as it has */
};

struct interpreters {
	struct interpreters_config config;
	struct process *processes;
	struct code_entry *codes;
	struct chain_entry *chains;
	struct waiting_chain *waiting;
	size_t waiting_count, bytes;
	__u32 serials;
	__u64 unknown, closed;
	struct patience patience;
	char unknown_version[PYTHON_VERSION_TEXT];
};

struct interpreters *interpreters__new(const struct interpreters_config *config)
{
	struct interpreters *interpreters = calloc(1, sizeof(*interpreters));

	if (interpreters)
		interpreters->config = *config;
	return interpreters;
}

static size_t waiting__size(const struct python_chain *chain)
{
	return offsetof(struct waiting_chain, chain) + PYTHON_CHAIN_HEAD +
	       chain->count * sizeof(chain->frames[0]);
}

static void waiting__remove(struct interpreters *interpreters, struct waiting_chain *waiting)
{
	interpreters->bytes -= waiting__size(&waiting->chain);
	interpreters->waiting_count--;
	DL_DELETE(interpreters->waiting, waiting);
	free(waiting);
}

/* Chains that wait are lost by it: their stacks have native frames only. */
static void interpreters__empty(struct interpreters *interpreters)
{
	struct chain_entry *chain, *next_chain;
	struct code_entry *code, *next_code;
	struct waiting_chain *waiting, *next;

	DL_FOREACH_SAFE(interpreters->waiting, waiting, next)
	waiting__remove(interpreters, waiting);
	HASH_ITER(hh, interpreters->chains, chain, next_chain) {
		HASH_DEL(interpreters->chains, chain);
		free(chain);
	}
	HASH_ITER(hh, interpreters->codes, code, next_code) {
		HASH_DEL(interpreters->codes, code);
		python_code__free(&code->code.code);
		free(code);
	}
	interpreters->bytes = 0;
}

static void interpreters__remove(struct interpreters *interpreters, struct process *process)
{
	HASH_DEL(interpreters->processes, process);
	free(process);
}

void interpreters__free(struct interpreters *interpreters)
{
	struct process *process, *next;

	if (!interpreters)
		return;
	interpreters__empty(interpreters);
	HASH_ITER(hh, interpreters->processes, process, next)
		interpreters__remove(interpreters, process);
	free(interpreters);
}

/* ---- processes ---- */

static struct process *interpreters__find(const struct interpreters *interpreters, __u32 pid)
{
	struct process *process;

	HASH_FIND(hh, interpreters->processes, &pid, sizeof(pid), process);
	return process;
}

static struct process *interpreters__add(struct interpreters *interpreters, __u32 pid)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->pid = pid;
	process->serial = ++interpreters->serials;
	HASH_ADD(hh, interpreters->processes, pid, sizeof(process->pid), process);
	return process;
}

void interpreters__map(struct interpreters *interpreters, __u32 pid, const char *path)
{
	struct process *process;

	if (!python__is_path(path))
		return;
	process = interpreters__find(interpreters, pid);
	if (!process)
		process = interpreters__add(interpreters, pid);
	if (!process || process->found == PYTHON_FOUND)
		return;
	process->found = PYTHON_ABSENT;
	process->tries = 0;
	process->next_ns = 0;
}

/* It has all that its parent has, at the same addresses. */
void interpreters__fork(struct interpreters *interpreters, __u32 pid, __u32 parent)
{
	const struct process *from = interpreters__find(interpreters, parent);
	struct process *process;

	interpreters__forget(interpreters, pid);
	if (!from)
		return;
	process = interpreters__add(interpreters, pid);
	if (!process)
		return;
	process->found = from->found;
	process->program = from->program;
}

void interpreters__exec(struct interpreters *interpreters, __u32 pid)
{
	interpreters__forget(interpreters, pid);
}

void interpreters__forget(struct interpreters *interpreters, __u32 pid)
{
	struct process *process = interpreters__find(interpreters, pid);

	if (process)
		interpreters__remove(interpreters, process);
}

/* ---- is it there? ---- */

struct look {
	pid_t pid;
	int err;
	enum python_found found;
	struct python_program program;
};

static void look__work(void *job)
{
	struct look *look = job;
	struct memory memory;

	look->err = memory__open(&memory, look->pid);
	if (look->err)
		return;
	look->found = python_program__find(&look->program, &memory, look->pid);
	memory__close(&memory);
}

static void interpreters__close(struct interpreters *interpreters, struct process *process)
{
	interpreters->closed += !process->closed;
	process->closed = true;
}

static void interpreters__look(struct interpreters *interpreters, struct process *process,
			       __u64 now)
{
	struct look *look = calloc(1, sizeof(*look));
	int err;

	process->next_ns = now + (FIRST_TRY_NS << process->tries++);
	if (!look)
		return;
	look->pid = (pid_t)process->pid;
	err = patience__do(&interpreters->patience, look__work, free, look, LOOK_MS);
	if (err == -ETIMEDOUT || err == -EBUSY ||
	    (!err && look->err && look->err != -ESRCH && look->err != -ENOENT))
		interpreters__close(interpreters, process);
	if (!err && !look->err) {
		process->found = look->found;
		process->program = look->program;
	}
	if (err != -ETIMEDOUT)
		free(look);
}

static void interpreters__count(struct interpreters *interpreters, struct process *process)
{
	if (process->counted)
		return;
	process->counted = true;
	if (process->found == PYTHON_FOUND)
		return;
	interpreters->unknown++;
	memcpy(interpreters->unknown_version, process->program.version,
	       sizeof(interpreters->unknown_version));
}

static void interpreters__try(struct interpreters *interpreters, struct process *process, __u64 now)
{
	if (process->found < PYTHON_UNKNOWN && !process->closed && process->tries < TRIES &&
	    now >= process->next_ns)
		interpreters__look(interpreters, process, now);
	if (process->found >= PYTHON_UNKNOWN)
		interpreters__count(interpreters, process);
	if (process->found == PYTHON_FOUND && process->taught != process->space) {
		process->taught = process->space;
		interpreters->config.teach(interpreters->config.context, process->space,
					   &process->program.layout);
	}
}

void interpreters__see(struct interpreters *interpreters, __u32 pid, __u64 space)
{
	struct process *process = interpreters ? interpreters__find(interpreters, pid) : NULL;

	if (!process || !space || (process->space == space && process->taught == space))
		return;
	process->space = space;
	interpreters__try(interpreters, process, clock__monotonic());
}

void interpreters__poll(struct interpreters *interpreters)
{
	struct process *process, *next;
	__u64 now;

	if (!interpreters || !interpreters->processes)
		return;
	now = clock__monotonic();
	HASH_ITER(hh, interpreters->processes, process, next) {
		if (process->space && process->found < PYTHON_UNKNOWN)
			interpreters__try(interpreters, process, now);
	}
}

/* ---- chains ---- */

struct reading {
	struct interpreters *interpreters;
	struct process *process;
};

struct code_job {
	pid_t pid;
	struct python_program program;
	__u64 at, names;
	struct python_code code;
	int err;
};

static void code_job__work(void *job)
{
	struct code_job *reading = job;
	struct memory memory;

	reading->err = memory__open(&memory, reading->pid);
	if (reading->err)
		return;
	reading->err = python_code__read(&reading->code, &memory, &reading->program, reading->at,
					 reading->names);
	memory__close(&memory);
}

static void code_job__drop(void *job)
{
	struct code_job *reading = job;

	python_code__free(&reading->code);
	free(reading);
}

/* 0, or why it cannot be read. */
static int reading__read(struct reading *reading, struct python_code *ret_code,
			 const struct python_frame *frame)
{
	struct process *process = reading->process;
	struct code_job *job;
	int err;

	if (!frame->names)
		return -EINVAL;
	if (process->closed)
		return -EACCES;
	job = calloc(1, sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->pid = (pid_t)process->pid;
	job->program = process->program;
	job->at = frame->code;
	job->names = frame->names;
	err = patience__do(&reading->interpreters->patience, code_job__work, code_job__drop, job,
			   CODE_MS);
	if (err == -ETIMEDOUT || err == -EBUSY)
		interpreters__close(reading->interpreters, process);
	if (err == -ETIMEDOUT)
		return err;
	if (!err) {
		err = job->err;
		*ret_code = job->code;
	}
	free(job);
	return err;
}

/* NULL without memory. */
static const struct interpreter_code *reading__code(struct reading *reading,
						    const struct python_frame *frame)
{
	const struct code_key key = { frame->code, frame->names, reading->process->serial };
	struct interpreters *interpreters = reading->interpreters;
	struct code_entry *entry;

	HASH_FIND(hh, interpreters->codes, &key, sizeof(key), entry);
	if (entry && !entry->code.error)
		return &entry->code;
	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return NULL;
		entry->key = key;
		HASH_ADD(hh, interpreters->codes, key, sizeof(entry->key), entry);
		interpreters->bytes += sizeof(*entry);
	}
	entry->code.error = reading__read(reading, &entry->code.code, frame);
	if (!entry->code.error)
		interpreters->bytes += entry->code.code.lines_size + strlen(entry->code.code.name) +
				       strlen(entry->code.code.path) + 64;
	return &entry->code;
}

static bool reading__take(struct reading *reading, const struct python_frame *from,
			  struct interpreter_frame *to)
{
	to->entry = from->flags & PYTHON_ENTRY;
	to->code = NULL;
	to->line = 0;
	if (!from->code)
		return true;
	to->code = reading__code(reading, from);
	if (to->code && !to->code->error)
		to->line = python_code__line(&to->code->code, &reading->process->program, from->at);
	return to->code;
}

/* Mappings are told of by another way than chains: the process may be known a moment later. */
static int interpreters__keep(struct interpreters *interpreters, const struct python_chain *chain)
{
	size_t size = waiting__size(chain);
	struct waiting_chain *waiting;

	if (interpreters->waiting_count == WAITING_MOST)
		return 0;
	waiting = malloc(size);
	if (!waiting)
		return -ENOMEM;
	memcpy(&waiting->chain, chain, size - offsetof(struct waiting_chain, chain));
	DL_APPEND(interpreters->waiting, waiting);
	interpreters->waiting_count++;
	interpreters->bytes += size;
	return 0;
}

int interpreters__take(struct interpreters *interpreters, const struct python_chain *chain)
{
	struct reading reading = { .interpreters = interpreters,
				   .process = interpreters__find(interpreters, chain->tgid) };
	struct chain_entry *entry;
	bool all = true;
	__u32 i;

	if (interpreters->bytes > interpreters->config.bytes)
		interpreters__empty(interpreters);
	if (!reading.process || reading.process->found < PYTHON_UNKNOWN)
		return interpreters__keep(interpreters, chain);
	if (reading.process->found != PYTHON_FOUND)
		return 0;
	interpreters__drop(interpreters, chain->id);
	entry = calloc(1, sizeof(*entry) + chain->count * sizeof(entry->chain.frames[0]));
	if (!entry)
		return -ENOMEM;
	entry->id = chain->id;
	entry->chain.eval_start = reading.process->program.eval_start;
	entry->chain.eval_end = reading.process->program.eval_end;
	entry->chain.end = chain->end;
	entry->chain.count = chain->count;
	for (i = 0; i < chain->count && all; i++)
		all = reading__take(&reading, &chain->frames[i], &entry->chain.frames[i]);
	if (!all) {
		free(entry);
		return -ENOMEM;
	}
	interpreters->bytes += sizeof(*entry) + chain->count * sizeof(entry->chain.frames[0]);
	HASH_ADD(hh, interpreters->chains, id, sizeof(entry->id), entry);
	return 0;
}

/* The first whose process is known by now; NULL: none is. */
static struct waiting_chain *interpreters__ready(struct interpreters *interpreters, __u64 now)
{
	struct waiting_chain *waiting;

	DL_FOREACH(interpreters->waiting, waiting) {
		struct process *process = interpreters__find(interpreters, waiting->chain.tgid);

		if (process && process->found < PYTHON_UNKNOWN)
			interpreters__try(interpreters, process, now);
		if (process && process->found >= PYTHON_UNKNOWN)
			return waiting;
	}
	return NULL;
}

int interpreters__settle(struct interpreters *interpreters)
{
	__u64 now = clock__monotonic();
	struct waiting_chain *waiting;
	int err = 0;

	while (interpreters && !err && (waiting = interpreters__ready(interpreters, now))) {
		DL_DELETE(interpreters->waiting, waiting);
		interpreters->waiting_count--;
		interpreters->bytes -= waiting__size(&waiting->chain);
		err = interpreters__take(interpreters, &waiting->chain);
		free(waiting);
	}
	return err;
}

const struct interpreter_chain *interpreters__chain(const struct interpreters *interpreters,
						    __u64 id)
{
	struct chain_entry *entry;

	if (!interpreters)
		return NULL;
	HASH_FIND(hh, interpreters->chains, &id, sizeof(id), entry);
	return entry ? &entry->chain : NULL;
}

void interpreters__drop(struct interpreters *interpreters, __u64 id)
{
	struct waiting_chain *waiting, *next;
	struct chain_entry *entry;

	if (!interpreters)
		return;
	DL_FOREACH_SAFE(interpreters->waiting, waiting, next)
	{
		if (waiting->chain.id == id)
			waiting__remove(interpreters, waiting);
	}
	HASH_FIND(hh, interpreters->chains, &id, sizeof(id), entry);
	if (!entry)
		return;
	HASH_DEL(interpreters->chains, entry);
	interpreters->bytes -= sizeof(*entry) + entry->chain.count * sizeof(entry->chain.frames[0]);
	free(entry);
}

/* ---- what is to be told ---- */

__u64 interpreters__unknown(const struct interpreters *interpreters, const char **ret_version)
{
	*ret_version = interpreters->unknown_version;
	return interpreters->unknown;
}

__u64 interpreters__closed(const struct interpreters *interpreters)
{
	return interpreters->closed;
}
