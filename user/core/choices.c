/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/choices.h"

#include <stdio.h>
#include <string.h>

/* The last one is held back: " or " comes before it. */
static void append(struct choices *choices, const char *between)
{
	size_t used = strlen(choices->text);

	snprintf(choices->text + used, sizeof(choices->text) - used, "%s%s", used ? between : "",
		 choices->last);
}

void choices__add(struct choices *choices, const char *name)
{
	if (*choices->last)
		append(choices, ", ");
	snprintf(choices->last, sizeof(choices->last), "%s", name);
}

const char *choices__text(struct choices *choices)
{
	append(choices, " or ");
	choices->last[0] = 0;
	return choices->text;
}
