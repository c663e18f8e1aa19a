/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is mostly zero, such as stacks, in less room: words that are 0 are left out. */
#ifndef CALLSTACK_PACK_H
#define CALLSTACK_PACK_H

#include <linux/types.h>
#include <stddef.h>

/* Words that so many bytes take at most. */
size_t pack__room(size_t bytes);

/* Returns the words that it takes; out has room for as many as there can be. */
size_t pack__words(__u64 *out, const void *from, size_t bytes);

/* The bytes again.  Returns the words that have been read. */
size_t pack__unpack(void *to, size_t bytes, const __u64 *in);

#endif
