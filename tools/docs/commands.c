/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command table and the option table say, in man pages. */
#include <string.h>

#include "cmd/command.h"
#include "docs.h"

#define ROWS_MAX     256
#define COMMANDS_MAX 32
#define OTHERS	     "others" /* in @options: those of commands that have no page of their own */

static const struct {
	const char *name;
	unsigned int group;
} groups[] = {
	{ "target", OPTIONS_TARGET },	  { "run", OPTIONS_RUN },     { "output", OPTIONS_OUTPUT },
	{ "no-table", OPTIONS_NO_TABLE }, { "table", OPTIONS_TABLE }, { "hooks", OPTIONS_HOOKS },
	{ "quiet", OPTIONS_QUIET },	  { "price", OPTIONS_PRICE },
};

static bool row_is_told[ROWS_MAX], command_is_told[COMMANDS_MAX], synopsis_is_told[COMMANDS_MAX];

/* ---- which ---- */

/* Makes a taker of one group, or of one command's own options. */
static bool taker__of_word(struct option_taker *taker, const char *word)
{
	size_t i;

	*taker = (struct option_taker){ .command = "" };
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!strcmp(groups[i].name, word))
			taker->groups = groups[i].group;
	}
	if (command__find(word))
		taker->command = word;
	return taker->groups || *taker->command;
}

/* --help, which is of all, is no row of a group or of a command. */
static bool row__is_of_words(const struct option_row *row, const struct mark *mark)
{
	struct option_taker taker;
	size_t i;

	for (i = 0; mark->words[i]; i++) {
		if (!strcmp(mark->words[i], OTHERS) && !row_is_told[row - options_table.rows])
			return true;
		taker__of_word(&taker, mark->words[i]);
		if (row->groups == OPTION_OF_ALL ? !strcmp(mark->words[i], "run") :
						   option__is_of(row, &taker))
			return true;
	}
	return false;
}

/* ---- options ---- */

/* Is it a list of one command's options? */
static bool mark__is_of_one(const struct mark *mark)
{
	size_t i, named = 0;

	for (i = 0; mark->words[i]; i++)
		named += command__find(mark->words[i]) != NULL;
	return named == 1;
}

/* Which commands have it, unless all of them do. */
static void write_commands_of(FILE *out, const struct option_row *row)
{
	const char *between = "Commands: ";
	size_t i, has = 0, all;

	for (all = 0; commands[all]; all++) {
		struct option_taker taker = command__taker(commands[all]);

		has += option__is_of(row, &taker);
	}
	if (has == all)
		return;
	for (i = 0; i < all; i++) {
		struct option_taker taker = command__taker(commands[i]);

		if (!option__is_of(row, &taker))
			continue;
		fprintf(out, "%s\\fB%s\\fR", between, commands[i]->name);
		between = ", ";
	}
	fputs(".\n", out);
}

static void write_row(FILE *out, const struct option_row *row)
{
	char text[1024], argument[32] = "";

	if (row->type == OPTION_PROGRAM)
		fputs(".TP\n\\fB\\-\\-\\fR \\fIprogram\\fR [\\fIargs\\fR...]\n", out);
	else
		roff__option(out, row);
	sscanf(option__argument(row).text, "%31[A-Z]", argument);
	option__phrase(row, text, sizeof(text) - 1);
	strcat(text, ".");
	roff__text(out, text, argument);
	if (row->more)
		roff__text(out, row->more, argument);
}

static bool write_options(FILE *out, const struct mark *mark)
{
	struct option_taker taker;
	size_t i;

	for (i = 0; mark->words[i]; i++) {
		if (!taker__of_word(&taker, mark->words[i]) &&
		    strcmp(mark->words[i], OTHERS) != 0) {
			complain("@options %s: neither a group of options nor a command",
				 mark->words[i]);
			return false;
		}
	}
	for (i = 0; i < options_table.count; i++) {
		const struct option_row *row = &options_table.rows[i];

		if (!row__is_of_words(row, mark))
			continue;
		write_row(out, row);
		if (mark->words[1] && !mark__is_of_one(mark))
			write_commands_of(out, row);
		row_is_told[i] = true;
	}
	return true;
}

/* ---- commands ---- */

static void write_synopsis(FILE *out, size_t number)
{
	const struct command *command = commands[number];
	size_t i;

	for (i = 0; i < 2 && command->usage[i]; i++) {
		fprintf(out, "\\fBtasktoll %s\\fR ", command->name);
		roff__usage(out, command->usage[i]);
		fputs(".br\n", out);
	}
	synopsis_is_told[number] = true;
}

static bool write_synopses(FILE *out, const struct mark *mark)
{
	size_t i, j;

	for (j = 0; mark->words[j]; j++) {
		if (!command__find(mark->words[j])) {
			complain("@synopsis %s: no command", mark->words[j]);
			return false;
		}
	}
	for (i = 0; commands[i]; i++) {
		bool wanted = !mark->words[0];

		for (j = 0; mark->words[j]; j++)
			wanted |= !strcmp(mark->words[j], commands[i]->name);
		if (wanted)
			write_synopsis(out, i);
	}
	return true;
}

static void write_commands(FILE *out)
{
	size_t i;

	for (i = 0; commands[i]; i++) {
		roff__entry(out, commands[i]->name, commands[i]->about);
		if (commands[i]->more)
			roff__text(out, commands[i]->more, NULL);
		command_is_told[i] = true;
	}
}

bool mark__write_commands(FILE *out, const struct mark *mark)
{
	if (!strcmp(mark->name, "options"))
		return write_options(out, mark);
	if (!strcmp(mark->name, "synopsis"))
		return write_synopses(out, mark);
	if (strcmp(mark->name, "commands") != 0)
		return false;
	write_commands(out);
	return true;
}

bool commands__are_complete(void)
{
	bool complete = true;
	size_t i;

	for (i = 0; i < options_table.count; i++) {
		const struct option_row *row = &options_table.rows[i];

		if (row_is_told[i])
			continue;
		complain("no page has --%s%s%s (@options)", row->name, row->of ? " of " : "",
			 row->of ? row->of : "");
		complete = false;
	}
	for (i = 0; commands[i]; i++) {
		if (command_is_told[i] && synopsis_is_told[i])
			continue;
		complain("no page has the command %s (@commands, @synopsis)", commands[i]->name);
		complete = false;
	}
	return complete;
}
