/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for the stack of a culprit: unwound by call frame information and named
 * from symbol tables, in a process of its own without privileges, because the
 * files belong to strangers.
 */
#ifndef SYMBOL_STACK_H
#define SYMBOL_STACK_H

#include <stddef.h>

#include "core/halt.h"
#include "life.h"

struct symbolizer;

/*
 * Names one stack, innermost frame first: "function", or "[module+0xoffset]".
 * ret_frames is an array of ret_count strings that frames__free() frees.  The
 * helper process is started at the first call and again if it has died; a call
 * takes at most SYMBOL_TIMEOUT_MS.  Returns 0, or a negative errno and no frames.
 */
int symbolizer__name(struct symbolizer *symbolizer, const struct life_stack *stack,
		     char ***ret_frames, size_t *ret_count);

#define SYMBOL_TIMEOUT_MS 3000

struct symbolizer *symbolizer__new(void);

/* Once a signal has come, a call gives up soon. */
void symbolizer__heed(struct symbolizer *symbolizer, const struct halt *halt);

void symbolizer__free(struct symbolizer *symbolizer); /* ends the helper process */

void frames__free(char **frames, size_t count);

#endif
