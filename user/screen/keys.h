/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every key of the screen: one line in the table of keys.c. */
#ifndef SCREEN_KEYS_H
#define SCREEN_KEYS_H

#include "screen/screen.h"

struct key_info {
	int keys[3];	   /* any of them; 0: no more */
	const char *label; /* as "?" prints them; NULL: not listed */
	const char *help;
	void (*action)(struct screen *screen, int key);
};

extern const struct key_info key_infos[];
extern const size_t key_count;

#endif
