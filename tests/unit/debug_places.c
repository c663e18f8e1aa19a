/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where debug files are looked for, and in which order: below a directory that is a root. */
#include "callstack/debug_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/tt.h"
#include "callstack/broker.h"
#include "unit.h"

#define BUILD_ID "abcdef0123" /* of no file of this machine */

static char directory[4096];
static struct debug_search search = { .root = -1, .owner = { .known = true } };

static void begin(void)
{
	snprintf(directory, sizeof(directory), "%s", tt__temp("root"));
	cr_assert_eq(mkdir(directory, 0755), 0);
	search.broker = broker__new();
	cr_assert_not_null(search.broker);
	search.root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(search.root, 0);
	search.path = strdup("/opt/bin/prog");
	search.owner.uid = geteuid();
	search.owner.gid = getegid();
	close(STDIN_FILENO); /* 0 is a descriptor of a file like others */
}

static void end(void)
{
	broker__free(search.broker);
	free(search.path);
	tt__cleanup();
}

TestSuite(debug_places, .init = begin, .fini = end);

static const char *below(const char *path)
{
	static char text[8192];

	snprintf(text, sizeof(text), "%s%s", directory, path);
	return text;
}

/* A file that holds its path. */
static void make(const char *path)
{
	char *command;

	cr_assert_geq(asprintf(&command, "mkdir -p $(dirname %s%s) && printf %%s %s > %s%s",
			       directory, path, path, directory, path),
		      0);
	cr_assert_eq(system(command), 0);
	free(command);
}

/* Which file a descriptor is of; "(none)". */
static const char *path_of(int fd)
{
	static char text[256];
	ssize_t n;

	if (fd < 0) {
		SAME(fd, -ENOENT);
		return "(none)";
	}
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void check(unsigned int place, const char *expected, unsigned int next)
{
	unsigned int found = 99;
	int fd = debug_file__open(&search, BUILD_ID, "prog.debug", place, &found);

	SAME_TEXT(path_of(fd), expected);
	SAME(found, next);
}

Test(debug_places, in_the_order_of_gdb)
{
	make("/usr/lib/debug/.build-id/ab/cdef0123.debug");
	make("/opt/bin/prog.debug");
	make("/opt/bin/.debug/prog.debug");
	make("/usr/lib/debug/opt/bin/prog.debug");
	check(0, "/usr/lib/debug/.build-id/ab/cdef0123.debug", 1);
	check(1, "/opt/bin/prog.debug", 3);
	check(3, "/opt/bin/.debug/prog.debug", 4);
	check(4, "/usr/lib/debug/opt/bin/prog.debug", 5);
	check(5, "(none)", 5);
	cr_assert_eq(unlink(below("/opt/bin/prog.debug")), 0);
	check(1, "/opt/bin/.debug/prog.debug", 4);
}

Test(debug_places, beside_a_file_of_ours)
{
	make("/opt/bin/prog.debug");
	free(search.path);
	search.path = strdup(below("/opt/bin/prog"));
	search.root = -1;
	check(0, "/opt/bin/prog.debug", 3);
}

/* A name that is a way, or that of the file itself, is none of a debug file. */
Test(debug_places, names_that_lead_nowhere)
{
	static const char *const links[] = { "", "prog", "../prog.debug", "/opt/bin/prog.debug" };
	unsigned int next;
	size_t i;

	make("/opt/bin/prog");
	make("/opt/prog.debug");
	make("/opt/bin/prog.debug");
	for (i = 0; i < ARRAY_SIZE(links); i++)
		SAME_TEXT(path_of(debug_file__open(&search, "", links[i], 0, &next)), "(none)");
	free(search.path);
	search.path = NULL;
	SAME_TEXT(path_of(debug_file__open(&search, "", "prog.debug", 0, &next)), "(none)");
	search.path = strdup("prog");
	SAME_TEXT(path_of(debug_file__open(&search, "", "prog.debug", 0, &next)), "(none)");
}

/* Of a build id two digits are a folder, and at least two more a name. */
Test(debug_places, build_ids_that_are_too_short)
{
	unsigned int next;

	make("/usr/lib/debug/.build-id/ab/c.debug");
	make("/usr/lib/debug/.build-id/ab/cd.debug");
	SAME_TEXT(path_of(debug_file__open(&search, "abc", "", 0, &next)), "(none)");
	SAME_TEXT(path_of(debug_file__open(&search, "abcd", "", 0, &next)),
		  "/usr/lib/debug/.build-id/ab/cd.debug");
}

Test(debug_places, shared_by_build_id_or_by_the_end_of_its_name)
{
	static const char link[] = "../../../.dwz/x86/part.debug";

	make("/usr/lib/debug/.dwz/x86/part.debug");
	SAME_TEXT(path_of(shared_file__open(&search, BUILD_ID, link)),
		  "/usr/lib/debug/.dwz/x86/part.debug");
	make("/usr/lib/debug/.build-id/ab/cdef0123.debug");
	SAME_TEXT(path_of(shared_file__open(&search, BUILD_ID, link)),
		  "/usr/lib/debug/.build-id/ab/cdef0123.debug");
	SAME_TEXT(path_of(shared_file__open(&search, "", link)),
		  "/usr/lib/debug/.dwz/x86/part.debug");
	SAME_TEXT(path_of(shared_file__open(&search, "", "/.dwz/../.dwz/x86/part.debug")),
		  "(none)");
	SAME_TEXT(path_of(shared_file__open(&search, "", "/x86/part.debug")), "(none)");
	search.root = -1; /* of this machine */
	SAME_TEXT(path_of(shared_file__open(&search, BUILD_ID, "/.dwz/no/such")), "(none)");
}
