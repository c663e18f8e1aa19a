/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of debug files, by the identity of what they belong to. */
#include "callstack/debug_files.h"

#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

#define MOST	  256
#define MOST_OPEN 32

static struct debug_files *files;

static void begin(void)
{
	close(STDIN_FILENO); /* 0 is a descriptor like others */
	files = debug_files__new();
	cr_assert_not_null(files);
}

static void end(void)
{
	debug_files__free(files);
}

TestSuite(debug_files, .init = begin, .fini = end);

static struct debug_search search_of(ino_t inode)
{
	return (struct debug_search){ .view = 1, .device = 2, .inode = inode };
}

static int put(ino_t inode, bool there)
{
	struct debug_search search = search_of(inode);
	int fd = there ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;

	debug_files__put(files, &search, DEBUG_OWN, fd);
	return fd;
}

static bool is_known(ino_t inode)
{
	struct debug_search search = search_of(inode);
	int fd;

	return debug_files__get(files, &search, DEBUG_OWN, &fd);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

Test(debug_files, found_or_not_it_is_remembered)
{
	struct debug_search search = search_of(7);
	int fd = put(7, true), known = -2;

	cr_expect(debug_files__get(files, &search, DEBUG_OWN, &known));
	SAME(known, fd);
	cr_expect(!debug_files__get(files, &search, DEBUG_SHARED, &known));
	search.view++;
	cr_expect(!debug_files__get(files, &search, DEBUG_OWN, &known));
	search = search_of(7);
	search.device++;
	cr_expect(!debug_files__get(files, &search, DEBUG_OWN, &known));
	search = search_of(8);
	cr_expect(!debug_files__get(files, &search, DEBUG_OWN, &known));
	put(8, false);
	cr_expect(debug_files__get(files, &search, DEBUG_OWN, &known));
	SAME(known, -1);
}

Test(debug_files, later_answer_replaces_the_earlier)
{
	struct debug_search search = search_of(7);
	int first = put(7, true), second, known;

	second = put(7, true);
	cr_expect_neq(first, second);
	cr_expect(!is_open(first));
	cr_expect(debug_files__get(files, &search, DEBUG_OWN, &known));
	SAME(known, second);
	cr_expect(is_open(second));
}

Test(debug_files, so_many_are_open)
{
	int fds[MOST_OPEN + 1], i, open_count = 0;

	for (i = 0; i < MOST_OPEN; i++)
		fds[i] = put((ino_t)i, true);
	for (i = 0; i < MOST_OPEN; i++)
		cr_expect(is_known((ino_t)i));
	put(1000, false); /* takes none */
	cr_expect(is_open(fds[0]));
	fds[MOST_OPEN] = put(MOST_OPEN, true);
	for (i = 0; i <= MOST_OPEN; i++)
		open_count += is_known((ino_t)i);
	SAME(open_count, MOST_OPEN);
	cr_expect(!is_known(0));
	cr_expect(is_known(1000));
}

Test(debug_files, so_many_are_known)
{
	int i, known = 0;

	for (i = 0; i < MOST; i++)
		put((ino_t)i, false);
	for (i = 0; i < MOST; i++)
		cr_expect(is_known((ino_t)i));
	put(MOST, false);
	put(MOST + 1, false);
	cr_expect(!is_known(0) && !is_known(1));
	for (i = 0; i < MOST + 2; i++)
		known += is_known((ino_t)i);
	SAME(known, MOST);
}

Test(debug_files, all_are_closed_at_the_end)
{
	int fds[] = { put(1, true), put(2, true), put(3, true) };
	size_t i;

	end();
	files = NULL;
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		cr_expect(!is_open(fds[i]));
}
