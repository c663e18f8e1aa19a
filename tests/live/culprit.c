/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who crashed, of what, where; and the threads and the family that it took with it. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/compile.h"
#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(culprit, .init = tt__require_live, .fini = tt__cleanup);

/* Runs a crasher to its end; what it wrote before. */
static json_t *crash(const char *threads, const char *how, const char *family)
{
	const char *file = tt__temp("facts");
	struct run run;

	run__do(&run, ARGS(tt__load("crasher"), threads, how, "-o", file, family), NULL);
	cr_expect_gt(run.status, 128, "%s: status %d: %s", how, run.status, run.err);
	run__free(&run);
	return js__parse_file(file);
}

static void check_culprit(json_t *crashes, json_t *facts, uint64_t threads)
{
	json_t *crash = watch__crash(crashes, js__pid(facts, "pid")), *victim;
	size_t i;

	cr_expect_str_eq(js__str(crash, "class"), "crash");
	cr_expect_str_eq(js__str(crash, "signal"), js__str(facts, "signal"));
	cr_expect_eq(js__pid(crash, "culprit.tid"), js__pid(facts, "culprit"), "%s: %d, it was %d",
		     js__str(facts, "function"), js__pid(crash, "culprit.tid"),
		     js__pid(facts, "culprit"));
	cr_expect(js__find(crash, "culprit.function") &&
			  json_is_string(js__at(crash, "culprit.function")),
		  "%s: no stack: %s", js__str(facts, "function"),
		  js__str(crash, "culprit.no_stack"));
	cr_expect_str_eq(js__str(crash, "culprit.function"), js__str(facts, "function"));
	cr_expect(js__bool(crash, "ended"), "%s: its end was not seen", js__str(facts, "function"));
	cr_expect_eq(js__u64(crash, "threads"), threads);
	cr_expect_eq(crash__ring(crash, 0), threads - 1);
	json_array_foreach(js__at(crash, "victims"), i, victim) {
		if (!js__u64(victim, "ring"))
			cr_expect_str_eq(js__str(victim, "how"), "sibling");
	}
	cr_expect_null(victim_of(crash, js__pid(facts, "culprit")));
}

static void check_ways(const char *const hows[], size_t count)
{
	long i, n = tt__runs(3) * (long)count;
	json_t *facts = json_array(), *crashes, *one;
	struct watch watch;
	size_t at;

	watch__start_below_us(&watch, "100ms");
	for (i = 0; i < n; i++)
		json_array_append_new(facts, crash("64", hows[(size_t)i % count], NULL));
	watch__wait(&watch, (size_t)n);
	crashes = watch__stop(&watch, 0);
	cr_expect_eq(json_array_size(crashes), (size_t)n, "%zu crashes of %ld",
		     json_array_size(crashes), n);
	json_array_foreach(facts, at, one)
		check_culprit(crashes, one, 64);
	json_decref(crashes);
	json_decref(facts);
}

Test(culprit, of_64_threads)
{
	static const char *const hows[] = { "null", "abort", "divide", "guard" };

	check_ways(hows, 4);
}

Test(culprit, of_stranger_ways)
{
	static const char *const hows[] = { "illegal", "jump", "deep", "twice" };

	check_ways(hows, 4);
}

Test(culprit, of_names_like_the_library_s)
{
	static const char *const hows[] = { "aborter", "raiser", "killer" };

	check_ways(hows, 3);
}

Test(culprit, of_what_the_library_notices)
{
	static const char *const hows[] = { "assert", "free", "smash" };

	check_ways(hows, 3);
}

