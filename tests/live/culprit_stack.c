/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack of a culprit, whatever its program is made of and wherever its files have gone. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/compile.h"
#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(culprit_stack, .init = tt__require_live, .fini = tt__cleanup);

#define DIED_OF_SEGV (128 + SIGSEGV)

/* main() calls carry(), which calls spoil(), which writes to address 8; "wait": when told to. */
static const char spoiler[] =
	"#include <stdio.h>\n"
	"#include <sys/resource.h>\n"
	"#define ODD __attribute__((noinline, noclone)) static void\n"
	"ODD spoil(long at) { *(volatile int *)at = 1; __asm__ volatile(\"\"); }\n"
	"ODD carry(long at) { spoil(at); __asm__ volatile(\"\"); }\n"
	"int main(int argc, char **argv) {\n"
	"  struct rlimit none = { 0, 0 };\n"
	"  setrlimit(RLIMIT_CORE, &none);\n"
	"  (void)argv;\n"
	"  if (argc > 1) { puts(\"ready\"); fflush(stdout); getchar(); }\n"
	"  carry(8);\n"
	"  return 0;\n"
	"}\n";

/* ---- what is expected ---- */

static json_t *the_crash(json_t *crashes)
{
	cr_assert_eq(json_array_size(crashes), 1, "%zu crashes", json_array_size(crashes));
	return json_array_get(crashes, 0);
}

static const char *frame(json_t *crash, size_t i)
{
	const char *text = json_string_value(json_array_get(js__at(crash, "culprit.stack"), i));

	return text ? text : "";
}

static const char *root(json_t *crash)
{
	size_t count = json_array_size(js__at(crash, "culprit.stack"));

	return count ? frame(crash, count - 1) : "";
}

static void check_frames(json_t *crash, const char *const names[])
{
	char *stack = json_dumps(js__at(crash, "culprit.stack"), JSON_COMPACT);
	size_t i;

	for (i = 0; names[i]; i++)
		cr_expect_str_eq(frame(crash, i), names[i], "frame %zu of %s", i, stack);
	free(stack);
}

static void check_spoiler(const char *program)
{
	json_t *crashes = watch__program(ARGS("--", program), DIED_OF_SEGV);
	json_t *crash = the_crash(crashes);

	check_frames(crash, ARGS("spoil", "carry", "main"));
	cr_expect_str_eq(js__str(crash, "culprit.function"), "spoil");
	json_decref(crashes);
}

static void check_spoiler_with_root(const char *program)
{
	json_t *crashes = watch__program(ARGS("--", program), DIED_OF_SEGV);

	check_frames(the_crash(crashes), ARGS("spoil", "carry", "main"));
	cr_expect_str_eq(root(the_crash(crashes)), "_start");
	json_decref(crashes);
}

/* ---- many mappings ---- */

/* Two neighbours that differ are not put together. */
static const char mapper[] =
	"#include <stdlib.h>\n"
	"#include <sys/mman.h>\n"
	"#include <sys/resource.h>\n"
	"__attribute__((noinline)) static void spoil(long at) { *(volatile int *)at = 1; }\n"
	"int main(int argc, char **argv) {\n"
	"  long n = atol(argv[1]), i;\n"
	"  struct rlimit none = { 0, 0 };\n"
	"  setrlimit(RLIMIT_CORE, &none);\n"
	"  for (i = 0; i < n; i++)\n"
	"    if (mmap(0, 4096, i % 2 ? PROT_READ : PROT_READ | PROT_EXEC,\n"
	"             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)\n"
	"      return 9;\n"
	"  spoil(8);\n"
	"  return argc;\n"
	"}\n";

Test(culprit_stack, of_20000_mappings)
{
	const char *program = compile("mapper", mapper, ARGS("gcc", "-O1"));
	json_t *crashes = watch__program(ARGS("--", program, "20000"), DIED_OF_SEGV);

	check_frames(the_crash(crashes), ARGS("spoil", "main"));
	cr_expect_str_eq(root(the_crash(crashes)), "_start");
	json_decref(crashes);
}

/* Each library calls the next one. */
static const char hop[] = "long hop(void **next, long left) {\n"
			  "  long (*to)(void **, long) = next[0];\n"
			  "  return left ? to(next + 1, left - 1) + 1 : *(volatile int *)8;\n"
			  "}\n";

