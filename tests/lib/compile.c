/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compile.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tt.h"

static bool is_here(const char *tool)
{
	char command[256];
	struct run run;
	bool here;

	snprintf(command, sizeof(command), "command -v %s", tool);
	run__do(&run, ARGS("/bin/sh", "-c", command), NULL);
	here = !run.status;
	run__free(&run);
	return here;
}

static const char *temp_directory(void)
{
	static char directory[512];
	char *slash;

	snprintf(directory, sizeof(directory), "%s", tt__temp("x"));
	slash = strrchr(directory, '/');
	*slash = 0;
	return directory;
}

const char *compile(const char *name, const char *source, const char *const compiler[])
{
	size_t length = strlen(compiler[0]), n = 0;
	bool plus = length > 2 && !strcmp(compiler[0] + length - 2, "++");
	const char *args[TT_MAX_ARGS], *program = tt__temp(name);
	struct run run;
	char file[600];
	FILE *out;

	if (!is_here(compiler[0]))
		cr_skip_test("no %s here", compiler[0]);
	snprintf(file, sizeof(file), "%s.%s", program, plus ? "cpp" : "c");
	out = fopen(file, "we");
	cr_assert_not_null(out);
	fputs(source, out);
	cr_assert_eq(fclose(out), 0);
	args[n++] = "/usr/bin/env";
	while (compiler[n - 1]) {
		args[n] = compiler[n - 1];
		n++;
	}
	args[n++] = "-o";
	args[n++] = program;
	args[n++] = file;
	args[n] = NULL;
	run__do(&run, args, NULL);
	if (run.status)
		cr_skip_test("%s cannot: %s", compiler[0], run.err);
	run__free(&run);
	return program;
}

void compile__shell(const char *tool, const char *command)
{
	const struct proc_opts opts = { .dir = temp_directory() };
	struct run run;

	if (!is_here(tool))
		cr_skip_test("no %s here", tool);
	run__do(&run, ARGS("/bin/sh", "-c", command), &opts);
	cr_assert_eq(run.status, 0, "%s: %s", command, run.err);
	run__free(&run);
}
