/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/page.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "core/parse.h"

#define PAGE_MOST 1000 /* columns */

/* Lines of a tree need a terminal that has them; files and pipes get UTF-8 always. */
static bool page__is_ascii(const struct sink *sink)
{
	locale_t locale;
	bool ascii;

	if (!sink->terminal)
		return false;
	locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	ascii = !locale || strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") != 0;
	if (locale)
		freelocale(locale);
	return ascii;
}

/* A terminal says how wide it is; elsewhere COLUMNS may, as for ps(1). */
static int page__width(const struct sink *sink)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	__u64 width = 0;

	if (sink->terminal && !ioctl(sink->fd, TIOCGWINSZ, &size))
		width = size.ws_col;
	if (!width && columns && parse__number(columns, PAGE_MOST, &width))
		width = 0;
	return width > PAGE_MOST ? PAGE_MOST : (int)width;
}

struct view_options page__options(const struct options *options, const struct sink *sink)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool plain = options->no_color || (no_color && *no_color) || !term || !strcmp(term, "dumb");

	return (struct view_options){
		.rows = options->rows,
		.width = page__width(sink),
		.widens = !sink->terminal,
		.explain = options->explain,
		.columns = options->columns.count ? &options->columns : NULL,
		.csv_columns = options->csv_columns,
		.color = sink->terminal && !plain,
		.ascii = page__is_ascii(sink),
	};
}

/* It is emptied when it is opened, and a recording is not to be had again. */
int page__check_output(const struct options *options, struct failure *failure)
{
	struct stat output, input;
	size_t i;

	if (!options->output || stat(options->output, &output))
		return 0;
	for (i = 0; i < options->file_count; i++) {
		if (!stat(options->files[i], &input) && input.st_dev == output.st_dev &&
		    input.st_ino == output.st_ino)
			return failure__set(failure, -EINVAL, "it is the recording itself",
					    "name another file with -o", "cannot write to %s",
					    options->output);
	}
	return 0;
}
