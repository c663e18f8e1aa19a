/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the text output share.  Inside the views only. */
#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H

#include "view/view.h"

struct page {
	FILE *out;
	const struct summary *summary;
	const struct view_options *options;
};

void text__bold(const struct page *page, bool on);
void text__heading(const struct page *page, const char *line);

/* Right-aligned. */
void cell(const struct page *page, int width, const char *text);

/* A name, cut or filled to width columns, as escape__cell() does it. */
void cell__name(const struct page *page, int width, const char *name);

/* Created, ended, crashed: the sections that have something to say. */
void text__lives(const struct page *page);

/* A crash as a tree. */
int text__write_crash(FILE *out, const struct crash *crash, const struct view_options *options);

/* "12:00:01.234", local time. */
struct time_text {
	char text[24];
};

struct time_text text__time(__u64 realtime_ns);

/* A name without what does not show. */
struct name_text {
	char text[UTF8_COMM];
};

struct name_text text__name(const char *comm);

/* n/a, - without samples, or that value of the distribution. */
void cell__percentile(const struct page *page, int width, const struct row *row, int which,
		      double share);

void text__processes(const struct page *page);

#endif
