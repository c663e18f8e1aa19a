/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which capabilities this process has; all calls count for the calling thread. */
#ifndef CORE_CAPABILITIES_H
#define CORE_CAPABILITIES_H

#include <stddef.h>
#include <sys/capability.h>

/*
 * Gives up all capabilities but these, as far as the process has them: the first list stays
 * in effect, the second stays permitted and has to be raised before it is used.  Returns 0
 * or a negative errno; then nothing was given up.
 */
int capabilities__keep(const cap_value_t *effective, size_t effective_count,
		       const cap_value_t *permitted, size_t permitted_count);

#endif
