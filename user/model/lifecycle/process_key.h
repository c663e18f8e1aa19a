/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process is known by: its pid may be used again, with its start it is unique. */
#ifndef MODEL_PROCESS_KEY_H
#define MODEL_PROCESS_KEY_H

#include <linux/types.h>

struct process_key {
	__u64 start_ns; /* boottime */
	__u32 pid;
	__u32 pad; /* 0: a key is hashed as it lies in memory */
};

#endif
