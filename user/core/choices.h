/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list in a sentence: "text, json or csv". */
#ifndef CORE_CHOICES_H
#define CORE_CHOICES_H

struct choices {
	char text[128];
	char last[32];
};

void choices__add(struct choices *choices, const char *name);

/* When all have been added. */
const char *choices__text(struct choices *choices);

#endif
