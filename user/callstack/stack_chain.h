/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that frame pointers lead to, where the kernel has not told them. */
#ifndef CALLSTACK_STACK_CHAIN_H
#define CALLSTACK_STACK_CHAIN_H

#include "stack_event.h"

/* Fills in user and user_count of an event that has bytes and no chain; stack: its bytes. */
void stack_event__follow_frame_pointers(struct stack_event *head, const __u8 *stack);

#endif
