/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "callstack/broker.h"
#include "unit.h"

static struct broker *broker;

static void begin(void)
{
	broker = broker__new();
	cr_assert_not_null(broker);
}

static void end(void)
{
	broker__free(broker);
}

TestSuite(mapped_file, .init = begin, .fini = end);

/* A file of ours, mapped to be executed. */
static char path[] = "/tmp/mapped-file-test-XXXXXX";
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
	fd = mapped_file__open(broker, map, getpid());
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

Test(mapped_file, mapped_file_is_opened_also_when_its_name_is_gone)
{
	map_a_file();
	check_open(true);
	unlink(path);
	check_open(may_open_by_address());
}

Test(mapped_file, file_that_took_the_name_is_not_taken_for_it)
{
	int fd;

	map_a_file();
	cr_assert_eq(rename(path, "/tmp/mapped-file-test-old"), 0);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	close(fd);
	check_open(true); /* its name is the new one */
	unlink("/tmp/mapped-file-test-old");
	check_open(may_open_by_address());
	unlink(path);
}

Test(mapped_file, is_not_looked_for_behind_a_link_in_its_place)
{
	map_a_file();
	cr_assert_eq(rename(path, "/tmp/mapped-file-test-old"), 0);
	cr_assert_eq(symlink("/tmp/mapped-file-test-old", path), 0);
	check_open(may_open_by_address());
	unlink(path);
	unlink("/tmp/mapped-file-test-old");
}

/* Whose privileges would count is not known any more: only what lies where its name says. */
Test(mapped_file, root_of_a_process_is_what_we_see)
{
	__u64 own = process_root__own_view();

	cr_assert_neq(own, 0);
	SAME(process_root__view(getpid(), own), 0);
	/* seen from elsewhere it has a number, the same for all who see it */
	SAME(process_root__view(getpid(), own + 1), own);
	SAME(process_root__view(1 << 30, own), 0);
}

Test(mapped_file, of_a_process_that_has_ended_is_opened_by_its_name)
{
	const struct process_map *map;
	struct process_maps maps;
	pid_t pid = fork();
	int fd;

	if (!pid)
		_exit(0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	map_a_file();
	cr_assert_eq(process_maps__of(&maps, getpid()), 0);
	map = process_maps__find(&maps, (__u64)(unsigned long)mapped);
	cr_assert_not_null(map);
	fd = mapped_file__open(broker, map, pid);
	cr_expect_geq(fd, 0);
	close(fd);
	unlink(path);
	SAME(mapped_file__open(broker, map, pid), -ENOENT);
	cr_assert_eq(symlink("/etc/passwd", path), 0);
	SAME(mapped_file__open(broker, map, pid), -ELOOP);
	unlink(path);
	process_maps__free(&maps);
}
