/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the lock that threads wait for the one of their interpreter?  The kernel tells the address
 * of the futex that a thread sleeps on.  CPython keeps its GIL in its static data: a word there
 * is the interpreter's, and no lock of a program lies there.  Only processes that have mapped
 * an interpreter are looked at.
 */
#ifndef SESSION_INTERPRETER_LOCK_H
#define SESSION_INTERPRETER_LOCK_H

#include "model/comparison/serial.h"
#include "model/switching/model.h"

#define LOOKED_PROCESSES 16
#define LOOKED_THREADS	 64
#define DATA_RANGES	 6

struct looked_process {
	__u32 pid;
	__u64 start_ns;
	struct {
		__u64 start, end;
	} data[DATA_RANGES]; /* writable data of the interpreter; start 0: none */
	struct {
		__u32 tid;
		__u64 runs; /* how often it had come onto a CPU */
	} threads[LOOKED_THREADS];
	__u64 waits, inside; /* sleeps in a futex; in the interpreter's data */
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

#endif
