/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/perf_map.h"
#include "callstack/perf_map_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "callstack/broker.h"
#include "unit.h"

static char names[8][PERF_MAP_NAME + 1];

static void take(void *context, __u32 place, const char *name, size_t length)
{
	(void)context;
	cr_assert_lt(place, 8);
	cr_assert_leq(length, PERF_MAP_NAME);
	memcpy(names[place], name, length);
	names[place][length] = 0;
}

static void read_text(const char *text, const struct perf_map_place *places, __u32 count)
{
	FILE *file = fmemopen((void *)(unsigned long)text, strlen(text), "r");

	memset(names, 0, sizeof(names));
	SAME(perf_map__read(file, places, count, take, NULL), 0);
	fclose(file);
}

Test(perf_map, lines_and_places)
{
	static const struct perf_map_place places[] = { { .address = 0x7f0000001010 },
							{ .address = 0x7f0000000fff },
							{ .address = 0x7f0000001100 },
							{ .address = 0x7f0000001100, .caller = 1 },
							{ .address = 0x20 } };

	read_text("7f0000001000 100 LazyCompile:~run /a/b c.js:1\n"
		  "0x20 0x8 with prefix\n",
		  places, 5);
	SAME_TEXT(names[0], "LazyCompile:~run /a/b c.js:1");
	SAME_TEXT(names[1], "");
	SAME_TEXT(names[2], "");
	SAME_TEXT(names[3], "LazyCompile:~run /a/b c.js:1");
	SAME_TEXT(names[4], "with prefix");
}

Test(perf_map, last_line_counts)
{
	static const struct perf_map_place places[] = { { .address = 0x1010 },
							{ .address = 0x1020 } };

	read_text("1000 100 old\n1018 10 new\n", places, 2);
	SAME_TEXT(names[0], "old");
	SAME_TEXT(names[1], "new");
}

Test(perf_map, what_is_no_line_is_passed_over)
{
	static const struct perf_map_place places[] = { { .address = 0x1010 } };

	read_text("\n1000\n1000 \n1000 100\n1000 100 \nzz 100 x\n1000 zz x\n1000 0 empty\n"
		  "-1 ffffffffffffffff below\nffffffffffffffff ffffffffffffffff top\n",
		  places, 1);
	SAME_TEXT(names[0], "");
}

Test(perf_map, overlong_name_says_that_it_is_cut)
{
	static const struct perf_map_place places[] = { { .address = 0x1010 },
							{ .address = 0x2010 } };
	char *text = malloc(30000), *end = text + sprintf(text, "1000 100 ");

	memset(end, 'x', 20000);
	strcpy(end + 20000, "\n2000 100 next\n");
	read_text(text, places, 2);
	SAME(strlen(names[0]), PERF_MAP_NAME);
	SAME_TEXT(names[0] + PERF_MAP_NAME - 4, "x...");
	SAME_TEXT(names[1], "next");
	free(text);
}

static void write_map(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

Test(perf_map, that_of_a_process_is_found_if_it_is_a_file)
{
	struct broker *broker = broker__new();
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	unlink(path);
	cr_expect_lt(perf_map__open(broker, getpid()), 0);
	write_map(path, "1000 100 x\n");
	fd = perf_map__open(broker, getpid());
	cr_expect_geq(fd, 0);
	close(fd);
	unlink(path);
	cr_assert_eq(symlink("/etc/passwd", path), 0);
	cr_expect_lt(perf_map__open(broker, getpid()), 0, "a link is followed");
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_lt(perf_map__open(broker, getpid()), 0, "a pipe is opened");
	unlink(path);
	if (!getuid()) { /* of somebody else */
		write_map(path, "1000 100 x\n");
		cr_assert_eq(chown(path, 12345, 12345), 0);
		SAME(perf_map__open(broker, getpid()), -EPERM);
		unlink(path);
	}
	write_map("/tmp/perf-map-of-another", "1000 100 x\n");
	cr_assert_eq(link("/tmp/perf-map-of-another", path), 0);
	SAME(perf_map__open(broker, getpid()), -EPERM);
	unlink("/tmp/perf-map-of-another");
	cr_assert_eq(truncate(path, 20LL << 30), 0);
	SAME(perf_map__open(broker, getpid()), -EPERM);
	unlink(path);
	broker__free(broker);
}
