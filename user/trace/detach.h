/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detaching, without waiting for the kernel once for each program. */
#ifndef TRACE_DETACH_H
#define TRACE_DETACH_H

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stddef.h>

#define DETACH_MOST 64

/*
 * Closing the link of a perf event (classic tracepoint, kprobe) waits for a grace period of
 * the kernel, some 75 ms, and several times as long on a busy machine; side by side all of them
 * wait for one, and we can do something else meanwhile.
 */
struct detach {
	struct bpf_link *links[DETACH_MOST];
	pthread_t threads[DETACH_MOST];
	size_t count, begun;
};

/* To be destroyed; NULL is nothing. */
void detach__add(struct detach *detach, struct bpf_link *link);

/* Begins with all that have been added; no more are to be added. */
void detach__begin(struct detach *detach);

/* Until all are destroyed.  Begins if nobody has. */
void detach__await(struct detach *detach);

#endif
