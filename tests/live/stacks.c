/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User stacks of the real kernel: no stack stands under a caller that may be another's. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(stacks, .init = tt__require_live, .fini = tt__cleanup, .timeout = 120);

/* ---- folded stacks ---- */

/* Of programs: what sleeps for a millisecond, and is called. */
#define NAP                                                                                        \
	"#define KEPT __attribute__((noipa))\n"                                                    \
	"KEPT void nap(void)\n"                                                                    \
	"{\n"                                                                                      \
	"	struct timespec ts = { .tv_nsec = 1000000 };\n"                                          \
	"	nanosleep(&ts, NULL);\n"                                                                 \
	"	__asm__ volatile(\"\");\n"                                                               \
	"}\n"

/* A program that the test makes itself; false: there is no compiler for that. */
static bool build(const char *program, const char *source, const char *const flags[])
{
	const char *file = tt__temp("source.c"), *args[TT_MAX_ARGS] = { "gcc" };
	FILE *out = fopen(file, "we");
	struct run run;
	size_t i = 1;
	bool built;

	cr_assert_not_null(out);
	fputs(source, out);
	fclose(out);
	while (*flags)
		args[i++] = *flags++;
	args[i++] = "-o";
	args[i++] = program;
	args[i++] = file;
	args[i] = NULL;
	run__do(&run, args, NULL);
	built = !run.status;
	run__free(&run);
	return built;
}

static char *record_and_fold(const char *metric, const char *const program[])
{
	const char *file = tt__temp("run.tasktoll"),
		   *args[TT_MAX_ARGS] = { "record", "-q", "--force", "-o", file, "--" };
	struct run run;
	size_t i = 6;

	while (*program)
		args[i++] = *program++;
	args[i] = NULL;
	tt__run(&run, args, NULL);
	tt__expect_success(&run);
	run__free(&run);
	tt__run(&run, ARGS("flame", file, "--metric", metric, "-q"), NULL);
	tt__expect_success(&run);
	free(run.err);
	return run.out;
}

static bool line__has(const char *line, size_t length, const char *text)
{
	return memmem(line, length, text, strlen(text));
}

/* Weight of the lines that have both texts; NULL: any. */
static uint64_t sum_of(const char *folded, const char *one, const char *other)
{
	const char *line = folded;
	uint64_t sum = 0;

	while (*line) {
		size_t length = strcspn(line, "\n");
		const char *weight = memrchr(line, ' ', length);

		if (weight && line__has(line, length, one) &&
		    (!other || line__has(line, length, other)))
			sum += strtoull(weight + 1, NULL, 10);
		line += length + (line[length] == '\n');
	}
	return sum;
}

/* ---- two callers above a large frame ---- */

#define TIMES	  20
#define TIMES_ARG "20"

static void check_callers(const char *folded, const char *kind, int size)
{
	char first[64], second[64], large[64];
	uint64_t of_first, of_second, of_both;

	snprintf(first, sizeof(first), ";first_%s_%d;large_%s_%d;", kind, size, kind, size);
	snprintf(second, sizeof(second), ";second_%s_%d;large_%s_%d;", kind, size, kind, size);
	snprintf(large, sizeof(large), ";large_%s_%d;", kind, size);
	of_first = sum_of(folded, first, "nanosleep");
	of_second = sum_of(folded, second, "nanosleep");
	of_both = sum_of(folded, large, "nanosleep");
	/* a program that is preempted on its way to sleep has left the CPU once more */
	cr_expect(of_first >= TIMES && of_second >= 2 * TIMES && of_first < 2 * TIMES,
		  "%s %d: %lu under the first, %lu under the second", kind, size, of_first,
		  of_second);
	cr_expect_eq(of_both, of_first + of_second, "%s %d: %lu of %lu have a caller", kind, size,
		     of_first + of_second, of_both);
}

