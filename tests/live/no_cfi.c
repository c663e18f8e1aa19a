/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks through functions that have neither call frame information nor, most of them, a
 * frame pointer: no frame is left out without a mark, in recordings and of crashes.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(no_cfi, .init = tt__require_live, .fini = tt__cleanup, .timeout = 120);

#define DIED_OF_SEGV (128 + SIGSEGV)

/* main() naps below two callers and, if told to, crashes below another; each frame its size. */
static const char program_source[] =
	"#include <string.h>\n"
	"#include <sys/resource.h>\n"
	"#include <unistd.h>\n"
	"#ifndef KEPT\n"
	"#define KEPT __attribute__((noinline, noclone))\n"
	"#endif\n"
	"#ifndef BARE\n"
	"#define BARE KEPT\n"
	"#endif\n"
	"KEPT void nap(void) { usleep(2000); __asm__ volatile(\"\"); }\n"
	"BARE void sparse(int n)\n"
	"{\n"
	"	volatile char room[600];\n"
	"	room[n] = 1;\n"
	"	nap();\n"
	"	room[1] = room[n];\n"
	"}\n"
	"KEPT void first(void) { for (int i = 0; i < 20; i++) sparse(i); __asm__ volatile(\"\"); }\n"
	"KEPT void second(void) { for (int i = 0; i < 20; i++) sparse(i); __asm__ volatile(\"\"); }\n"
	"KEPT void spoil(long at) { *(volatile int *)at = 1; __asm__ volatile(\"\"); }\n"
	"KEPT void carry(long at) { volatile char room[300]; room[at] = 1; spoil(at); room[2] = 3; }\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	struct rlimit none = { 0, 0 };\n"
	"	(void)argv;\n"
	"	setrlimit(RLIMIT_CORE, &none);\n"
	"	first();\n"
	"	second();\n"
	"	if (argc > 1) carry(8);\n"
	"	return 0;\n"
	"}\n";

/* ---- what is expected ---- */

static char *record_and_fold(const char *program)
{
	const char *file = tt__temp("run.tasktoll");
	struct run run;

	tt__run(&run, ARGS("record", "-q", "--force", "-o", file, "--", program), NULL);
	tt__expect_success(&run);
	run__free(&run);
	tt__run(&run, ARGS("flame", file, "--metric", "switches", "-q"), NULL);
	tt__expect_success(&run);
	free(run.err);
	return run.out;
}

/* Weight of the lines that have both texts. */
static unsigned long weight(const char *folded, const char *one, const char *other)
{
	const char *line = folded;
	unsigned long sum = 0;

	while (*line) {
		size_t length = strcspn(line, "\n");
		const char *number = memrchr(line, ' ', length);

		if (number && memmem(line, length, one, strlen(one)) &&
		    memmem(line, length, other, strlen(other)))
			sum += strtoul(number + 1, NULL, 10);
		line += length + (line[length] == '\n');
	}
	return sum;
}

static void check_recording(const char *program)
{
	char *folded = record_and_fold(program);

	cr_expect_geq(weight(folded, ";main;first;sparse;nap;", "sleep"), 20, "%s", folded);
	cr_expect_geq(weight(folded, ";main;second;sparse;nap;", "sleep"), 20, "%s", folded);
	cr_expect_eq(weight(folded, "sleep", ""),
		     weight(folded, ";main;first;sparse;nap;", "sleep") +
			     weight(folded, ";main;second;sparse;nap;", "sleep"),
		     "%s", folded);
	cr_expect_eq(weight(folded, "[truncated", "sleep"), 0, "%s", folded);
	free(folded);
}

static json_t *crash_of(const char *program)
{
	json_t *crashes = watch__program(ARGS("--", program, "x"), DIED_OF_SEGV), *stack;

	cr_assert_eq(json_array_size(crashes), 1);
	stack = json_incref(js__at(json_array_get(crashes, 0), "culprit.stack"));
	json_decref(crashes);
	return stack;
}

static void check_crash(const char *program)
{
	static const char *const names[] = { "spoil", "carry", "main" };
	json_t *stack = crash_of(program);
	char *text = json_dumps(stack, JSON_COMPACT);
	size_t i;

	for (i = 0; i < 3; i++)
		cr_expect_str_eq(json_string_value(json_array_get(stack, i)), names[i], "%s", text);
	cr_expect_null(strstr(text, "[truncated"), "%s", text);
	free(text);
	json_decref(stack);
}

