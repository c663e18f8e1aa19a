/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of strangers, and our own with and without its debug file, read here and now. */
#include "callstack/helper/elf_names.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "make_stack.h"
#include "callstack/broker.h"
#include "core/owner.h"
#include "unit.h"

#define ROOM (1UL << 20)

static struct job_reply *reply;

static void end(void)
{
	free(reply);
}

TestSuite(elf_names, .fini = end);

/* ---- asking ---- */

static const struct elf_names_reply *ask(const int *files, __u32 count, __u64 offset)
{
	size_t size = sizeof(struct elf_names_request) + sizeof(struct elf_place);
	struct elf_names_request *request = calloc(1, size);

	request->count = 1;
	request->flags = ELF_NAMES_INLINED | (count > 1 ? ELF_NAMES_DEBUG : 0);
	request->places[0].offset = offset;
	free(reply);
	reply = job__do(job__name, request, size, files, count, ROOM);
	free(request);
	cr_assert_geq(reply->used, sizeof(struct elf_names_reply));
	return (const struct elf_names_reply *)(const void *)reply->bytes;
}

static const char *name(void)
{
	static char text[4096];
	const struct elf_names_reply *names = (const void *)reply->bytes;
	const struct elf_name *entry = &names->entries[0];

	snprintf(text, sizeof(text), "%.*s", (int)entry->name_length, reply->bytes + entry->name);
	return text;
}

/* ---- a file of ours ---- */

static __attribute__((noinline)) int function_of_this_file(int x)
{
	return x * 3 + getpid();
}

static __u64 offset_of_it(void)
{
	__u64 address = (__u64)(unsigned long)function_of_this_file, offset;
	const struct process_map *map;
	struct process_maps maps;

	cr_assert_eq(process_maps__of(&maps, getpid()), 0);
	map = process_maps__find(&maps, address);
	cr_assert_not_null(map);
	offset = address - map->start + map->offset;
	process_maps__free(&maps);
	return offset;
}

static int open_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	return fd;
}

Test(elf_names, file_with_everything)
{
	int fd = open_self();
	const struct elf_names_reply *names = ask(&fd, 1, offset_of_it());

	SAME(names->flags & (ELF_IS_ELF | ELF_HAS_SYMBOLS), ELF_IS_ELF | ELF_HAS_SYMBOLS);
	SAME_TEXT(name(), "function_of_this_file");
	close(fd);
}

/* ---- stripped, with a debug file elsewhere ---- */

static char directory[] = "/tmp/elf-names-XXXXXX";

static bool run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return !system(command);
}

/* "stripped" and "debug" in a directory; false without objcopy. */
static bool make_stripped(void)
{
	cr_assert_not_null(mkdtemp(directory));
	return run("cp /proc/%d/exe %s/whole", getpid(), directory) &&
	       run("objcopy --only-keep-debug %s/whole %s/debug 2>/dev/null", directory,
		   directory) &&
	       run("objcopy -S %s/whole %s/stripped 2>/dev/null", directory, directory);
}

static int open_made(const char *which)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, which);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void remove_made(void)
{
	run("rm -rf %s", directory);
}

/* One of the length that there is room for, and one that is longer: that is none. */
Test(elf_names, longest_build_id)
{
	static const int sizes[] = { BUILD_ID_BYTES, BUILD_ID_BYTES + 1 };
	size_t i;

	cr_assert_not_null(mkdtemp(directory));
	for (i = 0; i < 2; i++) {
		const struct elf_names_reply *names;
		int fd;

		cr_assert(run("cd %s && echo 'int f(void); int f(void) { return 7; }' | "
			      "cc -shared -x c - -o made -Wl,--build-id=0x$(printf %%0%dd 7)",
			      directory, 2 * sizes[i]));
		fd = open_made("made");
		names = ask(&fd, 1, 0);
		SAME(names->build_id_size, i ? 0 : BUILD_ID_BYTES);
		if (!i)
			SAME(names->build_id[BUILD_ID_BYTES - 1], 7);
		close(fd);
	}
	remove_made();
}

Test(elf_names, stripped_file_has_the_names_of_its_debug_file)
{
	const struct elf_names_reply *names;
	int files[2];

	if (!make_stripped())
		cr_skip_test("there is no objcopy");
	files[0] = open_made("stripped");
	files[1] = open_made("debug");
	names = ask(files, 1, offset_of_it());
	SAME(names->flags, ELF_IS_ELF);
	SAME_TEXT(name(), "");
	if (names->build_id_size) {
		names = ask(files, 2, offset_of_it());
		cr_expect(names->flags & ELF_TOOK_DEBUG);
		SAME_TEXT(name(), "function_of_this_file");
	}
	close(files[0]);
	close(files[1]);
	remove_made();
}

