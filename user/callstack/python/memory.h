/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of another process, read and never written; what lies there is hostile. */
#ifndef PYTHON_MEMORY_H
#define PYTHON_MEMORY_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Stays that of one program: when the process executes another one, nothing is there any more. */
struct memory {
	int fd;
};

/* Returns 0 or a negative errno: -ESRCH, -EACCES, ... */
int memory__open(struct memory *ret_memory, pid_t pid);
void memory__close(struct memory *memory);

/* All of it, or false. */
bool memory__read(const struct memory *memory, __u64 at, void *to, size_t size);

#endif
