/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every option of every command, as the table has them: each refuses a bad value, in a sentence. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "cmd/command.h"

TestSuite(options, .fini = tt__cleanup);

static void each_row(void (*check)(const struct command *command, const struct option_row *row))
{
	size_t c, i, rows = 0;

	for (c = 0; commands[c]; c++) {
		struct option_taker taker = command__taker(commands[c]);

		for (i = 0; i < options_table.count; i++) {
			const struct option_row *row = &options_table.rows[i];

			if (row->type == OPTION_PROGRAM || !option__is_of(row, &taker))
				continue;
			check(commands[c], row);
			rows++;
		}
	}
	cr_assert_gt(rows, 60, "%zu rows", rows);
}

/* One line, "tasktoll: what: why (what to do)", that names the option. */
static void refused(const struct command *command, const struct option_row *row,
		    const char *argument)
{
	struct run run;
	const char *why, *hint;

	tt__run(&run, ARGS(command->name, argument), NULL);
	tt__expect_failure(&run, 2, row->name);
	why = strstr(run.err, ": ");
	why = why ? strstr(why + 2, ": ") : NULL;
	hint = why ? strstr(why, " (") : NULL;
	cr_expect(!strncmp(run.err, "tasktoll: ", 10) && why && hint &&
			  !strcmp(run.err + run.err_len - 2, ")\n"),
		  "%s %s: %s", command->name, argument, run.err);
	run__free(&run);
}

static void bad_value(const struct command *command, const struct option_row *row)
{
	static const char *const bad[] = {
		[OPTION_FLAG] = "1",
		[OPTION_DURATION] = "0",
		[OPTION_COUNT] = "-1",
		[OPTION_MEBIBYTES] = "1.5",
		[OPTION_IDS] = "1,,2",
		[OPTION_GLOB] = "[",
		[OPTION_CHOICE] = "no-such-thing",
		[OPTION_TEXT] = "",
		[OPTION_PATH] = "",
		[OPTION_DIRECTORY] = "",
		[OPTION_SHELL] = "",
	};
	char argument[128];

	cr_assert(row->type < sizeof(bad) / sizeof(bad[0]) && bad[row->type],
		  "no bad value for the type of --%s", row->name);
	snprintf(argument, sizeof(argument), "--%s=%s", row->name, bad[row->type]);
	refused(command, row, argument);
}

Test(options, each_refuses_a_bad_value)
{
	each_row(bad_value);
}

static void beyond_its_bounds(const struct command *command, const struct option_row *row)
{
	bool duration = row->type == OPTION_DURATION;
	char argument[128];

	if (!duration && row->type != OPTION_COUNT && row->type != OPTION_MEBIBYTES)
		return;
	if (row->most) {
		snprintf(argument, sizeof(argument), "--%s=%llu%s", row->name, row->most + 1,
			 duration ? "ns" : "");
		refused(command, row, argument);
	}
	if (row->least) {
		snprintf(argument, sizeof(argument), "--%s=%llu%s", row->name, row->least - 1,
			 duration ? "ns" : "");
		refused(command, row, argument);
	}
}

Test(options, each_number_has_its_bounds)
{
	each_row(beyond_its_bounds);
}

static void missing_value(const struct command *command, const struct option_row *row)
{
	char argument[128];

	snprintf(argument, sizeof(argument), "--%s", row->name);
	if (row->type != OPTION_FLAG)
		refused(command, row, argument);
}

Test(options, each_wants_its_value)
{
	each_row(missing_value);
}

/* A short name, or a long one, is one option; and a field has the size that its type fills in. */
static void well_made(const struct command *command, const struct option_row *row)
{
	static const size_t sizes[] = {
		[OPTION_FLAG] = sizeof(bool),	       [OPTION_DURATION] = sizeof(__u64),
		[OPTION_COUNT] = sizeof(__u64),	       [OPTION_MEBIBYTES] = sizeof(__u64),
		[OPTION_IDS] = sizeof(struct id_list), [OPTION_GLOB] = sizeof(struct target_glob),
		[OPTION_CHOICE] = sizeof(void *),      [OPTION_TEXT] = sizeof(char *),
		[OPTION_PATH] = sizeof(char *),	       [OPTION_DIRECTORY] = sizeof(char *),
		[OPTION_SHELL] = sizeof(char *),
	};
	struct option_taker taker = command__taker(command);
	size_t i;

	cr_expect_eq(row->size, sizes[row->type], "--%s: a field of %zu bytes", row->name,
		     row->size);
	cr_expect(row->type != OPTION_CHOICE || row->choices, "--%s: no choices", row->name);
	cr_expect(row->help && *row->help, "--%s: no help", row->name);
	for (i = 0; i < options_table.count; i++) {
		const struct option_row *other = &options_table.rows[i];

		if (other == row || other->type == OPTION_PROGRAM || !option__is_of(other, &taker))
			continue;
		cr_expect_str_neq(other->name, row->name, "%s has two --%s", command->name,
				  row->name);
		cr_expect(!row->letter || other->letter != row->letter, "%s has two -%c",
			  command->name, row->letter);
	}
}

Test(options, rows_are_well_made)
{
	each_row(well_made);
}

/* ---- help ---- */

static void expect_narrow(const char *text)
{
	const char *line, *end;

	for (line = text; *line; line = end + 1) {
		end = strchr(line, '\n');
		cr_assert_not_null(end);
		cr_expect_leq(end - line, 80, "%.*s", (int)(end - line), line);
		cr_expect(end == line || end[-1] != ' ', "a space at the end: %.*s",
			  (int)(end - line), line);
	}
}

Test(options, help_fits_a_terminal)
{
	struct run run;
	size_t c;

	tt__run(&run, ARGS("--help"), NULL);
	expect_narrow(run.out);
	for (c = 0; commands[c]; c++)
		cr_expect(strstr(run.out, commands[c]->name), "nothing of %s", commands[c]->name);
	run__free(&run);
	for (c = 0; commands[c]; c++) {
		tt__run(&run, ARGS(commands[c]->name, "--help"), NULL);
		tt__expect_success(&run);
		expect_narrow(run.out);
		run__free(&run);
	}
}

static void in_the_help(const struct command *command, const struct option_row *row)
{
	char head[192];
	struct run run;

	option__head(row, head, sizeof(head));
	tt__run(&run, ARGS(command->name, "-h"), NULL);
	cr_expect(strstr(run.out, head), "%s --help: no %s", command->name, head);
	run__free(&run);
}

Test(options, help_has_each)
{
	each_row(in_the_help);
}

/* They say something of a window, and there is none: the message names what is missing. */
Test(options, of_a_window_are_refused_without_one)
{
	static const char *const given[] = { "--max-size=50M", "--after=5s", "--max-kept=3",
					     "--on=crash" };
	size_t i;

	for (i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		struct run run;

		tt__run(&run, ARGS("record", given[i]), NULL);
		tt__expect_failure(&run, 2, "it says nothing without --keep");
		run__free(&run);
	}
}