Test(elf_names, debug_file_of_another_is_not_taken)
{
	const struct elf_names_reply *names;
	int files[2];

	if (!make_stripped())
		cr_skip_test("there is no objcopy");
	cr_expect(run("printf 'x%%.0s' $(seq 20) >%s/id", directory));
	if (!run("cd %s && { printf '\\4\\0\\0\\0\\24\\0\\0\\0\\3\\0\\0\\0GNU\\0'; cat id; } >note && "
		 "objcopy --update-section .note.gnu.build-id=note debug other 2>/dev/null",
		 directory)) {
		remove_made();
		cr_skip_test("this objcopy cannot change a note");
	}
	files[0] = open_made("stripped");
	files[1] = open_made("other");
	names = ask(files, 2, offset_of_it());
	SAME(names->flags & ELF_TOOK_DEBUG, 0);
	SAME_TEXT(name(), "");
	close(files[0]);
	close(files[1]);
	remove_made();
}

/* "stripped", which names "debug", and no build id in either. */
static bool make_linked(void)
{
	return make_stripped() &&
	       run("cd %s && objcopy -R .note.gnu.build-id debug 2>/dev/null && "
		   "objcopy -R .note.gnu.build-id --add-gnu-debuglink=debug stripped 2>/dev/null",
		   directory);
}

Test(elf_names, without_build_ids_the_checksum_of_the_link_counts)
{
	const struct elf_names_reply *names;
	int files[2];

	if (!make_linked())
		cr_skip_test("there is no objcopy");
	files[0] = open_made("stripped");
	files[1] = open_made("debug");
	names = ask(files, 2, offset_of_it());
	SAME(names->build_id_size, 0);
	SAME_TEXT(names->debug_link, "debug");
	cr_expect(names->flags & ELF_TOOK_DEBUG);
	SAME_TEXT(name(), "function_of_this_file");
	cr_expect(run("printf x >>%s/debug", directory));
	names = ask(files, 2, offset_of_it());
	SAME(names->flags & ELF_TOOK_DEBUG, 0);
	SAME_TEXT(name(), "");
	close(files[0]);
	close(files[1]);
	remove_made();
}

/* The file that several debug files share is named, with its build id. */
Test(elf_names, shared_debug_file_is_asked_for)
{
	static const struct {
		int id_size; /* 0: no such section */
		size_t name_length;
		bool needs;
	} cases[] = {
		{ 0, 0, false },
		{ 20, 11, true },
		{ BUILD_ID_BYTES, 11, true },
		{ BUILD_ID_BYTES + 1, 11, false },
		{ 20, DEBUG_LINK - 1, true },
		{ 20, DEBUG_LINK, false },
	};
	size_t i;

	if (!make_stripped())
		cr_skip_test("there is no objcopy");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct elf_names_reply *names;
		int fd;

		cr_assert(
			run("cd %s && rm -f shared && { printf 's%%.0s' $(seq %zu); printf '\\0'; "
			    "printf '\\7%%.0s' $(seq %d); } >link && objcopy %s whole shared",
			    directory, cases[i].name_length, cases[i].id_size,
			    cases[i].id_size ? "--add-section .gnu_debugaltlink=link" : ""));
		fd = open_made("shared");
		names = ask(&fd, 1, offset_of_it());
		SAME(names->flags & (ELF_IS_ELF | ELF_HAS_DWARF), ELF_IS_ELF | ELF_HAS_DWARF);
		SAME(names->flags & ELF_NEEDS_SHARED, cases[i].needs ? ELF_NEEDS_SHARED : 0);
		SAME(names->shared_id_size, cases[i].needs ? cases[i].id_size : 0);
		SAME(strlen(names->shared_link), cases[i].needs ? cases[i].name_length : 0);
		if (cases[i].needs)
			SAME(names->shared_id[cases[i].id_size - 1], 7);
		SAME_TEXT(name(), "function_of_this_file");
		close(fd);
	}
	remove_made();
}

