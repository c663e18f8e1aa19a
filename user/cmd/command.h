/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command is one file that ends in one descriptor, listed in main.c. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stddef.h>

/* Exit statuses that scripts rely on. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INCOMPLETE = 3 };

struct command {
	const char *name;
	const char *summary; /* one line for --help */
	/* argv[0] is the command's own name.  Returns the exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct command command_stat, command_crash, command_record, command_report,
	command_flame, command_doctor;

#endif