static const char hopper[] =
	"#include <dlfcn.h>\n"
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"#include <sys/resource.h>\n"
	"int main(int argc, char **argv) {\n"
	"  static void *hops[1000];\n"
	"  long n = atol(argv[1]), i;\n"
	"  struct rlimit none = { 0, 0 };\n"
	"  char path[500];\n"
	"  setrlimit(RLIMIT_CORE, &none);\n"
	"  for (i = 0; i < n; i++) {\n"
	"    void *library;\n"
	"    snprintf(path, sizeof(path), \"%s.%ld\", argv[2], i);\n"
	"    library = dlopen(path, RTLD_NOW);\n"
	"    if (!library || !(hops[i] = dlsym(library, \"hop\"))) return 9;\n"
	"  }\n"
	"  return argc + (int)((long (*)(void **, long))hops[0])(hops + 1, n - 1);\n"
	"}\n";

static json_t *crash_in_libraries(const char *count)
{
	const char *library = compile("hop.so", hop, ARGS("gcc", "-O1", "-shared", "-fPIC"));
	const char *program = compile("hopper", hopper, ARGS("gcc", "-O1", "-ldl"));
	char copies[200];

	snprintf(copies, sizeof(copies), "for i in $(seq 0 %s); do cp hop.so hop.so.$i; done",
		 count);
	compile__shell("seq", copies);
	return watch__program(ARGS("--", program, count, library), DIED_OF_SEGV);
}

Test(culprit_stack, through_200_libraries)
{
	json_t *crashes = crash_in_libraries("200"), *crash = the_crash(crashes);
	size_t i;

	for (i = 0; i < 200; i++)
		cr_expect_str_eq(frame(crash, i), "hop", "frame %zu is %s", i, frame(crash, i));
	cr_expect_str_eq(frame(crash, 200), "main");
	cr_expect_str_eq(root(crash), "_start");
	json_decref(crashes);
}

Test(culprit_stack, through_more_libraries_than_are_kept_says_so)
{
	json_t *crashes = crash_in_libraries("400"), *crash = the_crash(crashes);

	cr_expect_str_eq(frame(crash, 0), "hop");
	cr_expect_str_eq(root(crash), "[truncated: too many mappings]");
	json_decref(crashes);
}

/* ---- names from other files, and in other languages ---- */

Test(culprit_stack, of_a_stripped_program_with_its_symbols_beside_it)
{
	const char *program = compile("app", spoiler, ARGS("gcc", "-g", "-O1"));

	compile__shell("objcopy", "objcopy --only-keep-debug app app.debug && strip app && "
				  "objcopy --add-gnu-debuglink=app.debug app");
	check_spoiler_with_root(program);
}

Test(culprit_stack, of_a_stripped_program_with_symbols_in_gnu_debugdata)
{
	const char *program = compile("mini", spoiler, ARGS("gcc", "-O1"));

	compile__shell("xz",
		       "objcopy --only-keep-debug mini mini.debug && xz mini.debug && "
		       "strip mini && objcopy --add-section .gnu_debugdata=mini.debug.xz mini");
	check_spoiler_with_root(program);
}

Test(culprit_stack, names_of_cxx_are_plain_and_whole)
{
	static const char source[] =
		"#include <sys/resource.h>\n"
		"namespace app { template <class Key, class Value> struct Cache {\n"
		"  __attribute__((noinline)) void spoil(long at) { *(volatile int *)at = 1; } }; }\n"
		"int main() {\n"
		"  struct rlimit none = { 0, 0 };\n"
		"  setrlimit(RLIMIT_CORE, &none);\n"
		"  app::Cache<app::Cache<int, long>, app::Cache<char, unsigned long>> cache;\n"
		"  cache.spoil(8);\n"
		"}\n";
	const char *program = compile("cache", source, ARGS("g++", "-O1"));
	json_t *crashes = watch__program(ARGS("--", program), DIED_OF_SEGV);

	check_frames(the_crash(crashes), ARGS("app::Cache<app::Cache<int, long>, "
					      "app::Cache<char, unsigned long> >::spoil(long)",
					      "main"));
	json_decref(crashes);
}

Test(culprit_stack, of_a_static_program_of_musl)
{
	check_spoiler(compile("static", spoiler, ARGS("musl-gcc", "-static", "-O1")));
}

Test(culprit_stack, of_a_static_program_of_musl_without_frame_pointers)
{
	check_spoiler(compile("nofp", spoiler,
			      ARGS("musl-gcc", "-static", "-O2", "-fomit-frame-pointer")));
}

/* ---- files that are gone ---- */

