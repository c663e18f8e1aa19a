/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values as people write them on a command line. */
#ifndef CORE_PARSE_H
#define CORE_PARSE_H

#include <linux/types.h>
#include <stddef.h>

/*
 * "10", "0.5", "500ms", "2m": seconds unless a unit (ns us ms s m h) follows.
 * Stores nanoseconds, at least 1 and at most a year.  Returns 0 or -EINVAL.
 */
int parse__duration(const char *text, __u64 *ret_ns);

/* A whole number from 0 to max, all of the text.  Returns 0 or -EINVAL. */
int parse__number(const char *text, __u64 max, __u64 *ret_number);

/*
 * "1,2,3": positive numbers up to 2^22, the kernel's limit of pids.  Stores a
 * malloc()ed array.  Returns 0, -EINVAL or -ENOMEM.
 */
int parse__ids(const char *text, __u32 **ret_ids, size_t *ret_count);

#endif
