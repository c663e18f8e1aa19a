/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was freed, and lies among what was not, is the kernel's again. */
#ifndef CORE_HEAP_H
#define CORE_HEAP_H

#include <linux/types.h>
#include <stddef.h>

/*
 * Does something only where there is much of it, and then takes some milliseconds: not more often
 * than every ten seconds.  *last_ns: when it was done last, 0 at first; now: on the same clock.
 */
void heap__give_back(__u64 *last_ns, __u64 now);

/*
 * All of it is to be written: its pages come now, and not one by one as each is touched first, which
 * took 25 us a page on one virtual machine.
 */
void heap__expect(void *memory, size_t size);

#endif
