/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of who woke whom, and by what, wherever they are shown. */
#ifndef SCREEN_WAKE_ROWS_H
#define SCREEN_WAKE_ROWS_H

#include "screen/canvas.h"
#include "screen/frame.h"

/* Their headings. */
void wake_rows__draw_headings(struct canvas *canvas, int y);

void wake_rows__draw(const struct frame_wake *wake, struct canvas *canvas, int y);

/*
 * Where the wakers of all wakeups stood; those of which there was none are left out if it is to be
 * brief.  Returns the column behind it.
 */
int wake_rows__draw_sums(const __u64 sums[WAKE_SCOPES], bool brief, struct canvas *canvas, int y,
			 int x);

/* "": all do. */
bool wake_rows__matches(const struct frame_wake *wake, const char *filter);

#endif
