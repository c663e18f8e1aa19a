/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Man pages and completion, which are made of templates and of the program's tables. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "cmd/command.h"

TestSuite(docs, .fini = tt__cleanup);

static void page_is_clean(const char *path)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", "MANWIDTH=80", "MANROFFOPT=-ww",
					   NULL };
	const struct proc_opts opts = { .env = env };
	struct run run;

	run__do(&run, ARGS("man", "--warnings", "-l", path), &opts);
	cr_expect_eq(run.status, 0, "%s: man ended with status %d", path, run.status);
	cr_expect_eq(run.err_len, 0, "%s: %s", path, run.err);
	cr_expect(strstr(run.out, "NAME") && strstr(run.out, "SEE ALSO"), "%s: no page", path);
	run__free(&run);
}

Test(docs, pages_are_clean)
{
	glob_t pages;
	size_t i;

	cr_assert_eq(glob(tt__doc("*.[58]"), 0, NULL, &pages), 0);
	cr_expect_geq(pages.gl_pathc, 10, "%zu pages", pages.gl_pathc);
	for (i = 0; i < pages.gl_pathc; i++)
		page_is_clean(pages.gl_pathv[i]);
	globfree(&pages);
}

/* ---- README ---- */

/* What follows a command is told apart by two blanks; --help has the rest read and judged. */
static void check_command(char *line)
{
	char command[1024], *end = strstr(line, "  "), *program;
	struct run run;

	line[end ? (size_t)(end - line) : strcspn(line, "\n")] = 0;
	program = strstr(line, " -- ");
	if (program)
		*program = 0;
	snprintf(command, sizeof(command), "exec \"$0\" %s --help", line);
	run__do(&run, ARGS("sh", "-c", command, tt__path()), NULL);
	cr_expect_eq(run.status, 0, "tasktoll %s: %s", line, run.err);
	run__free(&run);
}

Test(docs, commands_of_the_readme_are_accepted)
{
	char line[1024], *at;
	FILE *file = fopen(tt__doc("../../README.md"), "r");
	bool fenced = false;
	int count = 0;

	cr_assert_not_null(file, "no %s", tt__doc("../../README.md"));
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "```", 3))
			fenced = !fenced;
		at = line + (strncmp(line, "$ ", 2) ? 0 : 2);
		at += strncmp(at, "sudo ", 5) ? 0 : 5;
		if (!fenced || strncmp(at, "tasktoll ", 9) != 0 || at[9] == ' ')
			continue;
		check_command(at + 9);
		count++;
	}
	fclose(file);
	cr_expect_geq(count, 15, "%d commands", count);
}

/* ---- the maker ---- */

static void make_page(struct run *run, const char *text)
{
	const char *template = tt__temp("page.in");
	char directory[512];
	FILE *file = fopen(template, "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
	snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(template, '/') - template),
		 template);
	run__do(run, ARGS(tt__doc("../docs"), directory, template), NULL);
}

Test(docs, options_that_no_page_has_are_an_error)
{
	struct run run;

	make_page(&run, "@options target run\n@table crashes\n");
	cr_expect_eq(run.status, 1, "status %d", run.status);
	cr_expect(strstr(run.err, "no page has --max-memory of record"), "%s", run.err);
	cr_expect(strstr(run.err, "no page has --metric of report flame"), "%s", run.err);
	cr_expect(strstr(run.err, "no page has the command stat"), "%s", run.err);
	cr_expect(strstr(run.err, "no page has the table victims"), "%s", run.err);
	cr_expect_null(strstr(run.err, "--cgroup"), "%s", run.err);
	cr_expect_null(strstr(run.err, "table crashes"), "%s", run.err);
	run__free(&run);
}

Test(docs, marks_that_are_none_are_an_error)
{
	static const char *const wrong[] = { "@nonsense\n", "@options nonsense\n",
					     "@synopsis nonsense\n", "@table nonsense\n", "@\n" };
	struct run run;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		make_page(&run, wrong[i]);
		cr_expect_eq(run.status, 1, "%s: status %d", wrong[i], run.status);
		cr_expect(strstr(run.err, "page.in:1: "), "%s: %s", wrong[i], run.err);
		run__free(&run);
	}
}

/* ---- completion ---- */

