/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tables say, for shells that complete command lines. */
#include <string.h>

#include "cmd/command.h"
#include "docs.h"

static void write_names(FILE *out)
{
	size_t i;

	fputs("\tlocal commands=\"", out);
	for (i = 0; commands[i]; i++)
		fprintf(out, "%s ", commands[i]->name);
	fputs("--help --version\"\n", out);
}

/* Of each command: its options, as words. */
static void write_options_of(FILE *out)
{
	size_t c, i;

	for (c = 0; commands[c]; c++) {
		struct option_taker taker = command__taker(commands[c]);

		fprintf(out, "\t%s) echo \"", commands[c]->name);
		for (i = 0; i < options_table.count; i++) {
			const struct option_row *row = &options_table.rows[i];

			if (!option__is_of(row, &taker))
				continue;
			fprintf(out, "--%s ", row->name);
			if (row->letter)
				fprintf(out, "-%c ", row->letter);
		}
		fputs("\" ;;\n", out);
	}
}

/* What can stand behind an option: the name of a shell function's case, and words. */
static void write_value(FILE *out, const struct command *command, const struct option_row *row)
{
	static const char *const kinds[] = {
		[OPTION_FLAG] = NULL,	 [OPTION_IDS] = "ids",	   [OPTION_CHOICE] = "words",
		[OPTION_PATH] = "files", [OPTION_SHELL] = "shell", [OPTION_DIRECTORY] = "cgroups",
	};
	const char *kind = "nothing";

	if (row->type == OPTION_FLAG || row->type == OPTION_PROGRAM)
		return;
	if (row->type < sizeof(kinds) / sizeof(kinds[0]) && kinds[row->type])
		kind = kinds[row->type];
	fprintf(out, "\t'%s --%s'", command->name, row->name);
	if (row->letter)
		fprintf(out, " | '%s -%c'", command->name, row->letter);
	fprintf(out, ") echo \"%s%s%s\" ;;\n", kind, row->choices ? " " : "",
		option__choices(row, " ").text);
}

static void write_values(FILE *out)
{
	size_t c, i;

	for (c = 0; commands[c]; c++) {
		struct option_taker taker = command__taker(commands[c]);

		for (i = 0; i < options_table.count; i++) {
			if (option__is_of(&options_table.rows[i], &taker))
				write_value(out, commands[c], &options_table.rows[i]);
		}
	}
}

static void write_with_files(FILE *out)
{
	const char *between = "\t";
	size_t i;

	for (i = 0; commands[i]; i++) {
		if (!commands[i]->operands)
			continue;
		fprintf(out, "%s%s", between, commands[i]->name);
		between = " | ";
	}
	fputs(") return 0 ;;\n", out);
}

bool mark__write_completion(FILE *out, const struct mark *mark)
{
	static const struct {
		const char *name;
		void (*write)(FILE *out);
	} parts[] = {
		{ "completion-commands", write_names },
		{ "completion-options", write_options_of },
		{ "completion-values", write_values },
		{ "completion-operands", write_with_files },
	};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(parts[i].name, mark->name) != 0)
			continue;
		parts[i].write(out);
		return true;
	}
	return false;
}
