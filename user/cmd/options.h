/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options, declared once: each is a line in options.c that names where its
 * value goes; parsing and --help come from the same table.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>

#include "core/failure.h"
#include "model/profile.h"
#include "trace/trace.h"
#include "view/flame.h"
#include "view/view.h"

struct options {
	/* target */
	struct trace_target target;
	__u32 *ids;
	char **program; /* argv of -- program, or NULL */
	bool as_root;
	char target_text[256];

	/* run */
	__u64 duration_ns; /* 0: until Ctrl-C, or until the program ends */
	__u64 interval_ns; /* 0: one summary */
	const char *btf;
	const char *force;
	bool quiet, verbose;

	/* crashes */
	__u64 window_ns;  /* how long one is followed */
	bool all;	  /* whatever ends abnormally */
	const char *exec; /* command to run for each; NULL */

	/* recordings */
	char **files; /* operands */
	size_t file_count;
	bool crashes;		     /* tell them one by one */
	size_t stacks;		     /* how many of the dearest; 0: none */
	const struct metric *metric; /* by which */
	bool diff;		     /* two recordings side by side */

	/* output */
	const struct view *view;
	const char *output; /* NULL: stdout */
	const struct sort *sort;
	size_t rows;
	bool threads, no_color;

	/* record */
	bool overwrite, inlined, debuginfod;
	__u64 memory_bytes; /* that a recorder may take, about */

	/* flame graphs */
	const struct flame_format *flame_format;
	__u32 *pids, *tids; /* those of the filter */
	struct target_glob comm;
	struct flame_filter filter;
	bool per_thread, no_kernel, reverse;
	/* doctor */
	bool security;

	bool help;
};

/* Which groups of options a command takes. */
enum option_group {
	OPTIONS_TARGET = 1,
	OPTIONS_RUN = 2,
	OPTIONS_OUTPUT = 4,
	OPTIONS_TABLE = 8, /* of an output that has rows */
	OPTIONS_CRASH = 16,
	OPTIONS_NO_TABLE = 32, /* of an output that has none */
	OPTIONS_FILES = 64,    /* names of recordings may stand anywhere among the options */
	OPTIONS_FLAME = 128,
	OPTIONS_INTERVAL = 256,
	OPTIONS_RECORD = 512,
	OPTIONS_REPORT = 1024,
	OPTIONS_METRIC = 2048,
	OPTIONS_DOCTOR = 4096,
};

/* Returns 0, or -EINVAL with failure saying what is wrong (exit status 2), or another errno (1). */
int options__parse(struct options *options, unsigned int groups, int argc, char **argv,
		   struct failure *failure);
void options__free(struct options *options);

/* The options of these groups, for --help. */
void options__print(unsigned int groups);

#endif
