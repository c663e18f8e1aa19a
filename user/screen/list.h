/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rows of a frame are shown, in which order, and which of them is under the cursor.
 * The selected row stays the selected row, and on its line, when the order changes.
 */
#ifndef SCREEN_LIST_H
#define SCREEN_LIST_H

#include "screen/frame.h"

#define FILTER_MAX 128
#define PINS_MAX   32

enum list_rows {
	ROWS_PROCESSES,	   /* processes only */
	ROWS_WITH_THREADS, /* processes, each followed by its threads */
	ROWS_THREADS	   /* threads only */
};

struct list_line {
	const struct frame_row *row;
	int depth; /* below its parent in the tree */
	bool pinned;
};

struct list {
	/* as the user wants it */
	enum list_rows rows;
	enum column sort;
	bool ascending, tree;
	char filter[FILTER_MAX];
	__u32 below; /* only threads of this process; 0: all */
	struct row_key pins[PINS_MAX];
	size_t pin_count;

	/* as it is */
	struct list_line *lines;
	size_t count, room;
	size_t selected, top; /* top: the first line that is visible */
	struct row_key key;   /* of the selected row */
	bool has_key;
};

/* Takes the rows of a frame in; height: lines that are visible.  0 or -ENOMEM. */
int list__arrange(struct list *list, const struct frame *frame, size_t height);

/* Moves the cursor by so many lines, as far as there are any. */
void list__move(struct list *list, long by, size_t height);

/* The row under the cursor; NULL: there is none. */
const struct frame_row *list__selected(const struct list *list);

/* Pins the row under the cursor, or lets it go. */
void list__pin(struct list *list);

void list__free(struct list *list);

#endif
