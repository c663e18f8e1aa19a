/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command is one file that ends in one descriptor, and a line in commands.def.  Its options
 * are read, its --help and errors of usage are printed, and what it was given is freed in
 * command.c, for all of them.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "cmd/options.h"
#include "core/exit_status.h"
#include "core/sink.h"

struct command {
	const char *name;
	const char *summary;  /* one line for --help */
	const char *usage[2]; /* what follows the name, a line each */
	const char *about;    /* sentences for --help, and the beginning in the man page */
	const char *more;     /* sentences for the man page; `this` is bold there; NULL */
	unsigned int groups;  /* of options; see also .of in options.def */
	bool operands;	      /* names of files may stand among the options */

	/* What only the command knows of its options.  0, or -EINVAL: bad usage; NULL. */
	int (*check)(struct options *options, struct failure *failure);
	void (*help)(FILE *out); /* prints what --help lists behind the options; NULL */

	/*
	 * What it works on: so many bytes, all 0 but for the options, which it begins with.
	 * A struct sink at `sink` is closed when all is over; 0: it has none.
	 */
	size_t size, sink;

	/* Does it.  Returns 0, or an errno with the failure set, which is printed then. */
	int (*run)(void *context, struct failure *failure);

	/*
	 * Releases all but options and sink; NULL: there is nothing to release.  err is what run()
	 * returned.  Returns the exit status.
	 */
	int (*end)(void *context, int err);
};

/* NULL at the end. */
extern const struct command *const commands[];

const struct command *command__find(const char *name); /* NULL: there is none */

struct option_taker command__taker(const struct command *command);

/* argv[0] is the command's own name.  Returns the exit status. */
int command__main(const struct command *command, int argc, char **argv);

/* --help of tasktoll itself. */
void commands__print_help(void);

#endif
