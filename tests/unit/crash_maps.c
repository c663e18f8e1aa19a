/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings of a thread that is about to die, as the kernel side tells them: which file each of them is. */
#include <stdlib.h>
#include <string.h>

#include "callstack/crash_frames.h"
#include "callstack/dso_private.h"
#include "callstack/symbolization_private.h"
#include "unit.h"

static struct symbolization *session;
static struct dso_cache *files;
static struct crash_stack *stack;

static void begin(void)
{
	static struct culprit_stack bytes;
	struct symbolization_config config = { 0 };
	struct failure failure = { 0 };

	bytes.task_id.tgid = 4194304; /* there is none */
	cr_assert_eq(symbolization__open(&session, &config, &failure), 0, "%s", failure.text);
	files = session->files;
	stack = crash_stack__new(&bytes, 7);
	cr_assert_not_null(stack);
}

static void end(void)
{
	crash_stack__free(stack);
	symbolization__close(session);
}

TestSuite(crash_maps, .init = begin, .fini = end);

/* names: innermost first, each with a 0 behind it; inside: bytes of them below the process's root. */
static const struct dso *add(const char *names, size_t length, size_t inside, __u32 flags)
{
	static __u64 inode = 100;
	struct culprit_map map = { .start = 0x1000,
				   .end = 0x3000,
				   .offset = 0x200,
				   .inode = inode++,
				   .size = 4096,
				   .device = 8U << 20 | 3,
				   .length = (__u32)length,
				   .inside = (__u32)inside,
				   .flags = flags };

	memcpy(map.path, names, length < sizeof(map.path) ? length : sizeof(map.path));
	crash_stack__add_map(stack, &map, files);
	SAME(stack->maps[stack->map_count - 1].start, 0x1000);
	SAME(stack->maps[stack->map_count - 1].end, 0x3000);
	SAME(stack->maps[stack->map_count - 1].offset, 0x200);
	return files->list[stack->maps[stack->map_count - 1].file - 1];
}

#define ADD(names, inside, flags) add(names, sizeof(names), inside, flags)

Test(crash_maps, path_of_a_file)
{
	const struct dso *file = ADD("libc.so.6\0lib\0usr", 18, 0);

	SAME_TEXT(file->map.path, "/usr/lib/libc.so.6");
	SAME(file->kind, MODULE_FILE);
	SAME(file->map.major, 8);
	SAME(file->map.minor, 3);
	SAME_TEXT(ADD("app", 4, 0)->map.path, "/app");
}

/* Of a container: its own root directory is one of ours. */
Test(crash_maps, path_within_a_container)
{
	SAME_TEXT(ADD("app\0bin\0merged\0overlay", 8, 0)->map.path, "/bin/app");
	/* it lies outside of the root: all that there is is a path of ours */
	SAME_TEXT(ADD("app\0bin\0elsewhere", 0, 0)->map.path, "/elsewhere/bin/app");
	/* what should lie inside does not end where a name does */
	SAME_TEXT(ADD("app\0bin\0other", 6, 0)->map.path, "/other/bin/app");
}

Test(crash_maps, path_that_cannot_be)
{
	static char longest[STACK_PATH + 8], names[140];
	size_t i;

	/* no 0 at its end */
	SAME_TEXT(add("app", 3, 3, 0)->map.path, "");
	memset(longest, 'a', sizeof(longest));
	longest[STACK_PATH - 1] = 0;
	SAME(strlen(add(longest, STACK_PATH, STACK_PATH, 0)->map.path), STACK_PATH);
	SAME_TEXT(add(longest, STACK_PATH + 1, STACK_PATH + 1, 0)->map.path, "");
	/* more directories than there is room for: the outermost are left out */
	for (i = 0; i < sizeof(names); i++)
		names[i] = i % 2 ? 0 : 'a' + (char)(i / 2 % 26);
	SAME(strlen(add(names, sizeof(names), sizeof(names), 0)->map.path), 128);
}

Test(crash_maps, what_is_no_file)
{
	struct culprit_map map = { .start = 0x1000, .end = 0x2000 };

	crash_stack__add_map(stack, &map, files);
	map.flags = MAP_VDSO;
	crash_stack__add_map(stack, &map, files);
	SAME(stack->map_count, 2);
	cr_expect_neq(files->list[stack->maps[0].file - 1]->kind, MODULE_FILE);
	SAME_TEXT(files->list[stack->maps[1].file - 1]->map.path, "[vdso]");
	cr_expect_not(stack->maps[1].vdso_32);
	stack->stack->flags = STACK_32BIT;
	crash_stack__add_map(stack, &map, files);
	cr_expect(stack->maps[2].vdso_32);
	cr_expect_neq(stack->maps[2].file, stack->maps[1].file);
}

Test(crash_maps, are_whole_when_as_many_came_as_were_told)
{
	stack->stack->map_count = 2;
	cr_expect_not(crash_stack__is_whole(stack));
	ADD("app", 4, 0);
	cr_expect_not(crash_stack__is_whole(stack));
	ADD("app", 4, 0);
	cr_expect(crash_stack__is_whole(stack));
}

/* A name is missing for good where the file failed and the frame has none. */
Test(crash_maps, names_that_will_not_come)
{
	static const struct {
		__u32 failures;
		bool named, lacks;
	} cases[] = {
		{ 0, false, false }, { 0, true, false }, { 1, false, true }, { 1, true, false }
	};
	struct culprit_map map = {
		.start = 0x1000, .end = 0x2000, .inode = 5, .path = "app", .length = 4, .inside = 4
	};
	struct crash_place place = { 0 };
	size_t i;

	crash_stack__add_map(stack, &map, files);
	place.file = stack->maps[0].file;
	stack->places = &place;
	stack->place_count = 1;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		place.frame = profile__frame(session->profile, 1, 0x100 + i);
		if (cases[i].named)
			cr_assert_eq(profile__name(session->profile, place.frame, "f", NULL), 0);
		files->list[place.file - 1]->failures = cases[i].failures;
		SAME(crash_stack__lacks_names(stack, session->profile, files), cases[i].lacks);
	}
	place.frame = 0; /* it has none at all */
	cr_expect(crash_stack__lacks_names(stack, session->profile, files));
	place.file = 0;
	cr_expect_not(crash_stack__lacks_names(stack, session->profile, files));
	stack->place_count = 0;
	stack->places = NULL;
}
