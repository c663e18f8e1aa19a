/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/process_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "callstack/vdso.h"
#include "unit.h"

static struct process_maps read_text(const char *text)
{
	FILE *file = fmemopen((void *)(unsigned long)text, strlen(text), "r");
	struct process_maps maps;

	process_maps__read(&maps, file);
	fclose(file);
	return maps;
}

Test(maps, executable_ones_by_address)
{
	struct process_maps maps = read_text(
		"7f2000-7f4000 r-xp 00001000 103:02 77 /usr/lib/libc.so.6\n"
		"400000-401000 r-xp 00000000 08:01 1234                     /opt/a b/prog\n"
		"401000-402000 rw-p 00001000 08:01 1234                     /opt/a b/prog\n"
		"500000-501000 r-xp 00000000 08:01 5 /gone\\012line (deleted)\n"
		"600000-601000 rwxp 00000000 00:00 0 \n"
		"700000-701000 r-xp 00000000 00:00 0                        [vdso]\n"
		"800000-800000 r-xp 00000000 00:00 0 empty\n"
		"junk\n");

	SAME(maps.count, 5);
	SAME_TEXT(maps.list[0].path, "/opt/a b/prog");
	SAME(maps.list[0].inode, 1234);
	SAME(maps.list[0].major, 8);
	SAME(maps.list[0].minor, 1);
	SAME_TEXT(maps.list[1].path, "/gone\nline");
	cr_expect(maps.list[1].deleted && !maps.list[0].deleted);
	SAME_TEXT(maps.list[2].path, "");
	SAME_TEXT(maps.list[3].path, "[vdso]");
	SAME(maps.list[4].offset, 0x1000);
	SAME(maps.list[4].major, 0x103);
	cr_expect_eq(process_maps__find(&maps, 0x7f2000), &maps.list[4]);
	cr_expect_eq(process_maps__find(&maps, 0x7f3fff), &maps.list[4]);
	cr_expect_null(process_maps__find(&maps, 0x7f4000));
	cr_expect_null(process_maps__find(&maps, 0x401000));
	cr_expect_eq(process_maps__find(&maps, 0x400000), &maps.list[0]);
	cr_expect_null(process_maps__find(&maps, 0));
	process_maps__free(&maps);
}

Test(maps, nobody_has_none)
{
	struct process_maps maps;

	cr_expect_lt(process_maps__of(&maps, 0x7ffffff0), 0);
	SAME(maps.count, 0);
	process_maps__free(&maps);
}

Test(maps, vdso)
{
	char magic[4];
	int fd = vdso__open();

	cr_assert_geq(fd, 0);
	SAME(pread(fd, magic, 4, 0), 4);
	cr_expect_eq(memcmp(magic, "\177ELF", 4), 0);
	close(fd);
}
