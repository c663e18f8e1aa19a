/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the text output share.  Inside the views only. */
#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H

#include "view/view.h"

struct page {
	FILE *out;
	const struct summary *summary;
	const struct view_options *options;
	int width;	    /* no line has more columns */
	bool *begun_before; /* set where a duration is longer than the page's time; NULL: nobody asks */
};

struct page page__of(FILE *out, const struct summary *summary, const struct view_options *options);

void text__bold(const struct page *page, bool on);
void text__heading(const struct page *page, const char *line);

/* ---- lines that have to fit ---- */

/* Text of any length, composed before it is fitted into the page. */
struct prose {
	FILE *out;
	char *text;
	size_t size;
};

/* A stream to compose it in. */
FILE *prose__begin(struct prose *prose);

/*
 * Prints it in lines that break between words; the first one has the label before it, the others
 * begin `hang` columns from the left.
 */
void prose__end(struct prose *prose, const struct page *page, const char *label, int hang);

/* Prints it as one line, cut where the page ends. */
void prose__cut(struct prose *prose, const struct page *page);

/* ---- tables ---- */

/* A column of a table: it is there if there is room when those of lower rank have theirs. */
struct table_column {
	const char *title;
	int width; /* with the blanks before it */
	int rank;
};

/* A bit for each column that fits into room. */
unsigned int table__fit(const struct table_column *columns, size_t count, int room);

/* Title of the first column, then those of the columns that are shown. */
void table__heading(const struct page *page, const char *first, int width,
		    const struct table_column *columns, size_t count, unsigned int shown);

/* Right-aligned. */
void cell(const struct page *page, int width, const char *text);

/* A duration of something that happened in the page's time; marked if it began before. */
void cell__duration(const struct page *page, int width, const char *text, __u64 ns);

/* A name, cut or filled to width columns, as escape__cell() does it. */
void cell__name(const struct page *page, int width, const char *name);

/* "~" before a sum of prices that is scaled, because not every switch was priced; else "". */
const char *text__about(const struct summary *summary);

/* n/a, - without samples, or that value of the distribution. */
void cell__percentile(const struct page *page, int width, const struct row *row, int which,
		      double share);

/* ---- sections ---- */

/* How busy, who pays, who waits, and the proof. */
void text__answer(const struct page *page);

/* Created, ended, crashed: the sections that have something to say. */
void text__lifecycle(const struct page *page);

/* Processes, or the groups that they are summed up in. */
void text__processes(const struct page *page);

/* What is missing, and what it all cost. */
void text__remarks(const struct page *page);

/* What the words on the page mean. */
void text__explain(const struct page *page);

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

/* What a process is called: its command line where that says more than its name does. */
const char *process__title(const struct process *process);

/* The columns that the table of processes shows, and what is left of the page for the name. */
int text__choose_columns(const struct page *page, struct columns *ret_columns);

#endif
