/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widths.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/utf8.h"
#include "tt.h"

static const int widths[] = { 60, 80, 100, 132, 200 };

/* Without escape codes and carriage returns, which take no column. */
static void plain(char *line)
{
	char *to = line;

	for (; *line; line++) {
		if (*line == '\r')
			continue;
		if (line[0] == '\033' && line[1] == '[') {
			line += strcspn(line, "mKHJ");
			if (!*line)
				break;
			continue;
		}
		*to++ = *line;
	}
	*to = 0;
}

/* Remarks are one line each, however long. */
static bool is_remark(const char *line)
{
	return !strncmp(line, "tasktoll: ", 10);
}

void widths__check(const char *const args[], int status)
{
	char columns[32];
	const char *const env[] = { columns, "TERM=xterm-256color", NULL };
	const struct proc_opts opts = { .want_tty = true, .env = env };
	size_t i;

	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		char *line, *rest = NULL;
		struct run run;

		snprintf(columns, sizeof(columns), "COLUMNS=%d", widths[i]);
		tt__run(&run, args, &opts);
		cr_expect(status < 0 || run.status == status, "%s: status %d: %s", args[0],
			  run.status, run.out);
		cr_expect_gt(run.out_len, 0);
		for (line = strtok_r(run.out, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest)) {
			plain(line);
			cr_expect(is_remark(line) || utf8__columns(line) <= (size_t)widths[i],
				  "%s at %d columns: %zu in\n%s", args[0], widths[i],
				  utf8__columns(line), line);
		}
		run__free(&run);
	}
}
