/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live screen: what is shown, and what keys do to it.  It knows no terminal: it is told
 * keys and frames, and draws on a canvas.
 */
#ifndef SCREEN_SCREEN_H
#define SCREEN_SCREEN_H

#include "screen/canvas.h"
#include "screen/detail.h"
#include "screen/list.h"

#define CRASHES_KEPT 100

struct screen;

/* One pane: a file, and a line in panes.def. */
struct pane {
	const char *name, *title;
	const char *about; /* one sentence, for "?" */
	/* Draws rows top to bottom - 1 of the canvas. */
	void (*draw)(struct screen *screen, struct canvas *canvas, int top, int bottom);
	bool list;    /* its rows are those of the list: sorting and filtering apply */
	bool scrolls; /* else: screen->scroll lines are above its first one */
};

enum pane_id {
#define PANE(id) PANE_##id,
#include "screen/panes.def"
#undef PANE
	PANES
};

extern const struct pane *const panes[PANES];

/* A crash as text, for its line and for its story. */
struct crash_note {
	__u64 realtime_ns;
	__u32 pid;
	char name[24];
	char line[160];
	char *story; /* lines of text */
};

/* What the screen asks its command to do; it is done, and set back, at the next turn. */
struct screen_wants {
	bool quit, redraw, write;
	bool keep;   /* the last minutes, as a recording */
	bool attach; /* to attach_pid and its descendants; 0: everything again */
	__u32 attach_pid;
	bool stacks; /* of the process that is open */
	bool wakes;  /* who wakes whom: from the first look at it on; stays as it is */
};

struct screen {
	/* told by the command */
	char host[65], target[256];
	int cpus;
	__u64 interval_ns;
	char note[320]; /* what has just been done, or could not be; "" */
	bool bare;	/* no colour: marks say what colour would */

	/* what it shows */
	struct history history;
	struct list list;
	enum pane_id pane;
	enum group_by by;	    /* of the pane of groups, from the next refresh on */
	struct detail detail;	    /* of the process that is open; pid 0: none */
	struct flame_lines *stacks; /* of it, told by the command; NULL: not asked for */
	bool wakers;		    /* who wakes it is shown, in place of its threads */
	struct crash_note crashes[CRASHES_KEPT]; /* the newest first */
	size_t crash_count, crash_selected;
	bool crash_open;
	size_t scroll; /* of a story, or of a pane that scrolls */

	int list_top; /* row of the canvas on which the list begins, as last drawn; 0: no list */
	bool help, filtering, paused;
	size_t back;	    /* frames before the newest, while paused */
	enum column column; /* under the column cursor */
	__u64 last_crash_ns;
	struct screen_wants wants;
};

int screen__begin(struct screen *screen); /* 0 or -ENOMEM */
void screen__end(struct screen *screen);

/* A refresh; the frame is the screen's from now on. */
void screen__take(struct screen *screen, struct frame *frame);

/* A crash that has been followed to its end. */
void screen__take_crash(struct screen *screen, const struct crash *crash);

/* The frame that is looked at; NULL: none yet. */
const struct frame *screen__frame(const struct screen *screen);

/* Draws everything. */
void screen__draw(struct screen *screen, struct canvas *canvas);

/* A key: a character, or one of enum screen_key. */
void screen__key(struct screen *screen, int key);

/* Shared by panes: the headings and lines of the list. */
void screen__draw_list(struct screen *screen, struct canvas *canvas, int top, int bottom);

/* "▁▂▃▄▅▆▇█" of the last values of a head figure, newest at the right. */
void screen__sparkline(const struct screen *screen, struct canvas *canvas, int y, int x, int width,
		       enum head figure);

enum screen_key {
	KEY_NONE = 0,
	KEYS_FROM = 0x110000, /* beyond every character */
	KEY_OF_UP,
	KEY_OF_DOWN,
	KEY_OF_LEFT,
	KEY_OF_RIGHT,
	KEY_OF_PAGE_UP,
	KEY_OF_PAGE_DOWN,
	KEY_OF_HOME,
	KEY_OF_END,
	KEY_OF_ENTER,
	KEY_OF_BACKSPACE,
	KEY_OF_ESCAPE,
	KEY_OF_F1,
	KEY_OF_CLICK = KEYS_FROM + 0x1000 /* plus the row that was clicked */
};

#endif
