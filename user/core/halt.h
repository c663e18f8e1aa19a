/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Being told to end.  The first of SIGINT, SIGTERM and SIGHUP ends the run; the second ends
 * this process at once, whatever it does.  A thread waits for them: whoever waits for a disk,
 * a reader or a name looks at no signal.
 *
 * What takes a halt also takes NULL: then nobody can tell it to end.
 */
#ifndef CORE_HALT_H
#define CORE_HALT_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

struct halt;

/*
 * From here on the signals come to the halt; those that were ignored stay so, and of SIGINT
 * that which the terminal sends.  Returns 0 or a negative errno.
 */
int halt__begin(struct halt **ret_halt);
void halt__end(struct halt *halt);

/* The first signal that came; 0: none. */
int halt__signal(const struct halt *halt);

/*
 * Has a signal come, and was that `ns` ago?  From the first signal on system calls that block
 * are interrupted (EINTR) again and again, so that those who wait can ask this.
 */
bool halt__is_due(const struct halt *halt, __u64 ns);

/* Readable once the first signal has come; -1 without a halt. */
int halt__fd(const struct halt *halt);

/*
 * A child, or the process group of one if negative, that is not to outlive a second signal.
 * To be let go before it is reaped.
 */
void halt__take_along(struct halt *halt, pid_t pid);
void halt__let_go(struct halt *halt, pid_t pid);

/* In a child before exec: signals are as they were before halt__begin(). */
void halt__restore(const struct halt *halt);

#endif