/* As distributions have it that keep the symbols of functions, compressed, in the file. */
Test(elf_names, symbols_in_gnu_debugdata)
{
	int fd;

	if (!make_stripped())
		cr_skip_test("there is no objcopy");
	if (!run("cd %s && objcopy -S -K function_of_this_file whole small && "
		 "objcopy --only-keep-debug small data && xz data && "
		 "objcopy --add-section .gnu_debugdata=data.xz stripped 2>/dev/null",
		 directory)) {
		remove_made();
		cr_skip_test("there is no xz");
	}
	fd = open_made("stripped");
	ask(&fd, 1, offset_of_it());
	SAME_TEXT(name(), "function_of_this_file");
	close(fd);
	remove_made();
}

#ifndef __SANITIZE_ADDRESS__ /* which wants more address space than the helper may have */

static char named[256];

static void take_names(void *context, __u64 cookie, const struct symbolizer_names *names)
{
	(void)context;
	(void)cookie;
	SAME(names->error, 0);
	snprintf(named, sizeof(named), "%s", names->list[0].name ? names->list[0].name : "");
}

static void ask_symbolizer(struct symbolizer *symbolizer, const struct symbolizer_file *file)
{
	const struct symbolizer_sink sink = { .names = take_names };
	struct pollfd ready = { .fd = symbolizer__fd(symbolizer), .events = POLLIN };
	struct symbolizer_place place = { .at = offset_of_it() };

	cr_assert_eq(symbolizer__ask_file(symbolizer, file, &place, 1, &sink, 0), 0);
	while (symbolizer__pending(symbolizer)) {
		cr_assert_eq(poll(&ready, 1, 20000), 1);
		symbolizer__poll(symbolizer);
	}
}

/* Below the root of its process, by build id, whatever links lead there. */
Test(elf_names, symbolizer_finds_the_debug_file)
{
	struct owner ourselves = { .known = true, .uid = geteuid(), .gid = getegid() };
	struct symbolizer_file file = { .inlined = true, .owner = &ourselves, .view = 1 };
	struct symbolizer_config config = { .broker = broker__new() };
	struct symbolizer *symbolizer = symbolizer__new(&config);
	const struct elf_names_reply *names;
	char id[2 * BUILD_ID_BYTES + 1] = "";
	__u32 i;
	int root;

	if (!make_stripped())
		cr_skip_test("there is no objcopy");
	file.fd = open_made("stripped");
	names = ask(&file.fd, 1, 0);
	if (names->build_id_size < 4)
		cr_skip_test("files have no build id here");
	for (i = 0; i < names->build_id_size; i++)
		sprintf(id + 2 * i, "%02x", names->build_id[i]);
	cr_expect(
		run("cd %s && mkdir -p usr/lib/debug/.build-id/%.2s opt && chmod 755 . && "
		    "ln -s /opt/there usr/lib/debug/.build-id/%.2s/%s.debug && mv debug opt/there",
		    directory, id, id, id + 2));
	file.root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ask_symbolizer(symbolizer, &file);
	SAME_TEXT(named, "function_of_this_file");
	ask_symbolizer(symbolizer, &file); /* now it is known */
	SAME_TEXT(named, "function_of_this_file");
	root = file.root;
	file.root = -1; /* another process has the same file, and another root directory */
	file.view = 0;
	ask_symbolizer(symbolizer, &file);
	SAME_TEXT(named, "");
	symbolizer__free(symbolizer);
	broker__free(config.broker);
	close(file.fd);
	close(root);
	remove_made();
}

/* One that was left there by another version, and behind it the right one. */
Test(elf_names, symbolizer_passes_over_what_is_another_files)
{
	struct owner ourselves = { .known = true, .uid = geteuid(), .gid = getegid() };
	struct symbolizer_file file = { .root = -1, .owner = &ourselves };
	struct symbolizer_config config = { .broker = broker__new() };
	struct symbolizer *symbolizer = symbolizer__new(&config);
	char path[128];

	if (!make_linked())
		cr_skip_test("there is no objcopy");
	cr_expect(run("cd %s && chmod 755 . && mkdir .debug && cp debug .debug && "
		      "printf x >>debug",
		      directory));
	snprintf(path, sizeof(path), "%s/stripped", directory);
	file.path = path;
	file.fd = open_made("stripped");
	ask_symbolizer(symbolizer, &file);
	SAME_TEXT(named, "function_of_this_file");
	ask_symbolizer(symbolizer, &file); /* now it is known */
	SAME_TEXT(named, "function_of_this_file");
	symbolizer__free(symbolizer);
	broker__free(config.broker);
	close(file.fd);
	remove_made();
}

