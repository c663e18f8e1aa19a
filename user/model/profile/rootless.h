/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was paid on stacks that do not reach their root, and why they do not. */
#ifndef MODEL_ROOTLESS_H
#define MODEL_ROOTLESS_H

#include "model/profile/top.h"

/* How marks begin that stand in place of a root. */
#define ROOTLESS_MARK "[truncated: "

/* Is it such a mark? */
bool frame__is_rootless_mark(const struct profile *profile, __u32 frame);

struct rootless_reason {
	const char *mark; /* "[truncated: why]", the profile's */
	__u32 frame;
	__u64 weight;
};

struct rootless {
	struct rootless_reason *reasons; /* the heaviest first */
	size_t count;
	__u64 weight; /* of all of them; ends at 2^64 - 1 */
};

/* Of all that was added to top.  Returns 0 or -ENOMEM. */
int rootless__of(struct rootless *rootless, const struct profile *profile, const struct top *top);
void rootless__free(struct rootless *rootless);

#endif
