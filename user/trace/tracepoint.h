/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classic tracepoints by name.  Their numbers are in tracefs, which need not be
 * mounted; then it is mounted where nobody else sees it, for as long as it takes.
 */
#ifndef TRACE_TRACEPOINT_H
#define TRACE_TRACEPOINT_H

/*
 * A perf event of the tracepoint "category/name", for all CPUs once a program is
 * attached to it.  Returns a descriptor or a negative errno.
 */
int tracepoint__open(const char *name);

#endif