Test(stacks, callers_above_a_large_frame)
{
	static const int sizes[] = { 600, 4096, 16384 };
	char *folded = record_and_fold("switches", ARGS(tt__load("callers"), TIMES_ARG));
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_callers(folded, "bare", sizes[i]);
		check_callers(folded, "framed", sizes[i]);
	}
	/* the first frames of all are there */
	cr_expect_eq(sum_of(folded, "large_", ";_start;"), sum_of(folded, "large_", NULL), "%s",
		     folded);
	free(folded);
}

/* ---- a thread that has more on its stack than is copied when much waits ---- */

static const char deep[] =
	"#include <pthread.h>\n"
	"#include <time.h>\n" NAP "#define STEP(name, next) KEPT void name(void) \\\n"
	"{ volatile char room[9000]; room[0] = 1; next(); room[1] = room[0]; }\n"
	"STEP(d, nap) STEP(c, d) STEP(b, c) STEP(a, b)\n"
	"STEP(h, nap) STEP(g, h) STEP(f, g) STEP(e, f) STEP(further, e) STEP(up, further)\n"
	"KEPT void *thread(void *arg) { for (int i = 0; i < 8; i++) { a(); up(); } return arg; }\n"
	"int main(void)\n"
	"{\n"
	"	pthread_t id;\n"
	"	return pthread_create(&id, NULL, thread, NULL) || pthread_join(id, NULL);\n"
	"}\n";

/* From the first time on, when no rule is known and there is nothing but the bytes; few, so that all have room. */
Test(stacks, far_below_the_start_of_a_thread)
{
	const char *program =
		compile("deep", deep, ARGS("gcc", "-O1", "-fomit-frame-pointer", "-pthread"));
	char *folded = record_and_fold("switches", ARGS(program));

	cr_expect_geq(sum_of(folded, ";thread;a;b;c;d;nap;", NULL), 8, "%s", folded);
	cr_expect_geq(sum_of(folded, ";thread;up;further;e;f;g;h;nap;", NULL), 8, "%s", folded);
	cr_expect_eq(sum_of(folded, "[truncated: ", "nap;"), 0, "%s", folded);
	free(folded);
}

/* ---- programs of 32 bits ---- */

static const char napper[] = "#include <time.h>\n"
			     "#define KEPT __attribute__((noipa))\n"
			     "KEPT void nap(void)\n"
			     "{\n"
			     "	struct timespec ts = { .tv_nsec = 1000000 };\n"
			     "	nanosleep(&ts, NULL);\n"
			     "	__asm__ volatile(\"\");\n"
			     "}\n"
			     "KEPT void rest(void) { nap(); __asm__ volatile(\"\"); }\n"
			     "int main(void)\n"
			     "{\n"
			     "	for (int i = 0; i < 20; i++)\n"
			     "		rest();\n"
			     "	return 0;\n"
			     "}\n";

static void check_napper(const char *const flags[])
{
	const char *program = tt__temp("napper");
	char *folded;

	if (!build(program, napper, flags))
		cr_skip_test("no gcc that makes such programs");
	folded = record_and_fold("switches", ARGS(program));
	cr_expect_geq(sum_of(folded, ";_start;", ";main;rest;nap;"), 20, "%s", folded);
	cr_expect_eq(sum_of(folded, "[truncated", "nanosleep"), 0, "%s", folded);
	free(folded);
}

Test(stacks, program_of_32_bits)
{
	check_napper(ARGS("-m32", "-O1", "-fomit-frame-pointer"));
}

Test(stacks, program_of_32_bits_with_frame_pointers)
{
	check_napper(ARGS("-m32", "-O1", "-fno-omit-frame-pointer"));
}

/* ---- code that takes the place of other code ---- */

/* Of the same layout, but for how large its frame is. */
static const char library[] = "#include <time.h>\n"
			      "void sleeps(void (*how)(void))\n"
			      "{\n"
			      "	volatile char large[SIZE];\n"
			      "	large[0] = 1;\n"
			      "	how();\n"
			      "	large[1] = large[0];\n"
			      "}\n";

