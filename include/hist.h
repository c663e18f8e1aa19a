/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log-linear histograms: the same arithmetic in the kernel and in user space.
 *
 * A layout divides each power of two (octave) from 2^FIRST up into 2^SUB equal
 * buckets; from 2^COARSE up an octave is one bucket.  Bucket 0 also holds
 * everything below the range and the last bucket everything above; the exact
 * sum and maximum lie in front of the buckets, so that a clamped value keeps
 * its weight.
 *
 * Sum, maximum and the first twelve buckets share a cache line, which is all
 * that an ordinary sample touches: that, and fitting a record into 2 KiB, is
 * why the layouts are as they are.
 */
#ifndef TASKTOLL_HIST_H
#define TASKTOLL_HIST_H

#ifndef __bpf__ /* there, vmlinux.h has them */
#include <linux/types.h>
#endif

/* Direct costs: 128 ns to 4 us by quarters of an octave, then octaves up to 1 ms. */
#define HIST_COST_FIRST	  7
#define HIST_COST_SUB	  2
#define HIST_COST_COARSE  12
#define HIST_COST_BUCKETS 28

/* Waits for a CPU: 1 us to 4.3 s by halves of an octave. */
#define HIST_WAIT_FIRST	  10
#define HIST_WAIT_SUB	  1
#define HIST_WAIT_COARSE  32
#define HIST_WAIT_BUCKETS 44

/* Sleeps: 1 us to 18 minutes by halves of an octave. */
#define HIST_SLEEP_FIRST   10
#define HIST_SLEEP_SUB	   1
#define HIST_SLEEP_COARSE  40
#define HIST_SLEEP_BUCKETS 60

#define HIST_MAX_BUCKETS 60

/*
 * Position of the highest set bit; BPF has no instruction for it.  0 < v < 2^63.
 * Without a branch: each would double the paths that the verifier follows.
 */
static inline __attribute__((always_inline)) __u32 hist_log2(__u64 v)
{
	__u64 r, s;

#define HIST_ABOVE(limit) (((limit)-v) >> 63) /* 1 if v > limit */
	r = HIST_ABOVE(0xffffffffULL) << 5;
	v >>= r;
	s = HIST_ABOVE(0xffffULL) << 4;
	v >>= s;
	r |= s;
	s = HIST_ABOVE(0xffULL) << 3;
	v >>= s;
	r |= s;
	s = HIST_ABOVE(0xfULL) << 2;
	v >>= s;
	r |= s;
	s = HIST_ABOVE(0x3ULL) << 1;
	v >>= s;
	r |= s;
	return (__u32)(r | (v >> 1));
#undef HIST_ABOVE
}

/* Bucket of v in a layout; the layout's constants fold away. */
static inline __attribute__((always_inline)) __u32 hist_bucket(__u64 v, __u32 first, __u32 sub,
							       __u32 coarse, __u32 buckets)
{
	__u32 e, i;

	if (v < (1ULL << first))
		return 0;
	e = hist_log2(v);
	if (e < coarse)
		i = ((e - first) << sub) + ((__u32)(v >> (e - sub)) & ((1U << sub) - 1));
	else
		i = ((coarse - first) << sub) + (e - coarse);
	return i < buckets ? i : buckets - 1;
}

/* Lowest value that belongs in bucket i; bucket 0 begins at 0. */
static inline __attribute__((always_inline)) __u64 hist_floor(__u32 i, __u32 first, __u32 sub,
							      __u32 coarse)
{
	__u32 fine = (coarse - first) << sub;

	if (i == 0)
		return 0;
	if (i >= fine)
		return 1ULL << (coarse + i - fine);
	return ((1ULL << sub) + (i & ((1U << sub) - 1))) << (first - sub + (i >> sub));
}

#endif
