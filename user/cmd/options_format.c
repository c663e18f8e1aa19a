/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/options_format.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/choices.h"

/* Has the file one of the suffixes? */
static bool suffix__fits(const char *suffixes, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name), size;

	for (; *suffixes; suffixes += size + strspn(suffixes + size, " ")) {
		size = strcspn(suffixes, " ");
		/* a name that is nothing else hides the file */
		if (length > size && !strncasecmp(name + length - size, suffixes, size))
			return true;
	}
	return false;
}

static const struct view *view__of(const char *path)
{
	size_t i;

	for (i = 0; path && view_formats[i]; i++) {
		if (suffix__fits(view_formats[i]->suffixes, path))
			return view_formats[i];
	}
	return NULL;
}

static const struct flame_format *flame_format__of(const char *path)
{
	size_t i;

	for (i = 0; path && flame_formats[i]; i++) {
		if (suffix__fits(flame_formats[i]->suffixes, path))
			return flame_formats[i];
	}
	return NULL;
}

static void add_suffix(struct choices *choices, const char *suffixes)
{
	char first[16];

	snprintf(first, sizeof(first), "%.*s", (int)strcspn(suffixes, " "), suffixes);
	choices__add(choices, first);
}

static int refuse(const struct options *options, const char *why, struct choices *usual,
		  struct failure *failure)
{
	char hint[160];

	snprintf(hint, sizeof(hint), "name it %s, or choose with --format", choices__text(usual));
	return failure__set(failure, -EINVAL, why, hint, "cannot write to \"%s\"", options->output);
}

int options__choose_view(struct options *options, struct failure *failure)
{
	const struct view *view = view__of(options->output);
	struct choices usual = { 0 };
	size_t i;

	if (options->view)
		return 0;
	for (i = 0; view_formats[i]; i++)
		add_suffix(&usual, view_formats[i]->suffixes);
	if (!view && flame_format__of(options->output))
		return refuse(options, "only a flame graph has such a format", &usual, failure);
	options->view = view ? view : view_formats[0];
	return 0;
}

int options__choose_flame_format(struct options *options, struct failure *failure)
{
	const struct flame_format *format = flame_format__of(options->output);
	struct choices usual = { 0 };
	size_t i;

	if (options->flame_format)
		return 0;
	for (i = 0; flame_formats[i]; i++)
		add_suffix(&usual, flame_formats[i]->suffixes);
	if (!format && view__of(options->output))
		return refuse(options, "a flame graph has no such format", &usual, failure);
	options->flame_format = format ? format : flame_formats[0];
	return 0;
}