static const char loader[] = "#include <dlfcn.h>\n"
			     "#include <time.h>\n"
			     "#define KEPT __attribute__((noipa))\n"
			     "KEPT void nap(void)\n"
			     "{\n"
			     "	struct timespec ts = { .tv_nsec = 20000000 };\n"
			     "	nanosleep(&ts, NULL);\n"
			     "	__asm__ volatile(\"\");\n"
			     "}\n"
			     "KEPT void *with(const char *path)\n"
			     "{\n"
			     "	void *library = dlopen(path, RTLD_NOW), *at;\n"
			     "	void (*sleeps)(void (*)(void)) = dlsym(library, \"sleeps\");\n"
			     "	for (int i = 0; i < 20; i++)\n"
			     "		sleeps(nap);\n"
			     "	at = (void *)sleeps;\n"
			     "	dlclose(library);\n"
			     "	return at;\n"
			     "}\n"
			     "int main(int argc, char **argv)\n"
			     "{\n"
			     "	void *one = with(argv[1]), *other = with(argv[2]);\n"
			     "	return argc != 3 || one != other;\n"
			     "}\n";

Test(stacks, another_library_in_the_place_of_one_that_is_gone)
{
	const char *one = tt__temp("one.so"), *other = tt__temp("other.so");
	const char *program = tt__temp("loader");
	char *folded;

	if (!build(one, library, ARGS("-DSIZE=1024", "-O1", "-shared", "-fPIC")) ||
	    !build(other, library, ARGS("-DSIZE=4096", "-O1", "-shared", "-fPIC")) ||
	    !build(program, loader, ARGS("-O1")))
		cr_skip_test("no gcc");
	folded = record_and_fold("switches", ARGS(program, one, other));
	/* until the other one's rules are known, its callers are not told */
	cr_expect_gt(sum_of(folded, ";main;with;sleeps;nap;", "nanosleep"), 20, "%s", folded);
	cr_expect_eq(sum_of(folded, "nap;", NULL),
		     sum_of(folded, ";main;with;sleeps;nap;", NULL) +
			     sum_of(folded, "nap;", "[truncated: "),
		     "%s", folded);
	free(folded);
}

/* ---- more files and mappings than anybody can look at ---- */

static const char mapper[] =
	"#include <dlfcn.h>\n"
	"#include <stdio.h>\n"
	"#include <sys/mman.h>\n"
	"#include <time.h>\n" NAP "int main(int argc, char **argv)\n"
	"{\n"
	"	char path[4096];\n"
	"	void (*sleeps)(void (*)(void)) = 0;\n"
	"	for (int i = 0; i < 200; i++) {\n"
	"		snprintf(path, sizeof(path), \"%s%d\", argv[1], i);\n"
	"		sleeps = dlsym(dlopen(path, RTLD_NOW), \"sleeps\");\n"
	"	}\n"
	"	for (int i = 0; i < 20000; i++)\n"
	"		if (mmap(NULL, 4096, PROT_READ | (i & 1 ? PROT_EXEC : PROT_WRITE),\n"
	"			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)\n"
	"			return 3;\n"
	"	for (int i = 0; i < 20; i++)\n"
	"		sleeps(nap);\n"
	"	return argc != 2;\n"
	"}\n";

Test(stacks, many_mappings_and_libraries)
{
	const char *one = tt__temp("library"), *program = tt__temp("mapper");
	char *folded;
	struct run run;

	if (!build(one, library, ARGS("-DSIZE=64", "-O1", "-shared", "-fPIC")) ||
	    !build(program, mapper, ARGS("-O1")))
		cr_skip_test("no gcc");
	run__do(&run,
		ARGS("/bin/sh", "-c", "for i in $(seq 0 199); do cp \"$0\" \"$0$i\"; done", one),
		NULL);
	tt__expect_success(&run);
	run__free(&run);
	folded = record_and_fold("switches", ARGS(program, one));
	cr_expect_geq(sum_of(folded, ";_start;", ";main;sleeps;nap;"), 20, "%s", folded);
	cr_expect_eq(sum_of(folded, "[truncated", ";nap;"), 0, "%s", folded);
	free(folded);
}
