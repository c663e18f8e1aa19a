/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of files that are mapped only so many are open; one that is opened again is what it was. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "callstack/dso_private.h"
#include "callstack/symbolization_private.h"
#include "unit.h"

#define FILES 40
#define OPEN  4

static struct symbolization *session;
static char directory[] = "/tmp/dso-files-test-XXXXXX";
static char paths[FILES][64];
static __u32 numbers[FILES];

static void write_file(int i, const char *text)
{
	FILE *file = fopen(paths[i], "w");

	cr_assert_not_null(file);
	fputs(text, file);
	cr_assert_eq(fclose(file), 0);
}

static void begin(void)
{
	struct symbolization_config config = { 0 };
	struct failure failure = { 0 };
	int i;

	cr_assert_eq(symbolization__open(&session, &config, &failure), 0, "%s", failure.text);
	dso_cache__keep_open(session->files, OPEN);
	cr_assert_not_null(mkdtemp(directory));
	cr_assert_eq(chmod(directory, 0755), 0);
	for (i = 0; i < FILES; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%d", directory, i);
		write_file(i, "code");
	}
	close(STDIN_FILENO); /* 0 is a descriptor of a file like others */
}

static void end(void)
{
	int i;

	for (i = 0; i < FILES; i++)
		unlink(paths[i]);
	rmdir(directory);
	symbolization__close(session);
}

TestSuite(dso_files, .init = begin, .fini = end);

/* As this process would have it mapped. */
static __u32 number_of(int i)
{
	static struct stat known[FILES];
	struct stat *st = &known[i];
	struct process_map map = { .start = 0x1000, .end = 0x2000, .path = paths[i] };

	if (!st->st_ino)
		cr_assert_eq(stat(paths[i], st), 0);
	map.inode = st->st_ino;
	map.major = major(st->st_dev);
	map.minor = minor(st->st_dev);
	return dso_cache__number(session->files, &map, (__u32)getpid());
}

static size_t descriptors(void)
{
	DIR *open = opendir("/proc/self/fd");
	size_t count = 0;

	cr_assert_not_null(open);
	while (readdir(open))
		count++;
	closedir(open);
	return count;
}

static void open_all(void)
{
	int i;

	for (i = 0; i < FILES; i++) {
		numbers[i] = number_of(i);
		cr_assert_geq(dso_cache__fd(session->files, numbers[i]), 0);
		dso_cache__trim(session->files);
	}
}