/* Root runs what a user has made: what lies beside it is opened as that user. */
Test(elf_names, symbolizer_takes_no_file_of_root_s_for_a_program_of_a_user)
{
	struct owner root = { .known = true };
	struct symbolizer_file file = { .root = -1, .owner = &root };
	struct symbolizer_config config = { .broker = broker__new() };
	struct symbolizer *symbolizer = symbolizer__new(&config);
	char path[128];

	if (geteuid() || !make_linked())
		cr_skip_test("needs root, and objcopy");
	cr_expect(run("cd %s && chmod 755 . && chown 4242 stripped && chmod 600 debug", directory));
	snprintf(path, sizeof(path), "%s/stripped", directory);
	file.path = path;
	file.fd = open_made("stripped");
	ask_symbolizer(symbolizer, &file);
	SAME_TEXT(named, "");
	symbolizer__free(symbolizer);
	symbolizer = symbolizer__new(&config); /* that has not looked yet */
	cr_expect(run("chown 4242 %s/debug", directory));
	ask_symbolizer(symbolizer, &file);
	SAME_TEXT(named, "function_of_this_file");
	symbolizer__free(symbolizer);
	broker__free(config.broker);
	close(file.fd);
	remove_made();
}

/* By a program of that name that knows where it is. */
Test(elf_names, symbolizer_asks_servers_only_if_told_to)
{
	struct symbolizer_file file = { .root = -1 };
	struct symbolizer_config config = { .broker = broker__new() };
	struct symbolizer *symbolizer;
	int ask_servers;

	if (!make_stripped())
		cr_skip_test("there is no objcopy");
	cr_expect(run(
		"cd %s && chmod 755 . && printf '#!/bin/sh\necho %s/debug\n' >debuginfod-find && "
		"chmod 755 debuginfod-find",
		directory, directory));
	setenv("PATH", directory, 1);
	file.fd = open_made("stripped");
	for (ask_servers = 0; ask_servers < 2; ask_servers++) {
		config.debuginfod = ask_servers;
		symbolizer = symbolizer__new(&config);
		ask_symbolizer(symbolizer, &file);
		SAME_TEXT(named, ask_servers ? "function_of_this_file" : "");
		ask_symbolizer(symbolizer, &file); /* now it is known */
		SAME_TEXT(named, ask_servers ? "function_of_this_file" : "");
		symbolizer__free(symbolizer);
	}
	close(file.fd);
	setenv("PATH", "/usr/bin:/bin", 1);
	remove_made();
}

#endif

/* ---- strangers ---- */

static int file_of(const void *bytes, size_t size)
{
	int file = memfd_create("file", MFD_CLOEXEC);

	cr_assert_eq(write(file, bytes, size), (ssize_t)size);
	return file;
}

Test(elf_names, files_that_are_none)
{
	int files[] = { file_of("", 0), file_of("\177ELF", 4), file_of("\177ELF\2\1\1", 7) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		SAME(ask(&files[i], 1, 0)->count, 1);
		SAME_TEXT(name(), "");
		close(files[i]);
	}
}

Test(elf_names, file_that_ends_early)
{
	static char bytes[1 << 16];
	int self = open_self(), fd;
	ssize_t size = read(self, bytes, sizeof(bytes));
	__u64 offset = offset_of_it();
	const struct elf_names_reply *names;

	cr_assert_eq(size, (ssize_t)sizeof(bytes));
	for (; size > 0; size -= 997) {
		fd = file_of(bytes, (size_t)size);
		names = ask(&fd, 1, offset);
		SAME(names->count, 1);
		SAME(names->flags & ELF_HAS_SYMBOLS, 0); /* they are at the end */
		SAME_TEXT(name(), "");
		close(fd);
	}
	close(self);
}

Test(elf_names, reply_without_room_is_cut)
{
	size_t size = sizeof(struct elf_names_request) + 2 * sizeof(struct elf_place);
	struct elf_names_request *request = calloc(1, size);
	size_t room = sizeof(struct elf_names_reply) + 2 * sizeof(struct elf_name) + 30;
	const struct elf_names_reply *names;
	int fd = open_self();

	request->count = 2;
	request->places[0].offset = request->places[1].offset = offset_of_it();
	reply = job__do(job__name, request, size, &fd, 1, room);
	names = (const void *)reply->bytes;
	SAME(names->entries[0].name_length, strlen("function_of_this_file"));
	SAME(names->entries[1].name_length, 0);
	cr_expect_leq(reply->used, room);
	free(reply);
	reply = job__do(job__name, request, size, &fd, 1, 8);
	SAME(reply->used, 0);
	free(request);
	close(fd);
}
