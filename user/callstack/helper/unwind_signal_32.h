/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Below a signal's handler of a program of 32 bits: what it returns to lies in the kernel's vDSO. */
#ifndef CALLSTACK_HELPER_UNWIND_SIGNAL_32_H
#define CALLSTACK_HELPER_UNWIND_SIGNAL_32_H

#include <stdbool.h>

#include "callstack/helper/unwind_space.h"

/* May the handler's return address be the one of the last frame, which lies in no file? */
bool unwind_signal_32__is_there(const struct unwind_space *space);

/*
 * On with what the signal had interrupted, if its registers lie above the stack pointer, which is
 * that of the last frame.
 */
bool unwind_signal_32__leave(struct unwind_space *space);

#endif