static ino_t inode_of(int fd)
{
	struct stat st;

	cr_assert_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

Test(dso_files, descriptors_do_not_grow_with_files)
{
	size_t before = descriptors();

	open_all();
	SAME(dso_cache__count(session->files), FILES);
	SAME(session->files->open_count, OPEN);
	SAME(descriptors(), before + OPEN);
}

/* The root that its debug files are looked for below is open, too. */
Test(dso_files, root_is_closed_with_the_file)
{
	struct dso file = { .kind = MODULE_JIT, .fd = NOT_OPENED, .root = -1 };
	size_t before = descriptors();

	dso_cache__shut(session->files, &file); /* there is nothing to close */
	SAME(descriptors(), before);
	file.fd = open(paths[0], O_RDONLY | O_CLOEXEC);
	file.root = open("/", O_PATH | O_CLOEXEC);
	SAME(descriptors(), before + 2);
	dso_cache__shut(session->files, &file);
	SAME(descriptors(), before);
	SAME(file.root, -1);
}

Test(dso_files, what_was_closed_is_opened_again)
{
	struct stat st;

	open_all();
	cr_assert_eq(stat(paths[0], &st), 0);
	SAME(number_of(0), numbers[0]);
	SAME(inode_of(dso_cache__fd(session->files, numbers[0])), st.st_ino);
	SAME(number_of(0), numbers[0]);
}

/* The one whose last use is longest ago is closed. */
Test(dso_files, what_is_used_stays_open)
{
	int i, fd;

	open_all();
	fd = dso_cache__fd(session->files, numbers[0]);
	dso_cache__trim(session->files);
	for (i = 1; i < FILES; i++) {
		cr_assert_geq(dso_cache__fd(session->files, numbers[i]), 0);
		SAME(dso_cache__fd(session->files, numbers[0]), fd);
		dso_cache__trim(session->files);
	}
}

/* As this process has it mapped: code in no file. */
static __u32 number_at(const char *path, __u32 pid)
{
	struct process_map map = { .start = 0x1000, .end = 0x2000, .path = path };

	return dso_cache__number(session->files, &map, pid);
}

Test(dso_files, kinds_of_code)
{
	__u32 vdso = number_at("[vdso]", 1), jit = number_at("", 7), file = number_of(0);

	cr_expect(dso_cache__is_vdso(session->files, vdso));
	cr_expect(!dso_cache__is_vdso(session->files, jit));
	cr_expect(!dso_cache__is_vdso(session->files, file));
	cr_expect(!dso_cache__is_vdso(session->files, 0));
	cr_expect(!dso_cache__is_vdso(session->files, 4));
	SAME(number_at("[vdso]", 2), vdso); /* it is the same for all */
	SAME(number_at("[heap]", 7), jit);
	cr_expect_neq(number_at("", 8), jit);
	SAME(dso_cache__fd(session->files, jit), -1);
	SAME(dso_cache__fd(session->files, 0), -1);
	SAME(dso_cache__fd(session->files, 99), -1);
	cr_expect_geq(dso_cache__fd(session->files, file), 0);
}

Test(dso_files, code_of_a_process_that_has_ended_is_other_code)
{
	__u32 first = number_at("", 7), other = number_at("", 8), second;

	dso_cache__forget(session->files, 7);
	second = number_at("", 7);
	cr_expect_neq(second, first);
	SAME(number_at("", 7), second);
	SAME(number_at("", 8), other);
	dso_cache__forget(session->files, 99); /* nobody knows it */
	SAME(number_at("", 8), other);
}

/*
 * Of a process that is gone it is not known what it saw: its file is the one that another process
 * has been seen with, which is another number than what is not there.
 */
Test(dso_files, file_of_a_process_that_is_gone)
{
	const __u32 gone = 1 << 23; /* more than the kernel gives */
	struct process_map map = { .start = 0x1000, .end = 0x2000, .path = paths[3] };
	__u32 ours = number_of(3), number;
	struct stat st;

	cr_assert_geq(dso_cache__fd(session->files, ours), 0);
	cr_assert_eq(stat(paths[3], &st), 0);
	map.inode = st.st_ino;
	map.major = major(st.st_dev);
	map.minor = minor(st.st_dev);
	SAME(dso_cache__number(session->files, &map, gone), ours);
	map.inode++; /* another file: it is opened by nobody */
	number = dso_cache__number(session->files, &map, gone);
	cr_expect_neq(number, ours);
	SAME(dso_cache__fd(session->files, number), -1);
	SAME(dso_cache__number(session->files, &map, gone), number);
}

/* Its name is asked for once, and only of code that somebody knows. */
Test(dso_files, frames_wait_for_their_names)
{
	__u32 file = number_of(0), frame;

	cr_expect(!dso_cache__is_waiting(session->files, file));
	frame = dso_cache__frame(session->files, file, 0x1000, 0x200, 0x1034, true);
	cr_expect(frame);
	SAME(profile__get_frame(session->profile, frame)->offset, 0x234);
	cr_expect(dso_cache__is_waiting(session->files, file));
	SAME(dso_cache__frame(session->files, file, 0x2000, 0x200, 0x2034, true), frame);
	cr_expect(!dso_cache__has_failed(session->files, file));
	frame = dso_cache__frame(session->files, number_at("", 7), 0x1000, 0, 0x1034, false);
	SAME(profile__get_frame(session->profile, frame)->offset, 0x1034);
	frame = dso_cache__frame(session->files, 0, 0x1000, 0, 0x1034, false);
	SAME(profile__get_frame(session->profile, frame)->offset, 0x1034);
	cr_expect(!dso_cache__is_waiting(session->files, 0));
	cr_expect(!dso_cache__has_failed(session->files, 0));
}

Test(dso_files, another_file_of_that_name_is_not_opened)
{
	char other[80];

	open_all();
	snprintf(other, sizeof(other), "%s/other", directory);
	cr_assert_eq(rename(paths[1], other), 0); /* it keeps its number */
	write_file(1, "strangers' code");
	SAME(dso_cache__fd(session->files, numbers[1]), -1);
	unlink(other);
}

Test(dso_files, what_was_written_meanwhile_is_another_file)
{
	static const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	open_all();
	cr_assert_eq(utimensat(AT_FDCWD, paths[2], times, 0), 0);
	SAME(dso_cache__fd(session->files, numbers[2]), -1);
	cr_expect_neq(number_of(2), numbers[2]);
	cr_expect_geq(dso_cache__fd(session->files, number_of(2)), 0);
}

/* ---- descriptor 0, which is one like others ---- */

#define GONE (1U << 23) /* more than the kernel gives */

static struct process_map map_of(int i)
{
	struct process_map map = { .start = 0x1000, .end = 0x2000, .path = paths[i] };
	struct stat st;

	cr_assert_eq(stat(paths[i], &st), 0);
	map.inode = st.st_ino;
	map.major = major(st.st_dev);
	map.minor = minor(st.st_dev);
	map.size = (__u64)st.st_size;
	return map;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* What was not used for the longest time is closed, also where the other has descriptor 0. */
Test(dso_files, first_descriptor_is_kept_while_it_is_used)
{
	struct process_map one = map_of(1), two = map_of(2);
	__u32 first = dso_cache__number(session->files, &one, GONE);
	__u32 second = dso_cache__number(session->files, &two, GONE);
	int other;

	cr_assert(!is_open(0));
	SAME(dso_cache__fd(session->files, first), 0);
	other = dso_cache__fd(session->files, second);
	cr_assert_gt(other, 0);
	SAME(session->files->open_count, 2);
	SAME(dso_cache__fd(session->files, first), 0);
	dso_cache__keep_open(session->files, 1);
	dso_cache__trim(session->files);
	SAME(session->files->open_count, 1);
	cr_expect(is_open(0) && !is_open(other));
	dso_cache__fd(session->files, second);
	dso_cache__trim(session->files);
	SAME(session->files->open_count, 1);
	cr_expect(!is_open(0));
}

/* Nobody had it under that name; another process has: then it is another entry. */
Test(dso_files, what_was_not_there_is_looked_for_again)
{
	struct process_map map = map_of(1);
	char path[80];
	__u32 number;

	snprintf(path, sizeof(path), "%s/later", directory);
	map.path = path;
	number = dso_cache__number(session->files, &map, GONE);
	SAME(dso_cache__fd(session->files, number), -1);
	SAME(dso_cache__number(session->files, &map, GONE + 1), number);
	cr_assert_eq(link(paths[1], path), 0);
	SAME(dso_cache__number(session->files, &map, GONE), number); /* it was asked */
	cr_assert(!is_open(0));
	number = dso_cache__number(session->files, &map, GONE + 1);
	SAME(number, 2);
	SAME(dso_cache__fd(session->files, number), 0);
	unlink(path);
}

/* A layered file system: the identity is another one, and by that name there is nothing. */
Test(dso_files, same_file_under_another_identity)
{
	static const struct {
		const char *path;
		__u64 size;
		bool there;
	} cases[] = { { "/nowhere/1", 4, true },
		      { "/nowhere/1", 5, false },
		      { "/nowhere/2", 4, false },
		      { "/else/1", 0, false } };
	struct dso *made[ARRAY_SIZE(cases)];
	__u32 number = number_of(1);
	int fd = dso_cache__fd(session->files, number);
	size_t i;

	cr_assert_geq(fd, 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct process_map map = map_of(1);
		int twin;

		map.path = cases[i].path;
		map.major = map.minor = 0;
		map.size = cases[i].size;
		map.start += 0x10000 * i;
		number = dso_cache__number(session->files, &map, (__u32)getpid());
		twin = dso_cache__fd(session->files, number);
		cr_expect_eq(twin >= 0, cases[i].there, "case %zu", i);
		cr_expect_neq(twin, fd);
		made[i] = session->files->list[number - 1];
		session->files->list[number - 1] = NULL; /* the next is no twin of it */
	}
	while (i--)
		session->files->list[--number] = made[i];
}
