/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line in place of a name: only where it says more, and is the same program's. */
#include "session/commands.h"

#include <stdlib.h>

#include "unit.h"

static void check(const char *comm, const char *bytes, size_t size, const char *expected)
{
	char *command = command__of(comm, bytes, size);

	if (expected)
		SAME_TEXT(command ? command : "(none)", expected);
	else
		cr_expect_null(command, "%s", command);
	free(command);
}

#define CHECK(comm, bytes, expected) check(comm, bytes, sizeof(bytes) - 1, expected)

Test(commands, says_more_than_the_name_or_is_not_used)
{
	CHECK("postgres", "postgres: app db UPDATE\0\0\0\0", "postgres: app db UPDATE");
	CHECK("postgres", "/usr/lib/postgresql/15/bin/postgres\0-D\0/var/lib\0",
	      "postgres -D /var/lib");
	CHECK("sleep", "sleep\0", NULL);
	CHECK("sleep", "/bin/sleep\0", NULL);
	CHECK("sleep", "", NULL);
	CHECK("a-name-of-fifte", "a-name-of-fifteen-and-more\0", "a-name-of-fifteen-and-more");
	CHECK("worker", "python3\0worker.py\0", NULL); /* it calls itself so: that counts */
	CHECK("", "x\0", NULL);
	CHECK("x", "x\0\xff\x1b[2J\0", "x \xef\xbf\xbd\x1b[2J"); /* escaped where it is printed */
	CHECK("db", "db /a/b c\0", "db /a/b c");
}
