/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether this kernel preempts itself, and with it our programs.  A program that
 * is preempted blocks itself on its CPU: the kernel takes the next event there for
 * a recursion and skips it.  Nothing is silent about that (the kernel counts what
 * it skipped), but what was skipped is lost.
 */
#ifndef TRACE_PREEMPT_H
#define TRACE_PREEMPT_H

#include <stdbool.h>

/* Kernel code can be preempted: by its build, or as it was booted.  If it cannot be known: yes. */
bool preempt__is_on(void);

/*
 * The same from what uname() calls the version, and from the models that a kernel
 * can be switched between: "none voluntary (full) lazy", the one in use in
 * parentheses; "" if that cannot be read.
 */
bool preempt__judge(const char *version, const char *models);

/* If so, are programs at bare tracepoints, too?  From Linux 7.0. */
bool preempt__reaches_tracepoints(void);

#endif
