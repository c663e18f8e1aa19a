/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bytes of machine code tell without being decoded from a known beginning: x86-64,
 * i386 and arm64, by the machine that the file names.  Runs on files of strangers.
 */
#ifndef CALLSTACK_HELPER_MACHINE_CODE_H
#define CALLSTACK_HELPER_MACHINE_CODE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define CODE_CALL_BYTES 7 /* of a call at most */

/*
 * Whether a call can end with the last of these bytes, so that what follows is an address
 * that it returns to.  True for other machines, and without bytes: most addresses on a
 * stack are return addresses.
 */
bool symbolization__ends_in_call(unsigned int machine, const __u8 *code, size_t size);

/*
 * Whether a function may end among these bytes, and another one begin at a later one, or
 * behind the last: there is padding up to an aligned address, or a return.  Of two
 * readings that are possible, the one that says yes.  start: the address of the first
 * byte.  True for other machines.
 */
bool symbolization__may_end(unsigned int machine, const __u8 *code, size_t size, __u64 start);

#endif
