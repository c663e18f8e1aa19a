/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a command prints: pages of one format, each composed in memory and then written in one
 * go to standard output or to a file.  Every function returns 0, or a negative errno with the
 * failure.
 */
#ifndef VIEW_OUTPUT_H
#define VIEW_OUTPUT_H

#include "core/sink.h"
#include "view/redraw.h"
#include "view/view.h"

struct output {
	struct sink sink;
	const struct view *view;
	struct view_options options; /* of every page; the terminal says the rest */
	struct redraw redraw;	     /* of a summary by the next one, if it is on, */
	bool last;		     /* and this is the last one */
};

/* path NULL: standard output.  sink__close() is due either way. */
int output__open(struct output *output, const char *path, const struct view *view,
		 const struct view_options *options, struct failure *failure);

int output__summary(struct output *output, const struct summary *summary, struct failure *failure);
int output__crash(struct output *output, const struct crash *crash, struct failure *failure);
int output__stacks(struct output *output, const struct profile *profile, const struct top *top,
		   struct failure *failure);
int output__functions(struct output *output, const struct function_sums *functions,
		      const struct metric *metric, struct failure *failure);
int output__diff(struct output *output, const struct compare *compare, const char *const names[2],
		 struct failure *failure);
int output__facts(struct output *output, const struct facts *facts, struct failure *failure);

#endif