/* No file tells which functions of a static program are the library's. */
Test(culprit, of_what_the_library_of_a_static_program_notices)
{
	static const char source[] =
		"#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
		"#include <sys/resource.h>\n"
		"static char small[8], format[] = \"%d%n\\n\", text[] = \"%s\";\n"
		"static char *volatile f = format, *volatile t = text; static volatile int sink;\n"
		"#define F(x) __attribute__((noinline, noclone)) static void at_##x(void)\n"
		"#define KEEP __asm__ volatile(\"\" ::: \"memory\")\n"
		"F(printf) { int k; printf(f, 3, &k); KEEP; }\n"
		"F(fprintf) { int k; fprintf(stderr, f, 3, &k); KEEP; }\n"
		"F(sprintf) { sprintf(small, t, \"does not fit in\"); KEEP; }\n"
		"F(fread) { volatile size_t n = 64; sink = (int)fread(small, 1, n, stdin); }\n"
		"F(puts) { void **p = malloc(100); void *volatile v = p; size_t i;\n"
		"  for (i = 13, p = v; i < 70; i++) p[i] = (void *)(size_t)0x4141414141414141;\n"
		"  KEEP; puts(t); KEEP; }\n"
		"static const struct { const char *name; void (*at)(void); } all[] = {\n"
		"  { \"printf\", at_printf }, { \"fprintf\", at_fprintf }, { \"sprintf\", at_sprintf },\n"
		"  { \"fread\", at_fread }, { \"puts\", at_puts } };\n"
		"int main(int argc, char **argv) { struct rlimit none = { 0, 0 }; size_t i;\n"
		"  setrlimit(RLIMIT_CORE, &none);\n"
		"  for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)\n"
		"    if (argc > 1 && !strcmp(argv[1], all[i].name)) all[i].at();\n"
		"  return 0; }\n";
	static const char *const hows[] = { "printf", "fprintf", "sprintf", "fread", "puts" };
	const char *program = compile("noticed", source,
				      ARGS("gcc", "-w", "-static", "-O1", "-U_FORTIFY_SOURCE",
					   "-D_FORTIFY_SOURCE=2"));
	json_t *crashes = watch__program(
		ARGS("--", "sh", "-c",
		     "for how in printf fprintf sprintf fread puts; do $0 $how < /dev/zero; done; exit 0",
		     program),
		0);
	char name[32];
	size_t i;

	cr_expect_eq(json_array_size(crashes), sizeof(hows) / sizeof(hows[0]));
	for (i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		snprintf(name, sizeof(name), "at_%s", hows[i]);
		cr_expect_str_eq(js__str(json_array_get(crashes, i), "culprit.function"), name);
	}
	json_decref(crashes);
}

/* Ended by pid, unless the death of their parent has done so. */
static void end_family(json_t *facts)
{
	static const char *const lists[] = { "children", "grandchildren" };
	json_t *pid;
	size_t l, i;

	for (l = 0; l < 2; l++)
		json_array_foreach(js__at(facts, lists[l]), i, pid)
			kill((pid_t)json_integer_value(pid), SIGKILL);
}

static void check_family(json_t *crash, json_t *facts)
{
	json_t *pid;
	size_t i;

	crash__expect(crash, js__pid(facts, "pdeathsig"), 1, "pdeathsig", "died");
	json_array_foreach(js__at(facts, "children"), i, pid)
		crash__expect(crash, (pid_t)json_integer_value(pid), 1, "orphan", "orphaned");
	json_array_foreach(js__at(facts, "grandchildren"), i, pid)
		crash__expect(crash, (pid_t)json_integer_value(pid), 1, "orphan", "orphaned");
	cr_expect_eq(crash__ring(crash, 1), 5);
	cr_expect_eq(crash__ring(crash, 0), 63);
	cr_expect_eq(js__u64(crash, "fan_out"), 63 + 5);
}

Test(culprit, and_its_family)
{
	long i, n = tt__runs(3);
	struct watch watch;
	json_t *facts, *crashes;

	for (i = 0; i < n; i++) {
		watch__start_below_us(&watch, "300ms");
		facts = crash("64", i % 2 ? "null" : "abort", "family");
		watch__wait(&watch, 1);
		crashes = watch__stop(&watch, 0);
		check_culprit(crashes, facts, 64);
		check_family(watch__crash(crashes, js__pid(facts, "pid")), facts);
		end_family(facts);
		json_decref(crashes);
		json_decref(facts);
	}
}
