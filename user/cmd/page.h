/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an output wants its pages: what the options, the terminal and the environment say. */
#ifndef CMD_PAGE_H
#define CMD_PAGE_H

#include "cmd/options.h"
#include "core/sink.h"
#include "view/view.h"

struct view_options page__options(const struct options *options, const struct sink *sink);

/* An output must not be one of the files that are read.  Returns 0 or -EINVAL. */
int page__check_output(const struct options *options, struct failure *failure);

#endif