/* What bash offers behind these words, a line each. */
static void complete(struct run *run, const char *words)
{
	char script[1024];

	snprintf(
		script, sizeof(script),
		"set -u; . '%s'; COMP_WORDS=(tasktoll %s ''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
		"_tasktoll; printf '%%s\\n' \"${COMPREPLY[@]}\"",
		tt__doc("tasktoll.bash"), words);
	run__do(run, ARGS("bash", "-c", script), NULL);
	cr_expect_eq(run->err_len, 0, "%s: %s", words, run->err);
}

static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);
	const char *at;

	for (at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, line, length) && at[length] == '\n')
			return true;
	}
	return false;
}

/* Commands that take files offer options behind a dash only. */
static void options_of(struct run *run, const char *command)
{
	char script[1024];

	snprintf(script, sizeof(script),
		 ". '%s'; COMP_WORDS=(tasktoll %s -); COMP_CWORD=2; _tasktoll; "
		 "printf '%%s\\n' \"${COMPREPLY[@]}\"",
		 tt__doc("tasktoll.bash"), command);
	run__do(run, ARGS("bash", "-c", script), NULL);
}

Test(docs, completion_has_each_option)
{
	struct run run;
	size_t c, i;

	complete(&run, "");
	for (c = 0; commands[c]; c++)
		cr_expect(has_line(run.out, commands[c]->name), "no %s", commands[c]->name);
	run__free(&run);
	for (c = 0; commands[c]; c++) {
		struct option_taker taker = command__taker(commands[c]);

		options_of(&run, commands[c]->name);
		for (i = 0; i < options_table.count; i++) {
			char name[64];

			snprintf(name, sizeof(name), "--%s", options_table.rows[i].name);
			if (option__is_of(&options_table.rows[i], &taker))
				cr_expect(has_line(run.out, name), "%s: no %s in %s",
					  commands[c]->name, name, run.out);
		}
		run__free(&run);
	}
}

Test(docs, completion_knows_values)
{
	struct run run;

	complete(&run, "crash --format");
	cr_expect_str_eq(run.out, "text\njson\n");
	run__free(&run);
	complete(&run, "flame --format");
	cr_expect_str_eq(run.out, "folded\npprof\nsvg\nspeedscope\n");
	run__free(&run);
	complete(&run, "stat -s");
	cr_expect(has_line(run.out, "toll") && has_line(run.out, "migrations"), "%s", run.out);
	run__free(&run);
	complete(&run, "stat -p");
	cr_expect(has_line(run.out, "1"), "%s", run.out);
	run__free(&run);
	complete(&run, "stat -d");
	cr_expect_str_eq(run.out, "\n", "%s", run.out);
	run__free(&run);
}

/* ---- make install ---- */

static void is_installed(const char *root, const char *name, const char *needle)
{
	char path[512], text[65536] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/opt/tt/%s", root, name);
	file = fopen(path, "r");
	cr_assert_not_null(file, "%s is not installed", name);
	if (fread(text, 1, sizeof(text) - 1, file))
		cr_expect(strstr(text, needle), "%s has no %s", name, needle);
	fclose(file);
}

Test(docs, are_installed)
{
	static const char *const env[] = { "MAKEFLAGS", "MAKELEVEL", "MFLAGS", NULL };
	const struct proc_opts opts = { .env = env };
	const char *root = tt__temp("root");
	char destination[512];
	struct run run;

	snprintf(destination, sizeof(destination), "DESTDIR=%s", root);
	run__do(&run, ARGS("make", "-s", "install", destination, "PREFIX=/opt/tt"), &opts);
	cr_assert_eq(run.status, 0, "%s%s", run.out, run.err);
	run__free(&run);
	is_installed(root, "bin/tasktoll", "ELF");
	is_installed(root, "share/man/man8/tasktoll.8", "\\-\\-force\\-rung");
	is_installed(root, "share/man/man8/tasktoll-doctor.8", "finish_task_switch");
	is_installed(root, "share/man/man8/tasktoll-report.8", "OPTIONS OF REPORT");
	is_installed(root, "share/man/man8/tasktoll-stat.8", "\\-\\-force\\-rung");
	is_installed(root, "share/man/man5/tasktoll-recording.5", "process_sums");
	is_installed(root, "share/bash-completion/completions/tasktoll", "--force-rung");
}
