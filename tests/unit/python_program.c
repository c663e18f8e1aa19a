/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found in the memory of a process: here of this one, which is no Python. */
#include "callstack/python/program.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/python/loaded_elf.h"
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

/* ---- a code object, as 3.11 has it ---- */

struct text {
	__u64 head[2], length, hash;
	__u32 state, pad;
	__u64 wide;
	__u64 more[3];
	char bytes[32];
};

struct bytes {
	__u64 head[2], length, hash;
	unsigned char bytes[16];
};

struct code {
	char head[72];
	__u32 first_line;
	char between[36];
	__u64 words[PYTHON_NAMES];
};

static struct text path = { .length = 4, .state = 1 << 2 | 1 << 5 | 1 << 6 },
		   name = { .length = 3, .state = 2 << 2 | 1 << 5 };
static struct bytes lines = { .length = 6, .bytes = { 0xe8, 0x50, 0x06, 0xe8, 0x49, 0x03 } };
static struct code object = { .first_line = 2 };
static struct python_program program = {
	.layout = { .names_at = 112, .names = 4, .code_start = 184 },
	.first_line = 72,
	.unit = 1,
	.ascii = 48,
	.compact = 72,
	.qualname = true,
	.lines = LINES_LOCATIONS,
};

static void make_code(void)
{
	static const __u16 wide[] = { 'f', 0x3b1, 0xd800 }; /* a surrogate is no character */

	memcpy((char *)&path + 48, "a.py", 4);
	memcpy((char *)&name + 72, wide, sizeof(wide));
	object.words[0] = (__u64)&path;
	object.words[1] = 16; /* co_name is not looked at */
	object.words[2] = (__u64)&name;
	object.words[3] = (__u64)&lines;
}

static int read_code(struct python_code *code, __u64 names)
{
	return python_code__read(code, &own, &program, (__u64)&object, names);
}

Test(python_program, code_is_read_and_has_lines)
{
	struct python_code code;

	make_code();
	cr_assert_eq(read_code(&code, python_names(object.words, 4)), 0);
	cr_expect_str_eq(code.path, "a.py");
	cr_expect_str_eq(code.name, "f\u03b1\ufffd");
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

	make_code();
	names = python_names(object.words, 4);
	cr_expect_eq(read_code(&code, names + 1), -ESTALE);
	path.length = 1 << 20;
	cr_expect_eq(read_code(&code, names), -EINVAL);
	path.length = 4;
	path.state &= ~(1U << 5);
	cr_expect_eq(read_code(&code, names), -EINVAL);
	path.state |= 1 << 5;
	lines.length = ~0ULL;
	cr_expect_eq(read_code(&code, names), -EINVAL);
	lines.length = 6;
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
