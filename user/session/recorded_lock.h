/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the lock that threads wait for the one of their interpreter?  By the stacks of a recording:
 * of a sleep in a futex, who called the C library to wait for a condition variable.  CPython and
 * Ruby wait so for their GIL.  CPython's other locks are semaphores; Ruby's Mutex and Queue wait
 * as its GIL does.  For a target that is looked at live see session/interpreter_lock.h.
 */
#ifndef SESSION_RECORDED_LOCK_H
#define SESSION_RECORDED_LOCK_H

#include "model/comparison/serial.h"
#include "session/recorded.h"

/* Whether a stack sleeps in a futex; and the interpreter that waits there for its lock, if any. */
bool stack__sleeps_in_futex(const struct profile *profile, __u32 stack,
			    enum interpreter *ret_waits);

/* Counts the sleeps of the process that serial is of.  Returns 0 or a negative errno. */
int recorded_lock__tell(struct recorded *recorded, struct serial *serial, struct failure *failure);

#endif