static void check(const char *const compiler[])
{
	const char *program = compile("program", program_source, compiler);

	check_recording(program);
	check_crash(program);
}

/* ---- musl ---- */

Test(no_cfi, musl_static)
{
	check(ARGS("musl-gcc", "-static", "-O1"));
}

Test(no_cfi, musl_static_without_frame_pointers)
{
	check(ARGS("musl-gcc", "-static", "-O2", "-fomit-frame-pointer"));
}

/* Of rest() the compiler makes a copy that knows how often; it is that function all the same. */
Test(no_cfi, musl_static_with_copies_of_functions)
{
	static const char source[] =
		"#include <unistd.h>\n"
		"#define LONE __attribute__((noinline)) static void\n"
		"LONE nap(void) { usleep(2000); __asm__ volatile(\"\"); }\n"
		"LONE rest(int n) { while (n--) nap(); __asm__ volatile(\"\"); }\n"
		"int main(void) { rest(23); return 0; }\n";
	char *folded = record_and_fold(
		compile("copies", source,
			ARGS("musl-gcc", "-static", "-O2", "-fomit-frame-pointer")));

	compile__shell("nm", "nm copies | grep -q 'rest\\.constprop\\.0'");
	cr_expect_geq(weight(folded, ";main;rest;nap;", "sleep"), 23, "%s", folded);
	cr_expect_eq(weight(folded, "sleep", ""), weight(folded, ";main;rest;nap;", "sleep"), "%s",
		     folded);
	free(folded);
}

Test(no_cfi, musl_static_without_any_information)
{
	check(ARGS("musl-gcc", "-static", "-O1", "-fno-asynchronous-unwind-tables",
		   "-fomit-frame-pointer"));
}

Test(no_cfi, musl_shared)
{
	check(ARGS("musl-gcc", "-O1"));
}

/* ---- other C libraries ---- */

/*
 * What its assert() and its free() call is the last that they do, or has no symbol: the culprit
 * stands behind them.  The signal depends on where the bad pointer leads.
 */
static void check_noticed_by_musl(const char *const compiler[])
{
	static const char source[] =
		"#include <assert.h>\n"
		"#include <stdlib.h>\n"
		"#include <sys/resource.h>\n"
		"#define KEPT __attribute__((noinline, noclone)) static void\n"
		"static char *volatile at;\n"
		"KEPT claims(int n) { assert(n > 9); }\n"
		"KEPT drops(void) { free(at + 8); __asm__ volatile(\"\"); }\n"
		"KEPT drops_twice(void) { free(at); free(at); __asm__ volatile(\"\"); }\n"
		"int main(int argc, char **argv) { struct rlimit none = { 0, 0 };\n"
		"  setrlimit(RLIMIT_CORE, &none); at = malloc(40); (void)argc;\n"
		"  if (*argv[1] == 'c') claims(argc);\n"
		"  if (*argv[1] == 'd') drops();\n"
		"  drops_twice(); return 0; }\n";
	static const char *const names[] = { "claims", "drops", "drops_twice" };
	json_t *crashes =
		watch__program(ARGS("--", "sh", "-c", "for how in c d t; do $0 $how; done; exit 0",
				    compile("noticed", source, compiler)),
			       0);
	size_t i;

	cr_assert_eq(json_array_size(crashes), 3);
	for (i = 0; i < 3; i++)
		cr_expect_str_eq(js__str(json_array_get(crashes, i), "culprit.function"), names[i]);
	json_decref(crashes);
}

Test(no_cfi, noticed_by_musl)
{
	check_noticed_by_musl(ARGS("musl-gcc", "-O1"));
}

Test(no_cfi, noticed_by_musl_static)
{
	check_noticed_by_musl(ARGS("musl-gcc", "-O1", "-static"));
}

Test(no_cfi, without_frame_pointers)
{
	check(ARGS("gcc", "-O1", "-fno-asynchronous-unwind-tables", "-fomit-frame-pointer"));
}

/* The leaf of a function with a frame pointer keeps none. */
Test(no_cfi, with_frame_pointers)
{
	check(ARGS("gcc", "-O1", "-fno-asynchronous-unwind-tables", "-fno-omit-frame-pointer"));
}

Test(no_cfi, not_optimized)
{
	check(ARGS("gcc", "-O0", "-fno-asynchronous-unwind-tables"));
}

/* Functions with a frame pointer between those without: frame pointers pass over the latter. */
Test(no_cfi, some_with_frame_pointers)
{
	check(ARGS("gcc", "-O1", "-fno-asynchronous-unwind-tables", "-fno-omit-frame-pointer",
		   "-DBARE=KEPT __attribute__((optimize(\"omit-frame-pointer\")))"));
}

