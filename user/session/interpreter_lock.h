/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the lock that threads wait for the one of their interpreter?  The kernel tells the address
 * of the futex that a thread sleeps on, and where its stack ends.
 *
 * CPython keeps its GIL in its static data: a word there is the interpreter's, and no lock of a
 * program lies there.  Ruby keeps what its threads wait on in memory that it allocated; there
 * the innermost code outside the C library that the stack returns to tells who waits.
 *
 * Only processes that have mapped an interpreter are looked at.
 */
#ifndef SESSION_INTERPRETER_LOCK_H
#define SESSION_INTERPRETER_LOCK_H

#include "model/comparison/serial.h"
#include "model/switching/model.h"

#define LOOKED_PROCESSES 16
#define LOOKED_THREADS	 64
#define DATA_RANGES	 6
#define CODE_RANGES	 256

struct looked_range {
	__u64 start, end;
	bool own; /* of the interpreter */
};

struct looked_thread {
	__u32 tid;
	__u64 runs;	    /* how often it had come onto a CPU when it was last looked at */
	bool waits, inside; /* in a futex then; for the interpreter */
};

struct looked_process {
	__u32 pid;
	__u64 start_ns;
	enum interpreter interpreter;
	__u32 looks;
	struct looked_range data[DATA_RANGES]; /* of Python: its writable data */
	struct looked_range code[CODE_RANGES]; /* of Ruby: all code of its process */
	size_t data_count, code_count;
	struct looked_thread threads[LOOKED_THREADS];
	__u64 waits, inside; /* sleeps in a futex that are over; those for the interpreter */
};

struct lock_sampler {
	__u64 next_ns; /* CLOCK_MONOTONIC: when it is due */
	struct looked_process processes[LOOKED_PROCESSES];
	size_t count;
};

/* If it is due, looks at what threads of interpreters sleep on. */
void lock_sampler__poll(struct lock_sampler *sampler, const struct model *model);

/* To the process that serial is of. */
void lock_sampler__tell(const struct lock_sampler *sampler, struct serial *serial);

/* Which interpreter a file holds, by its name. */
enum interpreter interpreter__of_path(const char *path);

#endif
