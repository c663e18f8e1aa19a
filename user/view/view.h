/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outputs.  A format is one descriptor, listed in formats.def, with a function for each
 * thing that it can print; it sees const snapshots and a stream, and nothing else.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/failure.h"
#include "model/comparison/compare.h"
#include "model/switching/summary.h"
#include "model/profile/function_sums.h"
#include "model/profile/top.h"
#include "view/columns.h"

#define VIEW_WIDTH	 80 /* columns of a page, where nothing says otherwise */
#define VIEW_WIDTH_LEAST 60

struct view_options {
	size_t rows;		       /* processes, or stacks, shown */
	int width;		       /* columns of a page of text; 0: VIEW_WIDTH */
	bool widens;		       /* the columns that are asked for make it wider if need be */
	bool explain;		       /* what the words mean, behind the page */
	const struct columns *columns; /* that are asked for; NULL: those that fit */
	const char *csv_columns;       /* the same by names, some of which only csv has; NULL */
	bool color;
	bool ascii; /* no lines but | and - */
	bool first; /* the first summary of this run: headings are due */
};

/* A page of facts that are no measures: what it is as text, and as an object. */
struct facts {
	void (*text)(FILE *out, const void *context);
	json_t *(*json)(const void *context);
	const void *context;
};

/* Each writes one document and returns 0 or -ENOMEM.  NULL: not in this format. */
struct view {
	const char *name;     /* for --format */
	const char *suffixes; /* of files, with a space between; the first is the usual one */
	const char *help;     /* a phrase for the man page */
	const char *only;     /* what it is made of, if that is why something is not in it */
	int (*write)(FILE *out, const struct summary *summary, const struct view_options *options);
	/* A paragraph, or a line. */
	int (*write_crash)(FILE *out, const struct crash *crash,
			   const struct view_options *options);
	int (*write_stacks)(FILE *out, const struct profile *profile, const struct top *top,
			    const struct view_options *options);
	int (*write_functions)(FILE *out, const struct function_sums *functions,
			       const struct metric *metric, const struct view_options *options);
	int (*write_diff)(FILE *out, const struct compare *compare, const char *const names[2],
			  const struct view_options *options);
	int (*write_facts)(FILE *out, const struct facts *facts,
			   const struct view_options *options);
};

enum view_slot { VIEW_SUMMARY, VIEW_CRASH, VIEW_STACKS, VIEW_FUNCTIONS, VIEW_DIFF, VIEW_FACTS };

#define VIEW(name) extern const struct view view_##name;
#include "view/formats.def"

/* In the order of the help; NULL at the end. */
extern const struct view *const view_formats[];

/*
 * Does csv have all these columns, with a comma between?  0, -ENOMEM, or -EINVAL and the first byte
 * of the name that there is not.
 */
int csv__check_columns(const char *names, const char **ret_bad);

bool view__has(const struct view *view, enum view_slot slot);

/* 0, or -EINVAL and which formats have it. */
int view__check(const struct view *view, enum view_slot slot, struct failure *failure);

#endif
