/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found in the memory of a process: here of this one, which is no Python. */
#include "callstack/python/program.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/python/loaded_elf.h"
#include "make_python.h"
#include "trace/pythons.h"
#include "unit.h"

static struct memory own;

static void begin(void)
{
	cr_assert_eq(memory__open(&own, getpid()), 0);
}

static void end(void)
{
	memory__close(&own);
}

TestSuite(python_program, .init = begin, .fini = end);

Test(python_program, memory_is_there_or_not)
{
	int value = 4711, copy = 0;

	cr_expect(memory__read(&own, (__u64)&value, &copy, sizeof(copy)));
	cr_expect_eq(copy, 4711);
	cr_expect_not(memory__read(&own, 16, &copy, sizeof(copy)));
	cr_expect_not(memory__read(&own, ~0ULL - 1, &copy, sizeof(copy)));
}

Test(python_program, symbols_of_a_loaded_library)
{
	struct loaded_elf elf;
	__u64 at = 0, size = 0;
	Dl_info library;

	cr_assert(dladdr(dlsym(RTLD_DEFAULT, "getppid"), &library));
	cr_assert(loaded_elf__open(&elf, &own, (__u64)library.dli_fbase));
	cr_expect(loaded_elf__find(&elf, "getppid", &at, &size));
	cr_expect_eq(at, (__u64)dlsym(RTLD_DEFAULT, "getppid"));
	cr_expect_gt(size, 0);
	cr_expect_not(loaded_elf__find(&elf, "no_such_function_anywhere", &at, &size));
}

Test(python_program, what_is_no_interpreter)
{
	struct python_program program = { 0 };
	static char page[4096];
	Dl_info library;

	cr_assert(dladdr(dlsym(RTLD_DEFAULT, "getppid"), &library));
	cr_expect_eq(python_program__at(&program, &own, (__u64)library.dli_fbase), PYTHON_ABSENT);
	cr_expect_eq(python_program__at(&program, &own, (__u64)page), PYTHON_ABSENT);
	cr_expect_eq(python_program__at(&program, &own, 0), PYTHON_ABSENT);
}

Test(python_program, names_of_files)
{
	cr_expect(python__is_path("/usr/bin/python3.11"));
	cr_expect(python__is_path("/usr/lib/libpython3.12.so.1.0"));
	cr_expect_not(python__is_path("/usr/lib/python3/dist-packages/x.so"));
	cr_expect_not(python__is_path("[heap]"));
}

/* ---- versions ---- */

static struct python_image image;

static enum python_found look(struct python_program *program)
{
	*program = (struct python_program){ .unit = 77 };
	return python_program__at(program, &own, (__u64)&image);
}

static void check_version(__u64 number, const char *symbol, const char *version,
			  enum python_found expected)
{
	struct python_program program;

	python_image__make(&image, number, symbol);
	SAME(look(&program), expected);
	SAME_TEXT(program.version, version);
}

Test(python_program, versions_that_are_known)
{
	check_version(0x30b02f0, NULL, "3.11.2", PYTHON_FOUND);
	check_version(0x30c0af0, NULL, "3.12.10", PYTHON_FOUND);
	check_version(0, "PyModule_AddObjectRef", "3.10", PYTHON_FOUND);
	check_version(0, "PyThreadState_GetFrame", "3.9", PYTHON_FOUND);
	check_version(0, NULL, "before 3.9", PYTHON_UNKNOWN);
	check_version(0x3630100, NULL, "3.99.1", PYTHON_UNKNOWN);
	check_version(0x40b0000, NULL, "4.11.0", PYTHON_UNKNOWN);
}

Test(python_program, where_a_version_has_its_frames)
{
	struct python_program program;

	python_image__make(&image, 0x30b02f0, NULL);
	SAME(look(&program), PYTHON_FOUND);
	SAME(program.eval_start, (__u64)&image + PYTHON_EVAL);
	SAME(program.eval_end - program.eval_start, PYTHON_EVAL_SIZE);
	SAME(program.layout.interp, PYTHON_INTERP);
	SAME(program.layout.threads_at, PYTHON_INTERP + 16);
	SAME(program.layout.thread_id, 152);
	SAME(program.layout.thread_frame, 56);
	SAME(program.layout.cframe, 1);
	SAME(program.layout.cframe_frame, 8);
	SAME(program.layout.frame_bytes, 80);
	SAME(program.layout.frame_code, 32);
	SAME(program.layout.frame_previous, 48);
	SAME(program.layout.frame_at, 56);
	SAME(program.layout.frame_entry, 68);
	SAME(program.layout.entries, PYTHON_ENTRY_MARKED);
	SAME(program.layout.names_at, 112);
	SAME(program.layout.names, 4);
	SAME(program.layout.code_start, 184);
	SAME(program.first_line, 72);
	SAME(program.ascii, 48);
	SAME(program.compact, 72);
	cr_expect(program.qualname);
	SAME(program.lines, LINES_LOCATIONS);
	python_image__make(&image, 0, "PyThreadState_GetFrame");
	SAME(look(&program), PYTHON_FOUND);
	cr_expect_not(program.qualname);
}

