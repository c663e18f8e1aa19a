/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * docs DIRECTORY TEMPLATE...: writes each NAME.in as DIRECTORY/NAME, with what its marks stand
 * for; fails if a mark is unknown, or if all pages together miss an option, a command or a table.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "docs.h"

#define VERSION_MARK "@VERSION@"

static const char *place = "docs";
static int line_number;

void complain(const char *format, ...)
{
	va_list args;

	fprintf(stderr, line_number ? "%s:%d: " : "%s: ", place, line_number);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* ---- a line ---- */

static bool write_mark(FILE *out, char *line)
{
	struct mark mark = { 0 };
	char *word = strtok(line + 1, " \n");
	size_t count = 0;

	mark.name = word ? word : "";
	while (count < MARK_WORDS && (word = strtok(NULL, " \n")))
		mark.words[count++] = word;
	if (mark__write_commands(out, &mark) || mark__write_figures(out, &mark) ||
	    mark__write_tables(out, &mark) || mark__write_completion(out, &mark))
		return true;
	complain("@%s is no mark, or not with these words", mark.name);
	return false;
}

static bool write_line(FILE *out, char *line)
{
	char *version;

	if (*line == '@')
		return write_mark(out, line);
	version = strstr(line, VERSION_MARK);
	if (version)
		fprintf(out, "%.*s%s%s", (int)(version - line), line, DOCS_VERSION,
			version + strlen(VERSION_MARK));
	else
		fputs(line, out);
	return true;
}

/* ---- a page ---- */

static bool write_page(FILE *out, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	bool good = true;

	for (line_number = 1; getline(&line, &size, in) >= 0; line_number++)
		good = write_line(out, line) && good;
	line_number = 0;
	free(line);
	return good;
}

static bool make_page(const char *directory, const char *template)
{
	const char *slash = strrchr(template, '/'), *name = slash ? slash + 1 : template;
	const char *suffix = strstr(name, ".in");
	char path[512];
	FILE *in, *out;
	bool good;

	place = template;
	if (!suffix || suffix[3]) {
		complain("a template is named NAME.in");
		return false;
	}
	snprintf(path, sizeof(path), "%s/%.*s", directory, (int)(suffix - name), name);
	in = fopen(template, "re");
	out = in ? fopen(path, "we") : NULL;
	if (!out) {
		complain("%s: %s", in ? path : template, strerror(errno));
		if (in)
			fclose(in);
		return false;
	}
	good = write_page(out, in);
	fclose(in);
	if (fclose(out)) {
		complain("%s: %s", path, strerror(errno));
		good = false;
	}
	return good;
}

int main(int argc, char **argv)
{
	bool good = argc > 2;
	int i;

	if (!good)
		fputs("usage: docs DIRECTORY TEMPLATE...\n", stderr);
	for (i = 2; i < argc; i++)
		good = make_page(argv[1], argv[i]) && good;
	place = "user/doc";
	good = commands__are_complete() && good;
	good = tables__are_complete() && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
