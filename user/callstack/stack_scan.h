/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which words of a stack its number is made of, where the rules were missing. */
#ifndef CALLSTACK_STACK_SCAN_H
#define CALLSTACK_STACK_SCAN_H

#include <stddef.h>

#include "stack_event.h"

#define SCAN_SLOTS (SCAN_WORDS + STACK_EVENT_USER)

/*
 * As bpf/callstack/stack_event_scan.bpf.h does it, as far as there are bytes: the addresses of those words that
 * are the number's, by address.  Returns how many.
 */
size_t stack_event__scan(const struct stack_event *stack_event, __u64 slots[SCAN_SLOTS]);

#endif