/* It has begun, is watched, and something has been done to its file: now it crashes. */
static json_t *crash_after(const char *program, const char *command)
{
	struct proc load;
	struct watch watch;
	json_t *crashes;
	struct run run;
	char pid[16];

	proc__start(&load, ARGS(program, "wait"), &(struct proc_opts){ .want_stdin = true });
	free(proc__line(&load, 0));
	snprintf(pid, sizeof(pid), "%d", load.pid);
	if (command)
		compile__shell("sh", command);
	watch__start(&watch, ARGS("--window", "100ms", "-p", pid));
	usleep(300000); /* it looks at the programs that are there */
	proc__say(&load, "go");
	proc__finish(&load, &run);
	run__free(&run);
	proc__finish(&watch.proc, &run);
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	crashes = js__parse_lines(file__read(watch.file));
	return crashes;
}

static void check_crash_after(const char *program, const char *command)
{
	json_t *crashes = crash_after(program, command);

	check_frames(the_crash(crashes), ARGS("spoil", "carry", "main"));
	json_decref(crashes);
}

/* The other program has other functions at the same places. */
Test(culprit_stack, of_a_program_that_was_replaced)
{
	static const char other[] = "int wrong_one(int a) { return a + 1; }\n"
				    "int wrong_two(int a) { return wrong_one(a) + 2; }\n"
				    "int main(void) { return wrong_two(3); }\n";
	const char *program = compile("live", spoiler, ARGS("gcc", "-O1"));

	compile("other", other, ARGS("gcc", "-O1"));
	check_crash_after(program, "mv other live");
}

Test(culprit_stack, of_a_program_that_was_deleted)
{
	check_crash_after(compile("live", spoiler, ARGS("gcc", "-O1")), "rm live");
}

/* Deleted while it is watched: it was opened before. */
Test(culprit_stack, of_a_program_that_deletes_itself)
{
	static const char source[] =
		"#include <sys/resource.h>\n"
		"#include <unistd.h>\n"
		"__attribute__((noinline)) static void spoil(long at) { *(volatile int *)at = 1; }\n"
		"int main(int argc, char **argv) {\n"
		"  struct rlimit none = { 0, 0 };\n"
		"  setrlimit(RLIMIT_CORE, &none);\n"
		"  usleep(500000);\n"
		"  unlink(argv[0]);\n"
		"  spoil(8);\n"
		"  return argc;\n"
		"}\n";
	const char *program = compile("gone", source, ARGS("gcc", "-O1"));
	json_t *crashes = watch__program(ARGS("--", program), DIED_OF_SEGV);

	check_frames(the_crash(crashes), ARGS("spoil", "main"));
	json_decref(crashes);
}

/* The path of a descriptor that has the program's bytes, and no file. */
static const char *without_name(const char *program)
{
	int fd = memfd_create("app", 0), file = open(program, O_RDONLY | O_CLOEXEC);
	static char path[64];
	char bytes[4096];
	ssize_t n;

	while ((n = read(file, bytes, sizeof(bytes))) > 0)
		cr_assert_eq(write(fd, bytes, (size_t)n), n);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	return path;
}

Test(culprit_stack, of_a_program_without_a_name)
{
	check_crash_after(without_name(compile("named", spoiler, ARGS("gcc", "-O1"))), NULL);
}

/*
 * It lives for less than a millisecond: whoever looks ten times a second does not see it alive.
 * It is opened when it begins, mostly in time; once is enough for all that come after it.
 */
Test(culprit_stack, of_programs_without_a_name_that_crash_at_once)
{
	static const char source[] =
		"#include <sys/resource.h>\n"
		"__attribute__((noinline)) static void spoil(long at) { *(volatile int *)at = 1; }\n"
		"int main(void) { struct rlimit none = { 0, 0 };\n"
		"  setrlimit(RLIMIT_CORE, &none); spoil(8); return 0; }\n";
	const char *path = without_name(compile("hasty", source, ARGS("gcc", "-O1")));
	json_t *crashes = watch__program(
		ARGS("--window", "100ms", "--", "sh", "-c",
		     "for i in $(seq 30); do $0; sleep 0.05; done 2>/dev/null; exit 0", path),
		0);
	json_t *crash;
	size_t i, named = 0;

	cr_expect_eq(json_array_size(crashes), 30);
	json_array_foreach(crashes, i, crash)
		named += !strcmp(js__str(crash, "culprit.function"), "spoil");
	cr_expect_gt(named, 0);
	json_decref(crashes);
}

