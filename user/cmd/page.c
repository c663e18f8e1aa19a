/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/page.h"

#include <errno.h>
#include <sys/stat.h>

int page__open(struct output *output, const struct options *options, struct failure *failure)
{
	return page__open_at(output, options, options->output, failure);
}

int page__open_at(struct output *output, const struct options *options, const char *path,
		  struct failure *failure)
{
	const struct view_options wanted = {
		.rows = options->rows,
		.explain = options->explain,
		.columns = options->columns.count ? &options->columns : NULL,
		.csv_columns = options->csv_columns,
		.color = !options->no_color,
	};

	return output__open(output, path, options->view, &wanted, failure);
}

/* It is emptied when it is opened, and a recording is not to be had again. */
static int check_output(const struct options *options, const char *path, const char *option,
			struct failure *failure)
{
	struct stat output, input;
	size_t i;

	if (!path || stat(path, &output))
		return 0;
	for (i = 0; i < options->file_count; i++) {
		if (!stat(options->files[i], &input) && input.st_dev == output.st_dev &&
		    input.st_ino == output.st_ino)
			return failure__set(failure, -EINVAL, "it is the recording itself", option,
					    "cannot write to %s", path);
	}
	return 0;
}

int page__check_output(const struct options *options, struct failure *failure)
{
	int err = check_output(options, options->output, "name another file with -o", failure);

	return err ? err :
		     check_output(options, options->html, "name another file with --html", failure);
}
