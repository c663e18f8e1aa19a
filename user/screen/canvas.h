/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a screen shows, as cells in memory: composed here, then sent to a terminal, written
 * to a file, or compared by a test.  Nothing that is put on it can leave its place.
 */
#ifndef SCREEN_CANVAS_H
#define SCREEN_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a cell is, apart from its text; how that looks is the terminal's business. */
enum ink {
	INK_PLAIN,
	INK_STRONG,   /* a heading, a figure that matters */
	INK_DIM,      /* what says nothing new */
	INK_SELECTED, /* the row under the cursor */
	INK_PINNED,
	INK_GOOD,
	INK_WARN,
	INK_BAD,
	INK_KIND_THREAD, /* the five kinds of a switch in the bar */
	INK_KIND_PROCESS,
	INK_KIND_RESUME,
	INK_KIND_KERNEL,
	INK_KIND_IDLE,
	INKS
};

/* A character with the accents that stand on it.  The second half of a wide one is empty. */
struct cell {
	char text[15];
	unsigned char ink;
};

struct canvas {
	int rows, columns;
	bool ascii; /* the terminal shows nothing else */
	struct cell *cells;
};

/* Also makes it blank.  Returns 0 or -ENOMEM; then it is as it was. */
int canvas__resize(struct canvas *canvas, int rows, int columns);
void canvas__clear(struct canvas *canvas);
void canvas__free(struct canvas *canvas);

/*
 * Puts text at (y, x), cut to `width` columns and to the canvas; bytes of strangers are
 * welcome.  Returns the columns that it took.
 */
int canvas__text(struct canvas *canvas, int y, int x, int width, enum ink ink, const char *text);

/* The same, formatted; right-aligned in width columns if width is negative. */
__attribute__((format(printf, 6, 7))) int canvas__print(struct canvas *canvas, int y, int x,
							int width, enum ink ink, const char *format,
							...);

#define CANVAS_BARS 8

/* A bar that fills so many eighths of the cell at (y, x); 0: nothing. */
void canvas__bar(struct canvas *canvas, int y, int x, enum ink ink, int eighths);

/* All cells of a row get this ink. */
void canvas__paint(struct canvas *canvas, int y, enum ink ink);

/* Lines of text without ink and without blanks at their ends. */
void canvas__write(const struct canvas *canvas, FILE *out);

#endif
