/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs whose chains of calls are known, for they print them: each stack is one of these chains
 * from the root on, or it is marked, and then what is shown is the inner end of one.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/tt.h"

TestSuite(chains, .init = tt__require_live, .fini = tt__cleanup, .timeout = 240);

#define CHAINS "40"
#define NAPS   5 /* of each, in three rounds */

/* Frames of 16 bytes to 64 KiB; what is deeper than 6 MiB is cut short. */
static const char source[] =
	"#include <alloca.h>\n"
	"#include <signal.h>\n"
	"#include <pthread.h>\n"
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"#include <string.h>\n"
	"#include <time.h>\n"
	"#include <ucontext.h>\n"
	"#include <sys/mman.h>\n"
	"#include <sys/resource.h>\n"
	"#include <unistd.h>\n"
	"#define KEPT __attribute__((noinline, noclone))\n"
	"#define REST __asm__ volatile(\"\" ::: \"memory\")\n"
	"static int chain[128], length, handled;\n"
	"static const char *how;\n"
	"typedef void step(int);\n"
	"static step *const steps[];\n"
	"KEPT void nap(void)\n"
	"{\n"
	"	struct timespec ts = { .tv_nsec = 100000 };\n"
	"	struct rusage was, is;\n"
	"	getrusage(1, &was);\n" /* RUSAGE_THREAD */
	"	do { /* a timer may fire before its sleeper has left the CPU */\n"
	"		nanosleep(&ts, NULL);\n"
	"		getrusage(1, &is);\n"
	"	} while (is.ru_nvcsw == was.ru_nvcsw);\n"
	"	REST;\n"
	"}\n"
	"static inline __attribute__((always_inline)) void go(int at)\n"
	"{\n"
	"	if (at == length / 2 && handled) { handled = 0; raise(SIGUSR1); }\n"
	"	else if (at < length) steps[chain[at]](at + 1);\n"
	"	else nap();\n"
	"	REST;\n"
	"}\n"
	"#define STEP(name, size) KEPT void name(int at) \\\n"
	"{ volatile char room[size]; room[0] = 1; room[size - 1] = 1; go(at); room[0] = 2; REST; }\n"
	"STEP(s16, 16) STEP(s200, 200) STEP(s600, 600) STEP(s2000, 2000) STEP(s9000, 9000) STEP(s65536, 65536)\n"
	/* the one that keeps a frame pointer in any case: frame pointers pass over the others */
	"KEPT void s4000x(int at) { volatile char *room = alloca(17 + at * 37); *room = 1; go(at); *room = 2; REST; }\n"
	"#ifndef KINDS\n"
	"#define KINDS 7\n"
	"#endif\n"
	"static step *const steps[] = { s16, s200, s600, s2000, s9000, s4000x, s65536 };\n"
	"static const char *const names[] = { \"s16\", \"s200\", \"s600\", \"s2000\", \"s9000\", \"s4000x\", \"s65536\" };\n"
	"static const int sizes[] = { 16, 200, 600, 2000, 9000, 4200, 65536 };\n"
	"KEPT void on_signal(int signo) { (void)signo; go(length / 2); REST; }\n"
	"#ifndef NO_COROUTINES\n"
	"static ucontext_t here, there;\n"
	"KEPT void coroutine(void) { go(0); REST; }\n"
	"#endif\n"
	"KEPT void *thread(void *arg) { go(0); REST; return arg; }\n"
	"KEPT void run(void)\n"
	"{\n"
	"	handled = strstr(how, \"signal\") != NULL;\n"
	"	if (0) {\n"
	"#ifndef NO_COROUTINES\n"
	"	} else if (!strcmp(how, \"coroutine\")) {\n"
	"		getcontext(&there);\n"
	"		there.uc_stack.ss_sp = mmap(0, 8 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"
	"		there.uc_stack.ss_size = 8 << 20;\n"
	"		there.uc_link = &here;\n"
	"		makecontext(&there, coroutine, 0);\n"
	"		swapcontext(&here, &there);\n"
	"		munmap(there.uc_stack.ss_sp, 8 << 20);\n"
	"#endif\n"
	"	} else if (!strcmp(how, \"thread\")) {\n"
	"		pthread_t id;\n"
	"		pthread_create(&id, NULL, thread, NULL);\n"
	"		pthread_join(id, NULL);\n"
	"	} else {\n"
	"		go(0);\n"
	"	}\n"
	"	REST;\n"
	"}\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	struct sigaction action = { .sa_handler = on_signal };\n"
	"	stack_t alternate = { .ss_size = 8 << 20 };\n"
	"	FILE *out = fopen(argv[3], \"w\");\n"
	"	how = argv[2];\n"
	"	if (!strcmp(how, \"signal-stack\")) {\n"
	"		alternate.ss_sp = mmap(0, 8 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"
	"		sigaltstack(&alternate, NULL);\n"
	"		action.sa_flags = SA_ONSTACK;\n"
	"	}\n"
	"	sigaction(SIGUSR1, &action, NULL);\n"
	"	for (int round = 0; round < 3; round++) {\n" /* the first ones teach */
	"		srand(1);\n"
	"		for (int i = atoi(argv[1]); i--;) {\n"
	"			int bytes = 0, want = 1 + rand() % 112;\n"
	"			for (length = 0; length < want && bytes < 6 << 20; length++) {\n"
	"				chain[length] = rand() % KINDS;\n"
	"				bytes += sizes[chain[length]] + 64;\n"
	"			}\n"
	"			for (int j = 0; j < length; j++)\n"
	"				fprintf(out, \"%s;\", names[chain[j]]);\n"
	"			fputc('\\n', out);\n"
	"			for (int j = 0; j < 5; j++)\n"
	"				run();\n"
	"		}\n"
	"		sleep(round < 2 ? 2 : 0);\n"
	"	}\n"
	"	return fclose(out) || argc != 4;\n"
	"}\n";

