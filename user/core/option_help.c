/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options for --help. */
#include <string.h>

#include "core/option.h"

#define COLUMNS 80
#define INDENT	33

struct option_words option__choices(const struct option_row *row, const char *between)
{
	const struct option_choices *choices = row->choices;
	struct option_words words = { "" };
	const char *name;
	size_t i;

	for (i = 0; choices && (name = choices->name(i)); i++) {
		size_t at = strlen(words.text);

		if (!choices->hidden || !choices->hidden(i))
			snprintf(words.text + at, sizeof(words.text) - at, "%s%s",
				 at ? between : "", name);
	}
	return words;
}

struct option_words option__argument(const struct option_row *row)
{
	static const char *const of_types[] = {
		[OPTION_FLAG] = "",	     [OPTION_DURATION] = "SEC",
		[OPTION_COUNT] = "N",	     [OPTION_MEBIBYTES] = "MIB",
		[OPTION_IDS] = "ID[,ID...]", [OPTION_GLOB] = "GLOB",
		[OPTION_CHOICE] = "WORD",    [OPTION_TEXT] = "TEXT",
		[OPTION_PATH] = "FILE",	     [OPTION_DIRECTORY] = "PATH",
		[OPTION_SHELL] = "CMD",	     [OPTION_PROGRAM] = "program [args...]",
	};
	struct option_words words;

	if (!row->argument && row->choices)
		return option__choices(row, "|");
	snprintf(words.text, sizeof(words.text), "%s",
		 row->argument ? row->argument : of_types[row->type]);
	return words;
}

void option__head(const struct option_row *row, char *text, size_t capacity)
{
	struct option_words argument = option__argument(row);

	snprintf(text, capacity, "%c%c%c --%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name,
		 *argument.text ? " " : "", argument.text);
	if (row->type == OPTION_PROGRAM)
		snprintf(text, capacity, "-- %s", argument.text);
}

/* Words in lines that begin at `indent`; the first one is written at `at`. */
static void print_words(FILE *out, int at, int indent, const char *text)
{
	at += fprintf(out, "%*s", indent - at, "");
	while (*text) {
		int length = (int)strcspn(text, " ");

		if (at > indent && at + 1 + length > COLUMNS) {
			fputc('\n', out);
			at = fprintf(out, "%*s", indent, "");
		}
		at += fprintf(out, "%s%.*s", at > indent ? " " : "", length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void option__print_text(FILE *out, const char *text)
{
	print_words(out, 0, 0, text);
}

void option__print_row(FILE *out, const char *left, int indent, const char *text)
{
	int at = fprintf(out, "  %s", left);

	if (at >= indent) { /* no room for a space */
		fputc('\n', out);
		at = 0;
	}
	print_words(out, at, indent, text);
}

void option__phrase(const struct option_row *row, char *text, size_t capacity)
{
	const char *without = row->without ? row->without : row->otherwise;
	bool listed = row->argument && row->choices;

	snprintf(text, capacity, "%s%s%s%s%s%s", row->help, listed ? ": " : "",
		 listed ? option__choices(row, ", ").text : "", without ? " (" : "",
		 without ? without : "", without ? ")" : "");
}

void option__print(FILE *out, const struct option_table *table, const struct option_taker *taker)
{
	char left[192], text[512];
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];

		if (!option__is_of(row, taker))
			continue;
		option__head(row, left, sizeof(left));
		option__phrase(row, text, sizeof(text));
		option__print_row(out, left, INDENT, text);
	}
}
