/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal that a screen is shown on; the only place that knows ncurses.  It is given
 * back as it was, also when the program ends by a fatal signal of its own.
 */
#ifndef SCREEN_TERMINAL_H
#define SCREEN_TERMINAL_H

#include <stdbool.h>

#include "core/failure.h"
#include "screen/canvas.h"

struct terminal;

/* Returns 0, -ENOTTY (no terminal, or one that cannot place its cursor) or -ENOMEM. */
int terminal__open(struct terminal **ret_terminal, bool color, struct failure *failure);
void terminal__close(struct terminal *terminal);

/* Fits the canvas to the terminal as large as it is now.  0 or -ENOMEM. */
int terminal__fit(struct terminal *terminal, struct canvas *canvas);

/* Shows the canvas; anew: whatever the terminal seems to show already. */
void terminal__show(struct terminal *terminal, const struct canvas *canvas, bool anew);

/* The next key that has been pressed (enum screen_key, or a character); 0: none, -1: the terminal is gone. */
int terminal__key(struct terminal *terminal);

#endif
