/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/output.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core/parse.h"

#define PAGE_MOST 1000 /* columns */

/* ---- what the terminal and the environment say ---- */

/* Lines of a tree need a terminal that has them; files and pipes get UTF-8 always. */
static bool sink__is_ascii(const struct sink *sink)
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
static int sink__width(const struct sink *sink)
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

static bool sink__has_color(const struct sink *sink)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return sink->terminal && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

int output__open(struct output *output, const char *path, const struct view *view,
		 const struct view_options *options, struct failure *failure)
{
	output->view = view;
	output->options = *options;
	output->options.first = true;
	return sink__open(&output->sink, path, failure);
}

/* ---- a page ---- */

static FILE *output__begin(struct output *output, struct view_options *ret_options)
{
	const struct sink *sink = &output->sink;

	*ret_options = output->options;
	ret_options->width = sink__width(sink);
	ret_options->widens = !sink->terminal;
	ret_options->color = output->options.color && sink__has_color(sink);
	ret_options->ascii = sink__is_ascii(sink);
	output->options.first = false;
	return sink__compose(&output->sink);
}

/* err: of what has composed the page. */
static int output__end(struct output *output, int err, struct failure *failure)
{
	if (!err)
		return sink__write(&output->sink, failure);
	sink__discard(&output->sink);
	return failure__set(failure, err, NULL, NULL, "cannot compose the page");
}

/* The page, over the one before it. */
static int output__redraw(struct output *output, FILE *page, const struct summary *summary,
			  struct view_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err;

	if (!out)
		return -ENOMEM;
	options->first = true; /* nothing stands above it */
	err = output->view->write(out, summary, options);
	if (fclose(out))
		err = -ENOMEM;
	if (!err)
		redraw__write(&output->redraw, page, text, output->last);
	free(text);
	return err;
}

int output__summary(struct output *output, const struct summary *summary, struct failure *failure)
{
	struct view_options options;
	FILE *page = output__begin(output, &options);
	int err = -ENOMEM;

	if (page && output->redraw.on)
		err = output__redraw(output, page, summary, &options);
	else if (page)
		err = output->view->write(page, summary, &options);
	return output__end(output, err, failure);
}

int output__crash(struct output *output, const struct crash *crash, struct failure *failure)
{
	struct view_options options;
	FILE *page = output__begin(output, &options);

	return output__end(output,
			   page ? output->view->write_crash(page, crash, &options) : -ENOMEM,
			   failure);
}

int output__stacks(struct output *output, const struct profile *profile, const struct top *top,
		   struct failure *failure)
{
	struct view_options options;
	FILE *page = output__begin(output, &options);

	return output__end(output,
			   page ? output->view->write_stacks(page, profile, top, &options) :
				  -ENOMEM,
			   failure);
}

int output__functions(struct output *output, const struct function_sums *functions,
		      const struct metric *metric, struct failure *failure)
{
	struct view_options options;
	FILE *page = output__begin(output, &options);

	return output__end(output,
			   page ? output->view->write_functions(page, functions, metric, &options) :
				  -ENOMEM,
			   failure);
}

int output__diff(struct output *output, const struct compare *compare, const char *const names[2],
		 struct failure *failure)
{
	struct view_options options;
	FILE *page = output__begin(output, &options);

	return output__end(output,
			   page ? output->view->write_diff(page, compare, names, &options) :
				  -ENOMEM,
			   failure);
}

int output__facts(struct output *output, const struct facts *facts, struct failure *failure)
{
	struct view_options options;
	FILE *page = output__begin(output, &options);

	return output__end(output,
			   page ? output->view->write_facts(page, facts, &options) : -ENOMEM,
			   failure);
}
