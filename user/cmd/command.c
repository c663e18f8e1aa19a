/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/remark.h"

#define COMMAND(name) extern const struct command command_##name;
#include "cmd/commands.def"

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cmd/commands.def"
	NULL,
};

const struct command *command__find(const char *name)
{
	size_t i;

	for (i = 0; commands[i]; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

struct option_taker command__taker(const struct command *command)
{
	return (struct option_taker){ .command = command->name,
				      .groups = command->groups,
				      .operands = command->operands };
}

/* ---- help ---- */

void commands__print_help(void)
{
	size_t i;

	puts("usage: tasktoll [--version] [--help] COMMAND [options] [target]\n"
	     "                [-- program [args...]]\n");
	option__print_text(
		stdout, "Measures what the tasks of a live machine cost: switching between them, "
			"creating them, and what a crash takes with it.");
	putchar('\n');
	for (i = 0; commands[i]; i++)
		option__print_row(stdout, commands[i]->name, 13, commands[i]->summary);
	puts("\ntasktoll COMMAND --help explains a command.");
}

static void command__print_help(const struct command *command)
{
	struct option_taker taker = command__taker(command);
	size_t i;

	for (i = 0; i < 2 && command->usage[i]; i++)
		printf("%s tasktoll %s %s\n", i ? "      " : "usage:", command->name,
		       command->usage[i]);
	putchar('\n');
	option__print_text(stdout, command->about);
	putchar('\n');
	option__print(stdout, &options_table, &taker);
	if (command->help)
		command->help(stdout);
}

/* ---- a call ---- */

static int command__work(const struct command *command, void *context)
{
	struct failure failure = { 0 };
	int err = command->run(context, &failure), status;

	if (err)
		remark("%s", failure.text);
	status = err ? EXIT_FAILED : EXIT_OK;
	if (command->end)
		status = command->end(context, err);
	if (command->sink)
		sink__close((void *)((char *)context + command->sink));
	return status;
}

int command__main(const struct command *command, int argc, char **argv)
{
	struct option_taker taker = command__taker(command);
	struct options *options = calloc(1, command->size);
	struct failure failure = { 0 };
	int status = EXIT_OK, err;

	if (!options) {
		remark("cannot begin: out of memory (free some)");
		return EXIT_FAILED;
	}
	err = options__parse(options, &taker, argc, argv, &failure);
	if (!err && !options->help && command->check)
		err = command->check(options, &failure);
	if (err) {
		remark("%s", failure.text);
		status = err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	} else if (options->help) {
		command__print_help(command);
	} else {
		status = command__work(command, options);
	}
	options__free(options);
	free(options);
	return status;
}
