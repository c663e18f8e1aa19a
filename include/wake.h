/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wakes whom, and by what; and how many threads ran at once.  Both are kept in the
 * kernel and read by user space as they stand.
 */
#ifndef TASKTOLL_WAKE_H
#define TASKTOLL_WAKE_H

#include "lifecycle.h"
#include "task.h"

/* By what a task was woken. */
enum channel_of_wake {
	WAKE_OTHER, /* not known, or none of these */
	WAKE_FUTEX,
	WAKE_PIPE,
	WAKE_UNIX,
	WAKE_TCP,
	WAKE_UDP,
	WAKE_EVENTFD,
	WAKE_SIGNAL,
	WAKE_CHILD, /* a child ended, or stopped */
	WAKE_TIMER,
	WAKE_DISK,
	WAKE_UNSEEN, /* the sleep ended, and nobody saw by what: see edge__unseen() */
	WAKE_CHANNELS
};

/*
 * What a system call waits for, or does, by its number: the table is user space's, whose
 * libc has the numbers.
 */
enum syscall_class {
	SYSCALL_OTHER,
	SYSCALL_FUTEX,
	SYSCALL_FILE,	/* its first argument is a file descriptor */
	SYSCALL_FILE_3, /* its third, which it writes to */
	SYSCALL_EPOLL,
	SYSCALL_POLL,
	SYSCALL_SELECT,
	SYSCALL_SLEEP,	/* ends with time */
	SYSCALL_SIGNAL, /* waits for a signal */
	SYSCALL_CHILD,
	SYSCALL_CLASSES
};

#define WAKE_SYSCALLS 512

/* A task, whatever it calls itself: pid as the kernel has it, and its start. */
struct wake_id {
	__u64 start_ns; /* boottime */
	__u32 pid;	/* 0: an interrupt, which is no task */
	__u32 pad;
};

/*
 * Two of them and a channel, in 32 bytes: with what the kernel puts before it, that leaves the sums
 * of a value on the second of its cache lines.
 */
struct wake_key {
	__u64 waker_start_ns, woken_start_ns;
	__u32 waker_pid, woken_pid;
	__u32 channel; /* enum channel_of_wake */
	__u32 pad;
};

/* Wakeups that ended a sleep, with what came of them: only those after which the task ran. */
struct wake_value {
	__u64 count;
	__u64 slept_ns; /* before them */
	/*
	 * WAKE_FUTEX: the same, with the sleeps right before that a timer had ended: who waits
	 * with a timeout, and again, waits once
	 */
	__u64 waited_ns;
	struct hist_WAIT latency; /* from the wakeup to running */
	__u64 pad;
};

/* The kernel allocates them side by side, with 48 bytes of its own before each. */
_Static_assert((48 + sizeof(struct wake_key) + sizeof(struct wake_value)) % 64 == 0,
	       "each begins with a cache line");

/* Of a process with several threads, or (the first) of all in the target: threads at once. */
#define WAKE_AT_ONCE 17 /* 0 to 15, and more */

/*
 * What the threads of a group do now: when that began (units of 1024 ns, as far as it fits),
 * how many are on a CPU, wait for one, and sleep in a futex.
 */
#define WAKE_UNIT_SHIFT	   10
#define WAKE_TIME_BITS	   30
#define WAKE_TIME_MASK	   ((1U << WAKE_TIME_BITS) - 1)
#define WAKE_RUNNING_BITS  10
#define WAKE_QUEUED_BITS   12
#define WAKE_FUTEX_BITS	   12
#define WAKE_FUTEX_SHIFT   0
#define WAKE_QUEUED_SHIFT  WAKE_FUTEX_BITS
#define WAKE_RUNNING_SHIFT (WAKE_QUEUED_SHIFT + WAKE_QUEUED_BITS)
#define WAKE_TIME_SHIFT	   (WAKE_RUNNING_SHIFT + WAKE_RUNNING_BITS)

#define WAKE_FIELD(word, name)                                                                     \
	((__u32)((word) >> WAKE_##name##_SHIFT) & ((1U << WAKE_##name##_BITS) - 1))

/* As much as a cache line: whoever changes the state takes that from the CPU that did so last. */
struct group_state {
	__u64 leader_ns; /* start of its leader; 0: all of the target */
	__u32 tgid;	 /* as include/ids.h has it */
	__u32 idle;	 /* CPUs that were idle when the state at hand began */
	__u64 word;
	__u64 pad[5];
};

/* How long which state lasted.  In the kernel each CPU has its part, and none is anything alone. */
struct wake_times {
	__u64 running[WAKE_AT_ONCE]; /* units of 1024 ns with so many on CPUs */
	__u64 wanted[WAKE_AT_ONCE];  /* with so many on CPUs or waiting for one */
	__u64 work; /* one at least ran or waited for a CPU, and more than one did, or slept in a futex */
	__u64 one;	/* of that, exactly one ran, and another slept in a futex */
	__u64 one_idle; /* of that, and a CPU was idle when that began */
	__u64 handoffs; /* sleeps in a futex right after a sibling was woken by futex */
};

struct wake_group {
	__u64 leader_ns;
	__u32 tgid;
	struct wake_times times;
};

#define WAKE_GROUPS 1025
#define WAKE_EDGES  8192
#define WAKE_NAMES  16384

/* What could not be kept. */
struct wake_loss {
	__u64 edges;  /* wakeups of pairs that found no room */
	__u64 names;  /* tasks without a name */
	__u64 groups; /* processes that were not looked at as a group */
	__u64 states; /* changes of a group's state that did not get through */
};

/* Adds `more` so many times: -1 takes it away. */
static inline __attribute__((always_inline)) void
wake_times__add(struct wake_times *to, const struct wake_times *more, __u64 factor)
{
	__u64 *sum = (__u64 *)to;
	const __u64 *part = (const __u64 *)more;
	__u32 i;

	for (i = 0; i < sizeof(*to) / sizeof(*sum); i++)
		sum[i] += factor * part[i];
}

/* Time with so many threads, in the state that `word` tells. */
static inline __attribute__((always_inline)) __u32 wake__at_once(__u32 threads)
{
	return threads < WAKE_AT_ONCE ? threads : WAKE_AT_ONCE - 1;
}

#endif