/* As in a container: its file system is gone when it is asked for. */
static void check_overlay(const char *copy)
{
	char command[600];
	const char *app = compile("app", spoiler, ARGS("gcc", "-O1", "-static"));
	json_t *crashes, *crash;

	snprintf(command, sizeof(command),
		 "cd \"${0%%/*}\" && mkdir t && mount -t tmpfs none t && cp app t && cd t && "
		 "mkdir lower upper work root && %s",
		 copy);
	compile__shell("unshare", "unshare -m true");
	crashes = watch__program(ARGS("--window", "100ms", "--", "unshare", "-m", "sh", "-c",
				      command, app),
				 DIED_OF_SEGV);
	crash = the_crash(crashes);
	cr_expect_str_eq(js__str(crash, "comm"), "app");
	check_frames(crash, ARGS("spoil", "carry", "main"));
	json_decref(crashes);
}

#define OVERLAY "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root"

Test(culprit_stack, of_a_program_in_the_lower_layer_of_an_overlay)
{
	check_overlay("cp app lower && " OVERLAY " && (sleep 0.5; echo) | chroot root /app wait");
}

Test(culprit_stack, of_a_program_in_the_upper_layer_of_an_overlay)
{
	check_overlay(OVERLAY " && cp app root && (sleep 0.5; echo) | chroot root /app wait");
}

/* ---- in a recording ---- */

static int frames_of(const char *file, const char *kind)
{
	sqlite3_stmt *query;
	sqlite3 *db;
	int count;

	cr_assert_eq(sqlite3_open(file, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db,
					"SELECT count(*) FROM frames JOIN modules USING (module) "
					"WHERE name = 'spoil' AND kind = ?",
					-1, &query, NULL),
		     SQLITE_OK);
	sqlite3_bind_text(query, 1, kind, -1, SQLITE_STATIC);
	cr_assert_eq(sqlite3_step(query), SQLITE_ROW);
	count = sqlite3_column_int(query, 0);
	sqlite3_finalize(query);
	sqlite3_close(db);
	return count;
}

/* It is code of a file there, and not just a text. */
Test(culprit_stack, is_made_of_the_frames_of_its_recording)
{
	const char *program = compile("app", spoiler, ARGS("gcc", "-O1"));
	const char *file = tt__temp("crash.tasktoll");
	struct run run;

	tt__run(&run, ARGS("record", "-q", "-o", file, "--", program), NULL);
	cr_expect_eq(run.status, DIED_OF_SEGV, "status %d: %s", run.status, run.err);
	run__free(&run);
	cr_expect_eq(frames_of(file, "file"), 1);
	cr_expect_eq(frames_of(file, "mark"), 0);
}

/* ---- crashes outside the target ---- */

#define STORM 1500

static int *volatile nowhere;

/* Its children crash one after the other, as fast as they can. */
static pid_t storm__start(void)
{
	pid_t storm = fork();
	int i;

	cr_assert_geq(storm, 0);
	if (storm)
		return storm;
	for (i = 0; i < STORM; i++) {
		pid_t child = fork();

		if (!child) {
			signal(SIGSEGV, SIG_DFL); /* the test's own would write of it */
			*(volatile int *)nowhere = 1;
		}
		waitpid(child, NULL, 0);
	}
	_exit(0);
}

Test(culprit_stack, of_others_are_not_taken_by_stat_and_not_lost)
{
	pid_t storm = storm__start();
	json_t *stat = tt__stat(ARGS("--", "sleep", "1.5"));

	cr_expect_eq(js__u64(stat, "lost.stacks"), 0, "it lost %lu", js__u64(stat, "lost.stacks"));
	cr_expect(js__bool(stat, "complete"));
	json_decref(stat);
	kill(storm, SIGKILL);
	waitpid(storm, NULL, 0);
}

/* Status 0: nothing of the target was lost. */
Test(culprit_stack, of_the_target_are_taken_beside_a_storm_of_others)
{
	const char *program = compile("app", spoiler, ARGS("gcc", "-O1"));
	pid_t storm = storm__start();
	struct watch watch;
	json_t *crashes, *crash;
	struct proc load;
	struct run run;
	char pid[16];
	size_t i;

	proc__start(&load,
		    ARGS("/bin/sh", "-c", "read x; for i in 1 2 3 4 5; do \"$0\"; done", program),
		    &(struct proc_opts){ .want_stdin = true });
	snprintf(pid, sizeof(pid), "%d", load.pid);
	watch__start(&watch, ARGS("--window", "200ms", "-p", pid));
	proc__say(&load, "go");
	proc__finish(&load, &run);
	run__free(&run);
	proc__finish(&watch.proc, &run);
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	crashes = js__parse_lines(file__read(watch.file));
	cr_expect_eq(json_array_size(crashes), 5);
	json_array_foreach(crashes, i, crash)
		check_frames(crash, ARGS("spoil", "carry", "main"));
	json_decref(crashes);
	kill(storm, SIGKILL);
	waitpid(storm, NULL, 0);
}
