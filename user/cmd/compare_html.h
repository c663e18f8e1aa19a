/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare --html FILE: the comparison as a page for a browser, beside the usual output. */
#ifndef CMD_COMPARE_HTML_H
#define CMD_COMPARE_HTML_H

#include "cmd/options.h"
#include "core/sink.h"
#include "view/html.h"

/* Plain memory; without --html each function does nothing. */
struct html_file {
	bool wanted;
	struct sink sink;
};

/* Returns 0 or -EINVAL. */
int html_file__check(const struct options *options, struct failure *failure);

/* Before anything is measured, so that it fails early. */
int html_file__open(struct html_file *file, const struct options *options, struct failure *failure);

/* One of both is NULL. */
int html_file__write(struct html_file *file, const struct portrait *portrait,
		     const struct shapes *shapes, struct failure *failure);

void html_file__close(struct html_file *file);

#endif