Test(python_program, one_that_has_not_begun)
{
	struct python_program program;

	python_image__make(&image, 0x30b02f0, NULL);
	image.runtime[6] = 0;
	SAME(look(&program), PYTHON_TOO_EARLY);
}

/* ---- what a build of 3.13 says of itself: words of _Py_DebugOffsets ---- */

enum {
	WORD_FREE_THREADED = 2,
	WORD_INTERPRETERS = 5,
	WORD_OTHER = 7,
	WORD_THREADS = 9,
	WORD_PREV = 20,
	WORD_NEXT,
	WORD_INTERP,
	WORD_FRAME,
	WORD_ID,
	WORD_PREVIOUS = 29,
	WORD_CODE,
	WORD_AT,
	WORD_OWNER = 33,
	WORD_FILENAME = 35,
	WORD_NAME,
	WORD_QUALNAME,
	WORD_LINES,
	WORD_FIRST_LINE,
	WORD_START = 43,
	WORD_BYTES_TEXT = 66,
	WORD_STR_STATE = 68,
	WORD_STR_LENGTH,
	WORD_STR_SIZE
};

/* None of them is where the released build has it. */
static void make_313(void)
{
	__u64 *words = image.runtime;

	python_image__make(&image, 0x30d0000, NULL);
	memset(words, 0, sizeof(image.runtime));
	memcpy(words, "xdebugpy", 8);
	words[WORD_INTERPRETERS] = 600;
	words[WORD_THREADS] = 7400;
	words[WORD_NEXT] = 8;
	words[WORD_INTERP] = 16;
	words[WORD_FRAME] = 80;
	words[WORD_ID] = 160;
	words[WORD_PREVIOUS] = 16;
	words[WORD_CODE] = 24;
	words[WORD_AT] = 64;
	words[WORD_OWNER] = 71;
	words[WORD_FILENAME] = 120;
	words[WORD_NAME] = 128;
	words[WORD_QUALNAME] = 136;
	words[WORD_LINES] = 144;
	words[WORD_FIRST_LINE] = 76;
	words[WORD_START] = 208;
	words[WORD_BYTES_TEXT] = 32;
	words[WORD_STR_STATE] = 32;
	words[WORD_STR_LENGTH] = 16;
	words[WORD_STR_SIZE] = 41;
	words[608 / 8] = PYTHON_INTERP;
}

Test(python_program, build_that_says_where_its_frames_are)
{
	struct python_program program;

	make_313();
	SAME(look(&program), PYTHON_FOUND);
	SAME_TEXT(program.version, "3.13.0");
	SAME(program.layout.interp, PYTHON_INTERP);
	SAME(program.layout.threads_at, PYTHON_INTERP + 7400);
	SAME(program.layout.thread_id, 160);
	SAME(program.layout.thread_frame, 80);
	SAME(program.layout.frame_previous, 16);
	SAME(program.layout.frame_code, 24);
	SAME(program.layout.frame_at, 64);
	SAME(program.layout.frame_entry, 71);
	SAME(program.layout.names_at, 120);
	SAME(program.layout.code_start, 208);
	SAME(program.first_line, 76);
	SAME(program.ascii, 41);
	SAME(program.compact, 57);
}

static void check_word(int word, __u64 value, enum python_found expected)
{
	struct python_program program;

	make_313();
	image.runtime[word] = value;
	cr_expect_eq(look(&program), expected, "word %d: %llu", word, value);
}

