/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which frames of a flame graph are drawn, and where: for formats that are pictures. */
#ifndef VIEW_FLAME_LAYOUT_H
#define VIEW_FLAME_LAYOUT_H

#include "model/profile/flame.h"

enum flame_part {
	PART_SHOWN,   /* at first */
	PART_APART,   /* set apart: behind all that is shown, for who asks for it */
	PART_MEMBERS, /* in place of the stacks of their task, for who opens it */
};

/* A frame that is drawn: from `at` to `at + width`, in the metric. */
struct flame_box {
	__u32 node, depth;
	enum flame_part part;
	__s64 at, width;
	__u32 members; /* of a task: how many threads it is; 0: one */
};

struct flame_layout {
	struct flame_box *boxes; /* each before those that are on it */
	size_t count, room;
	__s64 total;	     /* of the side that is drawn, */
	__s64 shown;	     /* and without what is set apart; the same if nothing else is there */
	__u32 deepest;	     /* of all */
	__u32 deepest_shown; /* of PART_SHOWN */
	__u64 narrow;	     /* shown at first, if there were room */
	__u64 gone;	     /* only in the first run */
};

/*
 * Of a flame that was built, for a picture so wide, in which no frame is narrower than `narrowest`.
 * flame_layout__free() is due either way.  Returns 0 or -ENOMEM.
 */
int flame_layout__take(struct flame_layout *layout, const struct flame *flame, int side,
		       double narrowest);
void flame_layout__free(struct flame_layout *layout);

#endif
