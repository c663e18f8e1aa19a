/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbol/vdso.h"
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

/* A file of ours, mapped to be executed. */
static char path[] = "/tmp/maps-test-XXXXXX";
static void *mapped;

static void map_a_file(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, 8192), 0);
	mapped = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 4096);
	cr_assert_neq(mapped, MAP_FAILED);
	close(fd);
}

static void check_open(bool there)
{
	const struct process_map *map;
	struct process_maps maps;
	int fd;

	cr_assert_eq(process_maps__of(&maps, getpid()), 0);
	map = process_maps__find(&maps, (__u64)(unsigned long)mapped);
	cr_assert_not_null(map);
	SAME(map->offset, 4096);
	fd = process_map__open(map, getpid());
	cr_expect_eq(fd >= 0, there, "%d", fd);
	if (fd >= 0) {
		struct stat st;

		cr_assert_eq(fstat(fd, &st), 0);
		SAME(st.st_ino, map->inode);
		close(fd);
	}
	process_maps__free(&maps);
}

static bool may_open_by_address(void)
{
	return !geteuid();
}

Test(maps, mapped_file_is_opened_also_when_its_name_is_gone)
{
	map_a_file();
	check_open(true);
	unlink(path);
	check_open(may_open_by_address());
}

Test(maps, file_that_took_the_name_is_not_taken_for_it)
{
	int fd;

	map_a_file();
	cr_assert_eq(rename(path, "/tmp/maps-test-old"), 0);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	close(fd);
	check_open(true); /* its name is the new one */
	unlink("/tmp/maps-test-old");
	check_open(may_open_by_address());
	unlink(path);
}

Test(maps, identity_has_a_device)
{
	struct file_identity identity;
	struct stat st;
	int fd;

	cr_assert_eq(stat("/proc/self/exe", &st), 0);
	identity = (struct file_identity){ .inode = st.st_ino };
	fd = file__open_same("", "/proc/self/exe", &identity);
	cr_expect_geq(fd, 0);
	close(fd);
	identity.inode++;
	SAME(file__open_same("", "/proc/self/exe", &identity), -ESTALE);
	identity.inode = 1;
	SAME(file__open_same("", "/dev/null", &identity), -ESTALE);
	SAME(file__open_same("", "/does/not/exist", &identity), -ENOENT);
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