/* A frame has 80 bytes, and what lies further out is none of its fields. */
Test(python_program, build_that_says_what_cannot_be)
{
	static const int words[] = { WORD_PREVIOUS, WORD_CODE, WORD_AT };
	static const int far[] = { WORD_THREADS, WORD_ID, WORD_FRAME, WORD_FIRST_LINE, WORD_START };
	size_t i;

	check_word(0, 0, PYTHON_UNKNOWN);
	check_word(WORD_FREE_THREADED, 1, PYTHON_UNKNOWN);
	check_word(WORD_OTHER, 1ULL << 31, PYTHON_UNKNOWN);
	check_word(WORD_OTHER, (1ULL << 31) - 1, PYTHON_FOUND);
	check_word(WORD_STR_SIZE, 1ULL << 31, PYTHON_UNKNOWN);
	check_word(WORD_PREV, 8, PYTHON_UNKNOWN);
	check_word(WORD_NEXT, 0, PYTHON_UNKNOWN);
	check_word(WORD_INTERP, 8, PYTHON_UNKNOWN);
	check_word(WORD_BYTES_TEXT, 24, PYTHON_UNKNOWN);
	check_word(WORD_STR_LENGTH, 8, PYTHON_UNKNOWN);
	check_word(WORD_STR_STATE, 24, PYTHON_UNKNOWN);
	check_word(WORD_NAME, 120, PYTHON_UNKNOWN);
	check_word(WORD_QUALNAME, 128, PYTHON_UNKNOWN);
	check_word(WORD_LINES, 136, PYTHON_UNKNOWN);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		check_word(words[i], 72, PYTHON_FOUND);
		check_word(words[i], 80, PYTHON_UNKNOWN);
		check_word(words[i], 20, PYTHON_UNKNOWN);
	}
	check_word(WORD_OWNER, 79, PYTHON_FOUND);
	check_word(WORD_OWNER, 80, PYTHON_UNKNOWN);
	check_word(WORD_STR_SIZE, 256, PYTHON_FOUND);
	check_word(WORD_STR_SIZE, 257, PYTHON_UNKNOWN);
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		check_word(far[i], 32768, PYTHON_FOUND);
		check_word(far[i], 32769, PYTHON_UNKNOWN);
	}
}

/* ---- a code object, as 3.11 has it ---- */

static struct python_object object;
static struct python_program program = {
	.layout = { .names_at = 112, .names = 4, .code_start = 184 },
	.first_line = 72,
	.unit = 1,
	.ascii = 48,
	.compact = 72,
	.qualname = true,
	.lines = LINES_LOCATIONS,
};

static int read_code(struct python_code *code, __u64 names)
{
	return python_code__read(code, &own, &program, (__u64)&object, names);
}

Test(python_program, code_is_read_and_has_lines)
{
	struct python_code code;

	python_object__make(&object);
	cr_assert_eq(read_code(&code, python_names(object.words, 4)), 0);
	cr_expect_str_eq(code.path, "a.py");
	cr_expect_str_eq(code.name, PYTHON_CODE_NAME);
	cr_expect_eq(python_code__line(&code, &program, 0), 202);
	cr_expect_eq(python_code__line(&code, &program, 2), 102);
	cr_expect_eq(python_code__line(&code, &program, -2), 2);
	python_code__free(&code);
}

/* Another object lies there by now; it is none; it is not there. */
Test(python_program, code_that_is_not_what_was_seen)
{
	struct python_code code;
	__u64 names;

	python_object__make(&object);
	names = python_names(object.words, 4);
	cr_expect_eq(read_code(&code, names + 1), -ESTALE);
	object.path.length = 1 << 20;
	cr_expect_eq(read_code(&code, names), -EINVAL);
	object.path.length = 4;
	object.path.state &= ~(1U << 5);
	cr_expect_eq(read_code(&code, names), -EINVAL);
	object.path.state |= 1 << 5;
	object.lines.length = ~0ULL;
	cr_expect_eq(read_code(&code, names), -EINVAL);
	object.lines.length = 6;
	cr_expect_eq(python_code__read(&code, &own, &program, 16, names), -ESRCH);
}

/* ---- what the kernel's side reads ---- */

static const struct python_layout *find(const struct python_bucket *buckets, __u64 space)
{
	const struct python_bucket *bucket = &buckets[python_slot(space)];
	int i;

	for (i = 0; i < PYTHON_WAYS; i++) {
		if (bucket->key[i] == space)
			return &bucket->layout[i];
	}
	return NULL;
}

Test(python_program, table_of_programs)
{
	struct python_bucket *buckets = calloc(1 << PYTHON_BITS, sizeof(*buckets));
	struct python_layout layout = { .interp = 1 };
	__u64 same[PYTHON_WAYS + 1], space = 1;
	int count = 0, found = 0, i;

	cr_assert_not_null(buckets);
	for (; count < PYTHON_WAYS + 1; space++) {
		if (python_slot(space << 8) == python_slot(0x100))
			same[count++] = space << 8;
	}
	for (i = 0; i < PYTHON_WAYS; i++, layout.interp++)
		pythons__put(buckets, same[i], &layout);
	for (i = 0; i < PYTHON_WAYS; i++)
		cr_expect_eq(find(buckets, same[i])->interp, (__u64)i + 1);
	layout.interp = 100;
	pythons__put(buckets, same[1], &layout);
	cr_expect_eq(find(buckets, same[1])->interp, 100);
	layout.interp = 200;
	pythons__put(buckets, same[PYTHON_WAYS], &layout); /* one makes room */
	cr_expect_eq(find(buckets, same[PYTHON_WAYS])->interp, 200);
	for (i = 0; i < PYTHON_WAYS; i++)
		found += find(buckets, same[i]) != NULL;
	cr_expect_eq(found, PYTHON_WAYS - 1);
	free(buckets);
}
