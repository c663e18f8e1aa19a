/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The closed period of a model in few bytes, to be kept, and a model again.  Rows are mostly zero:
 * numbers take as many bytes as they need, and what is zero takes none.  Only for what this process
 * has packed itself: nothing is checked.
 */
#ifndef MODEL_COMPACT_H
#define MODEL_COMPACT_H

#include "model/switching/model.h"

struct compact {
	unsigned char *bytes;
	size_t size;
	struct crash **crashes; /* copies */
	size_t crash_count;
	size_t crash_bytes; /* that they take, about */
};

/*
 * Packs a model after model__close().  Threads that were off CPU all the time are left out.
 * expected: bytes that it is likely to take, 0 if nobody knows.  Returns 0 or -ENOMEM; then there
 * is nothing to free.
 */
int compact__pack(struct compact *ret_compact, const struct model *model, size_t expected);
void compact__free(struct compact *compact);

/*
 * A model that is ready for model__close(), which makes the same of it; its intervals are closed, so
 * that `now` adds nothing.  It has the crashes of compact, which compact has no more.
 * model__free() is due.  0 or -ENOMEM.
 */
int compact__unpack(struct compact *compact, struct model **ret_model);

#endif
