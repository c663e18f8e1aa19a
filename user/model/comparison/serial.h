/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do the threads of a process take turns?  More than one has work, CPUs are idle, and yet
 * exactly one runs, while the others sleep until one of their siblings wakes them by futex:
 * what one lock around all work does, in whatever language.
 */
#ifndef MODEL_SERIAL_H
#define MODEL_SERIAL_H

#include "model/switching/summary.h"
#include "model/wakes/wakes.h"

/* Interpreters that run one thread at a time. */
enum interpreter { INTERPRETER_NONE, INTERPRETER_PYTHON, INTERPRETER_RUBY };

/* Figures of one process in one run, or in several.  Plain memory without pointers. */
struct serial {
	bool found; /* a process with more than one thread was there */
	__u32 pid;
	char comm[UTF8_COMM];
	__u64 threads;
	__u64 duration_ns;
	__u64 work_ns;	   /* one thread at least ran or waited for a CPU, and more than one did,
			      or slept in a futex */
	__u64 one_ns;	   /* of that, exactly one ran, and another slept in a futex */
	__u64 one_idle_ns; /* of that, and a CPU was idle */
	__u64 more_ns;	   /* more than one ran */
	__u64 idle_ns;	   /* of all CPUs of the machine, in the whole run */
	__u64 handoffs;	   /* wakeups by futex of a sibling, which then ran */
	__u64 given;	   /* of those, the waker itself went to sleep in a futex right after */
	__u64 switches;	   /* of its threads */
	__u64 waited_ns;   /* those of its threads that work slept for those wakeups */
	double round;  /* share of the hand-offs that go round: who is woken wakes others; 0 to 1 */
	double takers; /* threads that its CPU time is spread over: 1 / sum of squared shares */
	struct wake_end holder, waiter; /* with most time on CPU; that waited longest */
	__u64 holder_ns, waiter_ns;
	/* Of a process that runs an interpreter: sleeps in a futex that were looked at, and those
	   for its lock. */
	enum interpreter interpreter;
	__u64 lock_waits, lock_inside;
};

enum serial_verdict {
	SERIAL_UNKNOWN, /* nothing was recorded, or there was one thread */
	SERIAL_FEW,	/* not enough was seen */
	SERIAL_NO,
	SERIAL_BUSY, /* exactly one ran, but no CPU was idle for another */
	SERIAL_YES
};

/* Finds the process that looks most like it. */
void serial__take(struct serial *serial, const struct summary *summary, const struct wakes *wakes);

/* Adds another run of the same program. */
void serial__add(struct serial *sum, const struct serial *run);

enum serial_verdict serial__judge(const struct serial *serial);

/* Is it their interpreter's GIL that they wait for?  Of at least five looks, four of five say so. */
bool serial__is_gil(const struct serial *serial);

/* "Python's GIL", "one lock" */
const char *serial__lock(const struct serial *serial);

/* Shares of the time: that more than one had work; of that, that one ran; of that, with a CPU idle. */
double serial__work(const struct serial *serial);
double serial__one(const struct serial *serial);
double serial__idle(const struct serial *serial);

#endif
