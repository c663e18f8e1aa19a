/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detaching, without waiting for the kernel once for each program. */
#ifndef TRACE_DETACH_H
#define TRACE_DETACH_H

#include <bpf/libbpf.h>
#include <stddef.h>

struct detach {
	struct bpf_link *links[64];
	size_t count;
};

/* To be destroyed; NULL is nothing. */
void detach__add(struct detach *detach, struct bpf_link *link);

/*
 * Closing the link of a perf event (classic tracepoint, kprobe) waits for a grace period of
 * the kernel, some 75 ms; side by side all of them wait for one.
 */
void detach__all(struct detach *detach);

#endif
