/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command needs of the process; then the one that was asked for. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "core/remark.h"
#include "core/clock.h"
#include "core/namespaces.h"
#include "core/open_files.h"

/*
 * A closed standard stream would be given to the next file that is opened, and
 * a summary would be written into it.
 */
static int hold_standard_streams(void)
{
	bool closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	return closed ? -EBADF : 0;
}

/* Before any time is taken; what is wrong with them is told by those who need them. */
static void settle_clock(void)
{
	struct namespaces namespaces;

	namespaces__read(&namespaces, "/proc/self", getpid());
	clock__set_ahead(namespaces.ahead_ns);
}

static void nothing(int signal)
{
	(void)signal;
}

/*
 * Writing to a pipe that nobody reads any more is an error like others.  A signal that is
 * caught, other than one that is ignored, is as ever in the programs that we start.
 */
static void survive(int signal)
{
	struct sigaction catch = { .sa_handler = nothing, .sa_flags = SA_RESTART }, was;

	if (!sigaction(signal, NULL, &was) && was.sa_handler != SIG_IGN)
		sigaction(signal, &catch, NULL);
}

/* Help and version are output like any other: a full disk is told. */
static int finish(int status)
{
	if (!fflush(stdout))
		return status;
	fprintf(stderr, "tasktoll: cannot write to standard output: %s (redirect it elsewhere)\n",
		strerror(errno));
	return EXIT_FAILED;
}

static int run_command(int argc, char **argv)
{
	const struct command *command = argc > 1 ? command__find(argv[1]) : NULL;

	if (command)
		return command__main(command, argc - 1, argv + 1);
	if (argc < 2) {
		remark("nothing to do: no command was given (tasktoll --help lists the commands)");
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		commands__print_help();
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("tasktoll " TASKTOLL_VERSION);
		return EXIT_OK;
	}
	remark("unknown command \"%.64s\": there is no such command (tasktoll --help lists them)",
	       argv[1]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	if (hold_standard_streams()) {
		fputs("tasktoll: cannot write the summary: standard output is closed (open it, or "
		      "redirect it to a file)\n",
		      stderr);
		return EXIT_FAILED;
	}
	survive(SIGPIPE);
	survive(SIGXFSZ);
	settle_clock();
	open_files__allow_all();
	return finish(run_command(argc, argv));
}
