/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What call frame information says of a place in code, as a rule that the kernel side can
 * follow (frame_rule.h).  Runs on files of strangers.
 */
#ifndef CALLSTACK_HELPER_UNWIND_RULE_H
#define CALLSTACK_HELPER_UNWIND_RULE_H

#include <linux/types.h>

struct Dwfl_Module;

/* What a frame pointer of its own means, where there is no call frame information. */
__u64 unwind_rule__by_frame_pointer(void);

/*
 * address: inside of the function, for a caller the one before its return address.
 * RULE_NONE: there is no call frame information; RULE_STUCK: it says more than a rule can.
 */
__u64 unwind_rule__at(struct Dwfl_Module *module, __u64 address);

#endif
