/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings made without a kernel: as many processes, threads and samples as one likes. */
#ifndef TESTS_LIB_RECORDING_H
#define TESTS_LIB_RECORDING_H

#include <linux/types.h>
#include <stdbool.h>

struct recording_plan {
	__u32 periods;	 /* 0: one */
	__u32 processes; /* each with a thread of its own */
	__u32 threads;	 /* more, of the first process */
	__u32 stacks, samples;
	bool cut_off; /* not ended */
	bool lossy;   /* something was lost */
	bool faster;  /* twice the switches */
};

/* In place of one that is there. */
void recording__make(const char *path, const struct recording_plan *plan);

/* What its samples weigh in all: ns of sleep. */
__u64 recording__sleep_ns(const struct recording_plan *plan);

#endif
