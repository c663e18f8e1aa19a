/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line, its arguments separated by NULs: taken, or refused with a reason. */
#include "cmd/command.h"

#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

/* getopt() keeps its place inside an argument, which is gone by the next time. */
static void forget_place(void)
{
	char name[] = "tasktoll", *argv[] = { name, NULL };

	optind = 0;
	getopt(1, argv, "+");
}

static void check_taken(const struct options *options)
{
	check(options->sort && options->rows && options->run.window_ns);
	check(!options->pids.ids == !options->pids.count);
	check(!options->run.program || options->run.program[0]);
	check(memchr(options->run.target_text, 0, sizeof(options->run.target_text)) != NULL);
}

static void try_options(const struct command *command, int argc, char **argv)
{
	struct option_taker taker = command__taker(command);
	struct failure failure = { 0 };
	struct options options;

	forget_place();
	if (!options__parse(&options, &taker, argc, argv, &failure)) {
		check_taken(&options);
	} else {
		const unsigned char *s = (const unsigned char *)failure.text;

		check(failure.error < 0 && *s);
		for (; *s; s++)
			check(*s >= 0x20 && *s != 0x7f); /* one line that a terminal may see */
	}
	options__free(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[ARGS_MAX + 2], name[] = "stat";
	char *text;
	size_t at, count = 0;
	int argc = 1;

	if (!size)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = 0;
	argv[0] = name;
	for (at = 0; at < size - 1 && argc <= ARGS_MAX; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	while (commands[count])
		count++;
	try_options(commands[data[0] % count], argc, argv);
	free(text);
	return 0;
}
