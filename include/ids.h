/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ids of processes and threads are those of the PID namespace that tasktoll runs in.
 *
 * What is not in it has no id there.  So that it still differs from everything else, it
 * bears the id that it has on the machine and this mark, which is above all ids that the
 * kernel gives (at most 2^22).  Such a number is for telling apart only: it is nobody's
 * entry in /proc, and is not shown.
 */
#ifndef TASKTOLL_IDS_H
#define TASKTOLL_IDS_H

#ifndef __bpf__ /* there, vmlinux.h has them */
#include <linux/types.h>
#endif

#define ID_OUTSIDE 0x80000000U

static inline __attribute__((always_inline)) _Bool id__is_outside(__u32 id)
{
	return id & ID_OUTSIDE;
}

/* As getppid() and others have it: 0 is outside. */
static inline __attribute__((always_inline)) __u32 id__shown(__u32 id)
{
	return id__is_outside(id) ? 0 : id;
}

/* What is to be done with each task that is outside, and how far that is. */
enum outside_job { OUTSIDE_SEED, OUTSIDE_DRAIN, OUTSIDE_CENSUS };

struct outside {
	__u32 job;  /* enum outside_job */
	__u32 from; /* how many tasks of the machine to pass over, and */
	__u32 at;   /* how many have been gone through */
	__u32 full; /* there was no room for the next one */
};

/* What tasktoll is itself, told by the kernel. */
struct self {
	__u64 namespace; /* its PID namespace: the address of it */
	__u64 now_ns;	 /* CLOCK_MONOTONIC of the machine */
	__u32 level;	 /* of the namespace below the machine's, which is 0 */
	__u32 tgid;	 /* in that namespace */
};

#endif