/* ---- what is shown ---- */

/* The steps of a stack, "s16;s200;", without what lies between them. */
static void steps_of(const char *line, size_t length, char *steps)
{
	const char *at = line, *end = line + length;

	*steps = 0;
	while (at < end) {
		size_t n = strcspn(at, ";\n");

		if (n > 1 && at[0] == 's' && at[1] >= '1' && at[1] <= '9') {
			strncat(steps, at, n);
			strcat(steps, ";");
		}
		at += n + 1;
	}
}

struct shown {
	unsigned long whole, marked, wrong;
};

static bool ends_with(const char *line, size_t length, const char *end)
{
	size_t n = strlen(end);

	return n <= length && !memcmp(line + length - n, end, n);
}

/* Is it one of the chains that were printed, or the inner end of one? */
static bool is_printed(const char *chains, const char *steps, bool whole)
{
	const char *line = chains;

	while (*line) {
		size_t length = strcspn(line, "\n");

		if (ends_with(line, length, steps) && (!whole || strlen(steps) == length))
			return true;
		line += length + (line[length] == '\n');
	}
	return false;
}

static struct shown compare(const char *folded, const char *chains)
{
	struct shown shown = { 0 };
	const char *line = folded;
	char steps[4096];

	while (*line) {
		size_t length = strcspn(line, "\n");
		const char *number = memrchr(line, ' ', length);
		unsigned long weight = number ? strtoul(number + 1, NULL, 10) : 0;
		bool marked = memmem(line, length, "[truncated: ", 12);

		if (memmem(line, length, ";nap;", 5)) {
			steps_of(line, length, steps);
			if (!is_printed(chains, steps, !marked)) {
				shown.wrong += weight;
				cr_log_error("wrong: %.*s", (int)length, line);
			} else if (marked) {
				shown.marked += weight;
			} else {
				shown.whole += weight;
			}
		}
		line += length + (line[length] == '\n');
	}
	return shown;
}