Test(no_cfi, of_32_bits)
{
	check(ARGS("gcc", "-m32", "-O1", "-fno-asynchronous-unwind-tables", "-fomit-frame-pointer",
		   "-mpreferred-stack-boundary=2"));
}

/*
 * All its system calls pass the kernel's vDSO, which nobody's file holds: it is called by its
 * name, and the function that gave up by its own.
 */
static void check_abort_of_32_bits(const char *const compiler[])
{
	static const char source[] =
		"#include <stdlib.h>\n"
		"#include <sys/resource.h>\n"
		"__attribute__((noinline, noclone)) void give_up(void) { abort(); }\n"
		"int main(void) { struct rlimit none = { 0, 0 };\n"
		"  setrlimit(RLIMIT_CORE, &none); give_up(); return 0; }\n";
	json_t *crashes =
		watch__program(ARGS("--", compile("aborter", source, compiler)), 128 + SIGABRT);
	json_t *crash = json_array_get(crashes, 0);

	cr_expect_str_eq(js__str(crash, "culprit.function"), "give_up");
	cr_expect(!strncmp(json_string_value(json_array_get(js__at(crash, "culprit.stack"), 0)),
			   "[vdso32+0x", 10));
	json_decref(crashes);
}

Test(no_cfi, abort_of_32_bits)
{
	check_abort_of_32_bits(ARGS("gcc", "-m32", "-O0"));
}

Test(no_cfi, abort_of_32_bits_static)
{
	check_abort_of_32_bits(ARGS("gcc", "-m32", "-O0", "-static"));
}

/* A handler's return address lies in that vDSO, too; the culprit stands below it. */
static void check_handler_of_32_bits(const char *const compiler[])
{
	static const char source[] =
		"#include <signal.h>\n"
		"#include <stdlib.h>\n"
		"#include <sys/resource.h>\n"
		"__attribute__((noinline, noclone)) void report(void) { abort(); }\n"
		"#ifdef TOLD\n"
		"static void handle(int s, siginfo_t *i, void *c) { (void)s; (void)i; (void)c; report(); }\n"
		"static struct sigaction act = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO };\n"
		"#else\n"
		"static void handle(int s) { (void)s; report(); }\n"
		"static struct sigaction act = { .sa_handler = handle };\n"
		"#endif\n"
		"__attribute__((noinline, noclone)) void fault(int *at) { *(volatile int *)at = 1; }\n"
		"int main(void) { struct rlimit none = { 0, 0 };\n"
		"  setrlimit(RLIMIT_CORE, &none); sigaction(SIGSEGV, &act, NULL); fault(0); return 0; }\n";
	json_t *crashes =
		watch__program(ARGS("--", compile("handler", source, compiler)), 128 + SIGABRT);

	cr_expect_str_eq(js__str(json_array_get(crashes, 0), "culprit.function"), "fault");
	json_decref(crashes);
}

Test(no_cfi, handler_of_32_bits)
{
	check_handler_of_32_bits(ARGS("gcc", "-m32", "-O0"));
	check_handler_of_32_bits(ARGS("gcc", "-m32", "-O0", "-DTOLD"));
}

Test(no_cfi, handler_of_32_bits_static)
{
	check_handler_of_32_bits(ARGS("gcc", "-m32", "-O0", "-static"));
	check_handler_of_32_bits(ARGS("gcc", "-m32", "-O0", "-static", "-DTOLD"));
}

/* ---- without symbols ---- */

/* How many frames a crash has below the C library's start; no name is there to be looked at. */
static size_t frames_of_crash(const char *program)
{
	json_t *stack = crash_of(program);
	const char *last = json_string_value(json_array_get(stack, json_array_size(stack) - 1));
	size_t count = json_array_size(stack);

	cr_expect_null(strstr(last, "[truncated"), "%s", last);
	json_decref(stack);
	return count;
}

static void check_stripped(const char *const compiler[])
{
	const char *program = compile("program", program_source, compiler);
	size_t frames = frames_of_crash(program);
	char *folded;

	cr_expect_geq(frames, 4);
	compile__shell("strip", "strip program");
	cr_expect_eq(frames_of_crash(program), frames);
	folded = record_and_fold(program);
	cr_expect_eq(weight(folded, "[truncated", "nanosleep"), 0, "%s", folded);
	free(folded);
}

