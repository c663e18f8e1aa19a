/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of a recording with the largest weight, and two recordings side by side. */
#ifndef VIEW_STACKS_H
#define VIEW_STACKS_H

#include "view/view.h"

/* Each writes one document and returns 0 or -ENOMEM; rows of the options: how many. */
int stacks__write_text(FILE *out, const struct profile *profile, const struct top *top,
		       const struct view_options *options);
int stacks__write_json(FILE *out, const struct profile *profile, const struct top *top,
		       const struct view_options *options);

int diff__write_text(FILE *out, const struct compare *compare, const char *const names[2],
		     const struct view_options *options);
int diff__write_json(FILE *out, const struct compare *compare, const char *const names[2],
		     const struct view_options *options);

#endif