static struct shown record(const char *program, const char *how)
{
	char file[512], chains_file[512], *chains;
	struct shown shown;
	struct run run;

	snprintf(file, sizeof(file), "%s", tt__temp("run.tasktoll"));
	snprintf(chains_file, sizeof(chains_file), "%s", tt__temp("printed"));
	tt__run(&run,
		ARGS("record", "-q", "--force", "-o", file, "--", program, CHAINS, how,
		     chains_file),
		NULL);
	tt__expect_success(&run);
	run__free(&run);
	tt__run(&run, ARGS("flame", file, "--metric", "switches", "-q"), NULL);
	tt__expect_success(&run);
	chains = file__read(chains_file);
	cr_assert_not_null(chains);
	shown = compare(run.out, chains);
	free(chains);
	run__free(&run);
	return shown;
}

static void check(const char *const compiler[], const char *how)
{
	struct shown shown = record(compile("program", source, compiler), how);

	cr_log_info("%s, %s: %lu whole, %lu marked, %lu wrong", compiler[0], how, shown.whole,
		    shown.marked, shown.wrong);
	cr_expect_eq(shown.wrong, 0);
	cr_expect_geq(shown.whole + shown.marked, 3 * 40UL * NAPS);
	cr_expect_gt(shown.whole, 0UL);
}

/* ---- kinds of programs ---- */

Test(chains, pie)
{
	check(ARGS("gcc", "-O2", "-fomit-frame-pointer", "-pie", "-fPIE"), "plain");
}

Test(chains, not_pie)
{
	check(ARGS("gcc", "-O2", "-fomit-frame-pointer", "-no-pie"), "plain");
}

Test(chains, with_debug_information)
{
	check(ARGS("gcc", "-O2", "-g", "-fomit-frame-pointer"), "plain");
}

Test(chains, with_frame_pointers)
{
	check(ARGS("gcc", "-O2", "-fno-omit-frame-pointer"), "plain");
}

Test(chains, of_a_static_program)
{
	check(ARGS("gcc", "-O2", "-fomit-frame-pointer", "-static"), "plain");
}

Test(chains, of_clang)
{
	check(ARGS("clang", "-O2", "-fomit-frame-pointer"), "plain");
}

Test(chains, of_musl)
{
	check(ARGS("musl-gcc", "-O2", "-fomit-frame-pointer", "-DNO_COROUTINES"), "plain");
}

/* Its code alone tells where callers are; but for a frame of 64 KiB, whose caller no copy reaches. */
Test(chains, of_musl_without_any_information)
{
	const char *const compiler[] = { "musl-gcc",
					 "-static",
					 "-O2",
					 "-fomit-frame-pointer",
					 "-fno-asynchronous-unwind-tables",
					 "-DNO_COROUTINES",
					 NULL };
	const char *const shallow[] = { "musl-gcc",
					"-static",
					"-O2",
					"-fomit-frame-pointer",
					"-fno-asynchronous-unwind-tables",
					"-DNO_COROUTINES",
					"-DKINDS=6",
					NULL };

	check(shallow, "plain");
	cr_expect_eq(record(compile("program", source, compiler), "plain").wrong, 0);
}

/* ---- kinds of stacks ---- */

Test(chains, of_a_thread)
{
	check(ARGS("gcc", "-O2", "-fomit-frame-pointer", "-pthread"), "thread");
}

Test(chains, through_a_signal)
{
	check(ARGS("gcc", "-O2", "-fomit-frame-pointer"), "signal");
}

Test(chains, through_a_signal_on_a_stack_of_its_own)
{
	check(ARGS("gcc", "-O2", "-fomit-frame-pointer"), "signal-stack");
}

Test(chains, of_a_coroutine)
{
	check(ARGS("gcc", "-O2", "-fomit-frame-pointer"), "coroutine");
}

Test(chains, of_a_coroutine_by_clang)
{
	check(ARGS("clang", "-O2", "-fomit-frame-pointer"), "coroutine");
}
