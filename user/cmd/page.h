/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a command prints, as its options say. */
#ifndef CMD_PAGE_H
#define CMD_PAGE_H

#include "cmd/options.h"
#include "view/output.h"

int page__open(struct output *output, const struct options *options, struct failure *failure);

/* The same where -o names something else; path NULL: standard output. */
int page__open_at(struct output *output, const struct options *options, const char *path,
		  struct failure *failure);

/* An output must not be one of the files that are read.  Returns 0 or -EINVAL. */
int page__check_output(const struct options *options, struct failure *failure);

#endif
