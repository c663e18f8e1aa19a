/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that is open: its distributions of the last refresh and since it was opened. */
#ifndef SCREEN_DETAIL_H
#define SCREEN_DETAIL_H

#include "screen/canvas.h"
#include "model/profile/flame_lines.h"
#include "screen/frame.h"

#define DETAIL_PARALLEL 240

struct detail {
	struct row_key key;  /* pid 0: none is open; start 0: not known */
	struct row_key from; /* the row that it was opened from */
	char name[24];
	char command[256]; /* command line, where it says more than the name; "" */
	bool gone;
	struct row sum;		     /* since it was opened */
	float cpus[DETAIL_PARALLEL]; /* CPUs that it used, a value each refresh */
	size_t refreshes;
};

void detail__open(struct detail *detail, const struct frame_row *row);
void detail__close(struct detail *detail);

/* What the period says of it.  0 or -ENOMEM. */
int detail__take(struct detail *detail, const struct summary *summary);

/* Where it was off CPU, without the first `scroll` lines; those on rows top to bottom - 1. */
void detail__draw_stacks(const struct flame_lines *stacks, struct canvas *canvas, int top,
			 int bottom, size_t scroll);

/* How who wakes it is looked at. */
struct detail_wakes {
	bool asked, paused; /* for it to be collected; the screen */
	const char *filter; /* of pairs */
	size_t scroll;	    /* lines above the first one */
};

/* A line: how often it was woken. */
void detail__draw_woken(const struct detail *detail, const struct frame *frame,
			const struct detail_wakes *view, struct canvas *canvas, int y);

/* Who wakes it, and whom it wakes, on rows top to bottom - 1.  Returns the lines that are above the first. */
size_t detail__draw_wakes(const struct detail *detail, const struct frame *frame,
			  const struct detail_wakes *view, struct canvas *canvas, int top,
			  int bottom);

/* Its story on rows top to bottom - 1.  Returns the row after the last one it took. */
int detail__draw(const struct detail *detail, struct canvas *canvas, int top, int bottom);

#endif
