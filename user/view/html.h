/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison as one page for a browser: everything is in the file, there is no script, and
 * all strings of strangers go through html__text() or html__cut().
 */
#ifndef VIEW_HTML_H
#define VIEW_HTML_H

#include <stdio.h>

#include "model/comparison/portrait.h"
#include "model/comparison/shapes.h"

void html__portrait(FILE *out, const struct portrait *portrait);
void html__shapes(FILE *out, const struct shapes *shapes);

/* ---- parts of both pages ---- */

/* Also for values of attributes. */
void html__text(FILE *out, const char *text);

/* Valid UTF-8, at most so many columns; what is cut ends in an ellipsis. */
void html__cut(FILE *out, const char *text, size_t columns);

/* name: of the page, a stranger's string or ours. */
void html__begin(FILE *out, const char *name);
void html__end(FILE *out);

void html__verdict(FILE *out, const struct verdict *verdict, const char *outcome);

/* Time of all threads by state: a bar, and what it shows. */
void html__states_bar(FILE *out, const struct shape *shape);
void html__states_legend(FILE *out, const struct shape *shape);

/* ---- drawings ---- */

/* One of several that are drawn with the same scale. */
struct html_series {
	const char *name;
	const char *class; /* in the style sheet: its colour */
	const struct shape *shape;
	int which; /* distribution; D_SWITCH_THREAD or D_SWITCH_PROCESS */
};

/* What a switch of each kind costs. */
void html__switch_costs(FILE *out, const struct html_series *series, size_t count);

/* How many threads ran at once. */
void html__at_once(FILE *out, const struct html_series *series, size_t count);

/* Who wakes whom. */
void html__wakes(FILE *out, const struct wakes *wakes, __u64 duration_ns);

#endif
