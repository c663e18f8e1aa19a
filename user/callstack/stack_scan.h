/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which words of a stack its number is made of, where the rules were missing. */
#ifndef CALLSTACK_STACK_SCAN_H
#define CALLSTACK_STACK_SCAN_H

#include <stddef.h>

#include "sight.h"

#define SCAN_SLOTS (SCAN_WORDS + SIGHT_USER)

/*
 * As bpf/sight_scan.bpf.h does it, as far as there are bytes: the addresses of those words that
 * are the number's, by address.  Returns how many.
 */
size_t sight__scan(const struct sight *sight, __u64 slots[SCAN_SLOTS]);

#endif
