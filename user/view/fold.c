/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/fold.h"

#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

#define HANG_MOST 24 /* columns: where a line goes on, at most */

/* ---- lines that may have escape codes in them ---- */

/* The bytes of an escape code that begins here; 0: none does. */
static size_t code_length(const char *text)
{
	const char *at = text;

	if (at[0] != '\033' || at[1] != '[')
		return 0;
	for (at += 2; *at && *at != 'm'; at++)
		;
	return (size_t)(at - text) + (*at == 'm');
}

/* The columns of the first `length` bytes. */
static size_t columns_of(const char *text, size_t length)
{
	char *plain = malloc(length + 1);
	size_t columns, used = 0, i = 0, code;

	if (!plain)
		return length;
	while (i < length) {
		code = code_length(text + i);
		if (code)
			i += code;
		else
			plain[used++] = text[i++];
	}
	plain[used] = 0;
	columns = utf8__columns(plain);
	free(plain);
	return columns;
}

/* How many bytes from the beginning stay in a line: up to a blank, or else what fits. */
static size_t fitting(const char *text, size_t from, size_t columns)
{
	size_t length = strlen(text), at, best = 0;

	if (columns_of(text, length) <= columns)
		return length;
	for (at = from; at < length; at++) {
		if (text[at] != ' ')
			continue;
		if (columns_of(text, at) > columns)
			break;
		best = at;
	}
	while (best > from && text[best - 1] == ' ')
		best--;
	return best > from ? best : utf8__fitting(text, columns);
}

/* ---- where it goes on ---- */

/* Behind the last gap of two blanks in its head: bytes. */
static size_t head_of(const char *line, size_t most)
{
	size_t head = strspn(line, " "), at;

	for (at = head; line[at]; at++) {
		if (columns_of(line, at) > most)
			break;
		if (at > 1 && line[at - 1] == ' ' && line[at - 2] == ' ' && line[at] != ' ')
			head = at;
	}
	return columns_of(line, head) > most ? 2 : head;
}

/* Blanks as wide as the head; branches of a tree go on. */
static void write_hang(const struct fold *fold, const char *line, size_t head)
{
	static const char down[] = "│", branch[] = "├";
	size_t at, size;

	for (at = 0; at < head; at += size) {
		__u32 point;

		size = code_length(line + at);
		if (size)
			continue;
		size = utf8__decode(line + at, head - at, &point);
		size = size ? size : 1;
		if (!strncmp(line + at, down, size) || !strncmp(line + at, branch, size))
			fputs(down, fold->out);
		else if (fold->ascii && line[at] == '|')
			fputc('|', fold->out);
		else
			fprintf(fold->out, "%*s", (int)columns_of(line + at, size), "");
	}
}

static void fold__line(const struct fold *fold, const char *line)
{
	size_t head = head_of(line, HANG_MOST), hang = columns_of(line, head);
	const char *rest = line + fitting(line, head, fold->width);

	fprintf(fold->out, "%.*s\n", (int)(rest - line), line);
	while (*(rest += strspn(rest, " "))) {
		size_t n = fitting(rest, 0, fold->width - hang);

		write_hang(fold, line, head);
		fprintf(fold->out, "%.*s\n", (int)n, rest);
		rest += n;
	}
}

FILE *fold__begin(struct fold *fold, FILE *out, const struct view_options *options)
{
	int width = options->width ? options->width : VIEW_WIDTH;

	memset(fold, 0, sizeof(*fold));
	fold->out = out;
	fold->width = (size_t)(width < VIEW_WIDTH_LEAST ? VIEW_WIDTH_LEAST : width);
	fold->ascii = options->ascii;
	if (!options->widens)
		fold->composed = open_memstream(&fold->text, &fold->size);
	return fold->composed ? fold->composed : out;
}

void fold__end(struct fold *fold)
{
	char *line, *end;

	if (!fold->composed || fclose(fold->composed))
		return;
	for (line = fold->text; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (end)
			*end = 0;
		fold__line(fold, line);
		if (!end)
			break;
	}
	free(fold->text);
	fold->text = NULL;
}
