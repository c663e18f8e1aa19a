/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On from a frame whose function has no call frame information and keeps no frame pointer, as
 * all of musl: its code says where its return address lies, and what lies there has to be
 * where a call of this very function returns to.  A wrong caller is worse than none.
 */
#ifndef CALLSTACK_HELPER_UNWIND_CODE_H
#define CALLSTACK_HELPER_UNWIND_CODE_H

#include <stdbool.h>

#include "callstack/helper/unwind_space.h"

/* Is the code at an address there to be followed, so that it has to say where its caller is? */
bool unwind_code__is_there(struct unwind_space *space, __u64 address);

/* From the frame that was found last, whose registers are space->regs, to its caller. */
bool unwind_code__leave(struct unwind_space *space);

/* Does the function of a frame that has no call frame information keep one, as far as its code tells? */
bool unwind_code__keeps_frame_pointer(struct unwind_space *space, const struct unwind_frame *frame);

#endif
