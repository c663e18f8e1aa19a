/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts what is on the screen into a file of the invoker, in the current directory. */
#ifndef SCREEN_SAVE_H
#define SCREEN_SAVE_H

#include "screen/canvas.h"
#include "screen/screen.h"

/* What came of it is the screen's note. */
void screen__save(struct screen *screen, const struct canvas *canvas);

#endif
