/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/compare_html.h"

#include <errno.h>
#include <string.h>

int html_file__check(const struct options *options, struct failure *failure)
{
	if (!options->html || !options->output || strcmp(options->html, options->output))
		return 0;
	return failure__set(failure, -EINVAL, "-o writes to the same file",
			    "name another file with --html", "cannot create %s", options->html);
}

int html_file__open(struct html_file *file, const struct options *options, struct failure *failure)
{
	int err;

	if (!options->html)
		return 0;
	err = sink__open(&file->sink, options->html, failure);
	file->wanted = !err;
	return err;
}

int html_file__write(struct html_file *file, const struct portrait *portrait,
		     const struct shapes *shapes, struct failure *failure)
{
	FILE *page;

	if (!file->wanted)
		return 0;
	page = sink__compose(&file->sink);
	if (!page)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot compose the page");
	if (portrait)
		html__portrait(page, portrait);
	else
		html__shapes(page, shapes);
	return sink__write(&file->sink, failure);
}

void html_file__close(struct html_file *file)
{
	if (file->wanted)
		sink__close(&file->sink);
	file->wanted = false;
}
