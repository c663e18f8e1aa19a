/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record --on http: what is wrong is said before anything is traced, and says what to do. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/tt.h"

TestSuite(flight, .fini = tt__cleanup);

static void refused(const char *on, int status, const char *needle)
{
	struct run run;

	tt__run(&run, ARGS("record", "--keep", "10s", "-o", tt__temp("flight"), "--on", on), NULL);
	tt__expect_failure(&run, status, needle);
	run__free(&run);
}

Test(flight, addresses_that_are_none)
{
	refused("http nonsense", 2, "nonsense");
	refused("http node.example:1", 2, "names are not looked up");
	refused("http 192.0.2.1:9436", 2, "let a proxy pass them on");
	refused("http 0.0.0.0:9436", 2, "in the clear");
	refused("http 127.0.0.1:1 2", 2, "no such metric");
	refused("https", 2, "write crash, http, or");
}

Test(flight, one_place_for_requests)
{
	struct run run;

	tt__run(&run,
		ARGS("record", "--keep", "10s", "-o", tt__temp("flight"), "--on", "http", "--on",
		     "http 127.0.0.1:0"),
		NULL);
	tt__expect_failure(&run, 2, "leave one out");
	run__free(&run);
}

/* As a flight recorder that runs finds it. */
static void make_token(const char *text, mode_t mode)
{
	char path[4200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/http-token", tt__temp("flight"));
	(void)!mkdir(tt__temp("flight"), 0700);
	unlink(path);
	file = fopen(path, "we");
	cr_assert(file && fputs(text, file) >= 0 && !fclose(file));
	cr_assert_eq(chmod(path, mode), 0);
}

Test(flight, tokens_that_are_none)
{
	char path[4200];

	make_token("0123456789abcdef\n", 0644);
	refused("http 127.0.0.1:0", 1, "others can read it");
	make_token("0123456789abcde\n", 0600);
	refused("http 127.0.0.1:0", 1, "16 to 128 characters");
	make_token("0123456789abcdef 0\n", 0600);
	refused("http 127.0.0.1:0", 1, "no spaces");
	make_token("0123456789abcdef\r\n", 0600);
	refused("http 127.0.0.1:0", 1, "no spaces");
	snprintf(path, sizeof(path), "%s/http-token", tt__temp("flight"));
	unlink(path);
	cr_assert_eq(symlink("/etc/hostname", path), 0);
	refused("http 127.0.0.1:0", 1, "symbolic link");
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	refused("http 127.0.0.1:0", 1, "no regular file");
}
