/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of Python programs, as the kernel's side reads it meanwhile. */
#ifndef TRACE_PYTHONS_H
#define TRACE_PYTHONS_H

#include "python.h"

/* buckets: 1 << PYTHON_BITS of them.  Of a full bucket, one program makes room. */
void pythons__put(struct python_bucket *buckets, unsigned long long space,
		  const struct python_layout *layout);

#endif
