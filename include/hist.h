/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histograms on a logarithmic scale: the same arithmetic in the kernel and in user space.
 *
 * A layout divides each power of two (octave) from 2^FIRST up into buckets.  Bucket 0 holds
 * what is below the range and the last bucket what is above it.  There are two grains:
 *
 *   of a task       four buckets an octave, none wider than 1.191 times its floor: whatever
 *                   the distribution, the harmonic middle of a bucket is within 8.8% of each
 *                   value in it
 *   of the machine  32 equal ones an octave, kept per CPU: within 1.6%
 */
#ifndef TASKTOLL_HIST_H
#define TASKTOLL_HIST_H

#ifndef __bpf__ /* there, vmlinux.h has them */
#include <linux/types.h>
#endif

/* Direct costs: 64 ns to 4 ms. */
#define HIST_COST_FIRST	  6
#define HIST_COST_OCTAVES 16

/* Waits for a CPU: 256 ns to 34 s. */
#define HIST_WAIT_FIRST	  8
#define HIST_WAIT_OCTAVES 27

/* Sleeps: 1 us to 9 minutes. */
#define HIST_SLEEP_FIRST   10
#define HIST_SLEEP_OCTAVES 29

#define HIST_BUCKETS(octaves)	   (((octaves) << 2) + 2)
#define HIST_FINE_BUCKETS(octaves) (((octaves) << 5) + 2)

#define HIST_MAX_BUCKETS      HIST_BUCKETS(HIST_SLEEP_OCTAVES)
#define HIST_MAX_FINE_BUCKETS HIST_FINE_BUCKETS(HIST_SLEEP_OCTAVES)

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

/* Where the quarters of an octave begin, in 128ths of where the octave does: 2^(i/4). */
#define HIST_QUARTER_1 152
#define HIST_QUARTER_2 181
#define HIST_QUARTER_3 215

/* Nothing is known of v from here on: no branch is made of what is computed from it. */
#ifdef __bpf__
#define HIST_HIDE(v) asm volatile("" : "+r"(v))
#else
#define HIST_HIDE(v)
#endif

/* Bucket of v in a layout; the layout's constants fold away. */
static inline __attribute__((always_inline)) __u32 hist_bucket(__u64 v, __u32 first, __u32 octaves)
{
	__u64 m;
	__u32 e;

	if (v < (1ULL << first))
		return 0;
	e = hist_log2(v);
	if (e >= first + octaves)
		return HIST_BUCKETS(octaves) - 1;
	m = v << (63 - e) >> 56;
	HIST_HIDE(m);
	return 1 + ((e - first) << 2) +
	       (__u32)(((HIST_QUARTER_1 - 1 - m) >> 63) + ((HIST_QUARTER_2 - 1 - m) >> 63) +
		       ((HIST_QUARTER_3 - 1 - m) >> 63));
}

/* How many buckets there are up to the one of v, in whole octaves. */
static inline __attribute__((always_inline)) __u32 hist_end(__u64 v, __u32 first, __u32 octaves)
{
	__u32 e = hist_log2(v | 1ULL << first) - first;

	return e < octaves ? (e << 2) + 6 : HIST_BUCKETS(octaves);
}

/* Lowest value that belongs in bucket i; bucket 0 begins at 0. */
static inline __attribute__((always_inline)) __u64 hist_floor(__u32 i, __u32 first)
{
	__u32 q;

	if (i == 0)
		return 0;
	q = (i - 1) & 3;
	q = q == 0 ? 128 : q == 1 ? HIST_QUARTER_1 : q == 2 ? HIST_QUARTER_2 : HIST_QUARTER_3;
	return (((__u64)q << (first + ((i - 1) >> 2))) + 127) >> 7;
}

/* The same of the fine grain; first is 5 at least. */
static inline __attribute__((always_inline)) __u32 hist_fine_bucket(__u64 v, __u32 first,
								    __u32 octaves)
{
	__u32 e;

	if (v < (1ULL << first))
		return 0;
	e = hist_log2(v);
	if (e >= first + octaves)
		return HIST_FINE_BUCKETS(octaves) - 1;
	return 1 + ((e - first) << 5) + ((__u32)(v >> (e - 5)) & 31);
}

static inline __attribute__((always_inline)) __u64 hist_fine_floor(__u32 i, __u32 first)
{
	return i ? (32ULL + ((i - 1) & 31)) << (first - 5 + ((i - 1) >> 5)) : 0;
}

#endif
