/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/options_format.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct suffix {
	const char *text;
	const struct view *view;	  /* NULL: not of a summary */
	const struct flame_format *flame; /* NULL: not of a flame graph */
};

static const struct suffix suffixes[] = {
	{ ".txt", &view_text, &flame_folded }, { ".json", &view_json, NULL },
	{ ".jsonl", &view_json, NULL },	       { ".ndjson", &view_json, NULL },
	{ ".csv", &view_csv, NULL },	       { ".svg", NULL, &flame_svg },
	{ ".folded", NULL, &flame_folded },    { ".collapsed", NULL, &flame_folded },
	{ ".pb.gz", NULL, &flame_pprof },      { ".pb", NULL, &flame_pprof },
	{ ".pprof", NULL, &flame_pprof },      { ".prof", NULL, &flame_pprof },
};

static const struct suffix *suffix__of(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;
	size_t length = name ? strlen(name) : 0, i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t size = strlen(suffixes[i].text);

		/* a name that is nothing else hides the file */
		if (length > size && !strcasecmp(name + length - size, suffixes[i].text))
			return &suffixes[i];
	}
	return NULL;
}

int options__choose_view(struct options *options, struct failure *failure)
{
	const struct suffix *suffix = suffix__of(options->output);

	if (options->view)
		return 0;
	if (suffix && !suffix->view)
		return failure__set(failure, -EINVAL, "only a flame graph has such a format",
				    "name it .txt, .json or .csv, or choose with --format",
				    "cannot write to \"%s\"", options->output);
	options->view = suffix ? suffix->view : view_formats[0];
	return 0;
}

int options__choose_flame_format(struct options *options, struct failure *failure)
{
	const struct suffix *suffix = suffix__of(options->output);

	if (options->flame_format)
		return 0;
	if (suffix && !suffix->flame)
		return failure__set(failure, -EINVAL, "a flame graph has no such format",
				    "name it .svg, .folded or .pb.gz, or choose with --format",
				    "cannot write to \"%s\"", options->output);
	options->flame_format = suffix ? suffix->flame : flame_formats[0];
	return 0;
}