Test(no_cfi, musl_static_without_symbols)
{
	check_stripped(ARGS("musl-gcc", "-static", "-O1", "-fno-asynchronous-unwind-tables"));
}

Test(no_cfi, without_symbols)
{
	check_stripped(
		ARGS("gcc", "-O1", "-fno-asynchronous-unwind-tables", "-fomit-frame-pointer"));
}

Test(no_cfi, with_frame_pointers_without_symbols)
{
	check_stripped(
		ARGS("gcc", "-O1", "-fno-asynchronous-unwind-tables", "-fno-omit-frame-pointer"));
}

/* ---- what nobody can know ---- */

/* It moves its stack pointer by what it is told, and keeps no frame pointer. */
static const char odd_source[] =
	"#include <unistd.h>\n"
	"#include <sys/resource.h>\n"
	"void odd(long size, void (*go)(void));\n"
	"__asm__(\".text\\n.type odd, @function\\nodd:\\n push %rbx\\n mov %rdi, %rbx\\n\"\n"
	"        \" sub %rbx, %rsp\\n call *%rsi\\n add %rbx, %rsp\\n pop %rbx\\n ret\\n\"\n"
	"        \".size odd, . - odd\\n\");\n"
	"__attribute__((noipa)) void spoil(void) { *(volatile int *)8 = 1; __asm__(\"\"); }\n"
	"__attribute__((noipa)) void passed(void) { odd(256, spoil); __asm__ volatile(\"\"); }\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	struct rlimit none = { 0, 0 };\n"
	"	(void)argv;\n"
	"	setrlimit(RLIMIT_CORE, &none);\n"
	"	passed();\n"
	"	return argc;\n"
	"}\n";

Test(no_cfi, frame_of_a_size_that_nobody_knows_is_marked)
{
#if defined(__x86_64__)
	const char *program = compile("odd", odd_source,
				      ARGS("gcc", "-O1", "-fno-asynchronous-unwind-tables",
					   "-fno-omit-frame-pointer"));
	json_t *stack = crash_of(program);
	char *text = json_dumps(stack, JSON_COMPACT);

	cr_expect_str_eq(text, "[\"spoil\",\"odd\",\"[truncated: no unwind information]\"]");
	free(text);
	json_decref(stack);
#else
	(void)odd_source;
	cr_skip_test("assembler of x86-64");
#endif
}

/* ---- code that was made at run time ---- */

static const char maker_source[] =
	"#include <string.h>\n"
	"#include <sys/mman.h>\n"
	"#include <unistd.h>\n"
	"#if defined(__x86_64__) /* makes room of 256 bytes and calls its argument */\n"
	"static const unsigned char code[] = { 0x48, 0x81, 0xec, 0x08, 0x01, 0, 0, 0xff, 0xd7,\n"
	"	0x48, 0x81, 0xc4, 0x08, 0x01, 0, 0, 0xc3 };\n"
	"#else\n"
	"#error no such code for this machine\n"
	"#endif\n"
	"static __attribute__((noipa)) void nap(void) { usleep(20000); __asm__ volatile(\"\"); }\n"
	"int main(void)\n"
	"{\n"
	"	void *made = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"
	"	memcpy(made, code, sizeof(code));\n"
	"	for (int i = 0; i < 20; i++) {\n"
	"		((void (*)(void (*)(void)))made)(nap);\n"
	"		__asm__ volatile(\"xor %%ebp, %%ebp\" ::: \"rbp\");\n"
	"	}\n"
	"	return 0;\n"
	"}\n";

/* What is missing is told at the end, with its share, and with what would help. */
Test(no_cfi, record_says_what_would_help)
{
	const char *program =
		compile("maker", maker_source, ARGS("gcc", "-O1", "-fomit-frame-pointer"));
	const char *file = tt__temp("run.tasktoll");
	struct run run;

	tt__run(&run, ARGS("record", "--force", "-o", file, "--", program), NULL);
	tt__expect_success(&run);
	cr_expect(
		strstr(run.err,
		       "% of time off CPU is on stacks without their root: no unwind information in code "
		       "that maker ("),
		"%s", run.err);
	cr_expect(strstr(run.err,
			 ") made at run time (start it so that this code keeps frame pointers)\n"),
		  "%s", run.err);
	run__free(&run);
	tt__run(&run, ARGS("record", "-q", "--force", "-o", file, "--", program), NULL);
	tt__expect_success(&run);
	cr_expect_null(strstr(run.err, "without their root"), "%s", run.err);
	run__free(&run);
}
