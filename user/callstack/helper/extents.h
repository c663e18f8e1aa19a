/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where functions begin and end, told by the unwind information (.eh_frame) that also
 * stripped files have.  Runs on files of strangers.
 */
#ifndef CALLSTACK_HELPER_EXTENTS_H
#define CALLSTACK_HELPER_EXTENTS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <gelf.h>

struct extent {
	__u64 start, end;
};

struct extents {
	struct extent *list; /* by start */
	size_t count, room;
};

/* What there is and can be read. */
void extents__read(struct extents *extents, Elf *elf);
void extents__free(struct extents *extents);

/* The last one that starts at an address or before it; NULL: none does. */
const struct extent *extents__find(const struct extents *extents, __u64 address);

#endif
