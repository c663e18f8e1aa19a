/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which function of a stack is named: the one that went wrong, not the way in which it ended. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "make_crash.h"
#include "unit.h"

#define PROGRAM "server"
#define C	"libc.so.6"
#define CXX	"libstdc++.so.6"

/* A stack, innermost first: a function and its file, NULL: not known. */
struct row {
	const char *name, *module;
};

static const char MARK[] = "no file"; /* in its place: the row is no function */

#define STACK(...) ((const struct row[]){ __VA_ARGS__, { NULL, NULL } })

static struct crash *make(int signal, int code, const struct row *rows)
{
	struct crash *crash = calloc(1, sizeof(*crash));
	struct crash_frame *frames = calloc(64, sizeof(*frames));
	size_t n = 0;

	for (; rows[n].name; n++) {
		frames[n].name = strdup(rows[n].name);
		frames[n].module = rows[n].module ? strdup(rows[n].module) : NULL;
		frames[n].mark = rows[n].module == MARK;
	}
	crash->end.class = END_CRASH;
	crash->end.signal = signal;
	crash->code = code;
	crash->culprit.frames = frames;
	crash->culprit.frame_count = n;
	return crash;
}

static void expect(int signal, int code, const struct row *rows, const char *function)
{
	struct crash *crash = make(signal, code, rows);

	SAME_TEXT(crash__function(crash), function);
	crash__free(crash);
}

static void expect_abort(const struct row *rows, const char *function)
{
	expect(SIGABRT, SI_TKILL, rows, function);
}

static void expect_fault(const struct row *rows, const char *function)
{
	expect(SIGSEGV, SEGV_MAPERR, rows, function);
}

#define MAIN                                                                                       \
	{ "main", PROGRAM },                                                                       \
	{                                                                                          \
		"__libc_start_call_main", C                                                        \
	}

/* ---- names of the program that begin or are like the library's ---- */

Test(culprit, names_are_whole_names)
{
	static const char *const names[] = {
		"abort_transaction", "raise_error",  "tgkill_all",
		"free_list",	     "killer",	     "syscall_table",
		"runtime",	     "runtime.cold", "__assert_failures",
		"aborted",	     "raise2",	     "stdterminate"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect_fault(STACK({ names[i], NULL }, { "serve", NULL }), names[i]);
		expect_abort(STACK({ "raise", C }, { "abort", C }, { names[i], PROGRAM }, MAIN),
			     names[i]);
		expect_abort(STACK({ "raise", NULL }, { "abort", NULL }, { names[i], NULL },
				   { "main", NULL }),
			     names[i]);
	}
}

Test(culprit, function_of_the_program_that_bears_the_library_s_name)
{
	static const char *const names[] = { "raise", "kill", "abort", "free", "syscall" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect_fault(STACK({ names[i], PROGRAM }, MAIN), names[i]);
		expect_fault(STACK({ names[i], NULL }, { "main", NULL }), names[i]);
		expect_abort(STACK({ "raise", C }, { "abort", C }, { names[i], PROGRAM }, MAIN),
			     names[i]);
	}
}

Test(culprit, static_program_holds_the_library_s_functions)
{
	expect_abort(STACK({ "__pthread_kill_implementation", PROGRAM }, { "raise", PROGRAM },
			   { "abort", PROGRAM }, { "serve", PROGRAM }, { "main", PROGRAM }),
		     "serve");
}

/* The kernel's vDSO is no sign that the library is a file of its own; of 32 bits all calls pass it. */
Test(culprit, static_program_that_calls_the_kernel_through_the_vdso)
{
	expect_abort(STACK({ "[vdso32+0x5e9]", "vdso32" },
			   { "__pthread_kill_implementation.constprop.0", PROGRAM },
			   { "raise", PROGRAM }, { "abort", PROGRAM }, { "serve", PROGRAM },
			   { "main", PROGRAM }),
		     "serve");
	expect(SIGSEGV, SI_QUEUE,
	       STACK({ "[vdso32+0x5e9]", NULL }, { "sigqueue", PROGRAM }, { "queue", PROGRAM },
		     { "main", PROGRAM }),
	       "queue");
}

/* glibc's own names for its functions, where no file tells whose they are. */
Test(culprit, inner_names_of_the_library)
{
	static const char *const names[] = { "__GI_raise", "__GI_abort", "__GI_kill" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect_abort(STACK({ names[i], PROGRAM }, { "serve", PROGRAM },
				   { "main", PROGRAM }),
			     "serve");
		expect_abort(STACK({ names[i], NULL }, { "serve", NULL }, { "main", NULL }),
			     "serve");
	}
	expect_abort(STACK({ "__GI_serve", PROGRAM }, { "main", PROGRAM }), "__GI_serve");
}

/* ---- the C library ---- */

Test(culprit, abort_and_raise)
{
	expect_abort(STACK({ "__pthread_kill_implementation", C }, { "__GI_raise", C },
			   { "__GI_abort", C }, { "give_up", PROGRAM }, MAIN),
		     "give_up");
	expect_abort(STACK({ "[libc.so.6+0x8aeec]", C }, { "raise", C }, { "abort", C },
			   { "give_up", PROGRAM }, MAIN),
		     "give_up");
	expect(SIGSEGV, SI_USER, STACK({ "kill", C }, { "hurt_itself", PROGRAM }, MAIN),
	       "hurt_itself");
	expect(SIGABRT, SI_QUEUE, STACK({ "sigqueue@@GLIBC_2.2.5", C }, { "queue", PROGRAM }, MAIN),
	       "queue");
}

Test(culprit, assertions_and_checks)
{
	expect_abort(STACK({ "raise", C }, { "abort", C }, { "__assert_fail_base.cold", C },
			   { "__assert_fail", C }, { "check_it", PROGRAM }, MAIN),
		     "check_it");
	expect_abort(STACK({ "raise", NULL }, { "abort", NULL }, { "__libc_message", NULL },
			   { "__fortify_fail", NULL }, { "__stack_chk_fail", NULL },
			   { "smash", NULL }, { "main", NULL }),
		     "smash");
	expect_abort(STACK({ "raise", NULL }, { "abort", NULL }, { "__libc_message", NULL },
			   { "malloc_printerr", NULL }, { "_int_free", NULL }, { "free", NULL },
			   { "twice", NULL }),
		     "twice");
	/* what lies in between has no row of its own, but a file */
	expect_abort(STACK({ "raise", C }, { "abort", C }, { "__chk_fail", C },
			   { "_IO_str_chk_overflow", C }, { "__vfprintf_internal", C },
			   { "___sprintf_chk", C }, { "format", PROGRAM }, MAIN),
		     "format");
}

/* ---- static programs: no file tells which functions are the library's ---- */

/* What of the library noticed something, of a static program. */
#define NOTICED(...)                                                                               \
	STACK({ "__pthread_kill_implementation.constprop.0", PROGRAM }, { "raise", PROGRAM },      \
	      { "abort", PROGRAM }, { "__libc_message", PROGRAM }, __VA_ARGS__,                    \
	      { "main", PROGRAM }, { "_start", PROGRAM })

Test(culprit, static_program_whose_printf_gave_up)
{
	expect_abort(NOTICED({ "__libc_fatal", PROGRAM }, { "__vfprintf_internal", PROGRAM },
			     { "buffered_vfprintf", PROGRAM }, { "__fprintf_chk", PROGRAM },
			     { "serve", PROGRAM }),
		     "serve");
	expect_abort(NOTICED({ "__libc_fatal", PROGRAM }, { "__printf_buffer", PROGRAM },
			     { "__vfprintf_internal", PROGRAM }, { "___printf_chk", PROGRAM },
			     { "serve", PROGRAM }),
		     "serve");
}

Test(culprit, static_program_whose_fortified_function_gave_up)
{
	static const char *const names[] = { "__wcscpy_chk", "__fread_chk", "__getcwd_chk",
					     "__poll_chk", "__explicit_bzero_chk" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect_abort(NOTICED({ "__fortify_fail", PROGRAM }, { "__chk_fail", PROGRAM },
				     { names[i], PROGRAM }, { "serve", PROGRAM }),
			     "serve");
	}
	expect_abort(NOTICED({ "__fortify_fail", PROGRAM }, { "__chk_fail", PROGRAM },
			     { "_IO_str_chk_overflow", PROGRAM }, { "_IO_default_xsputn", PROGRAM },
			     { "__vfprintf_internal", PROGRAM }, { "__vsprintf_internal", PROGRAM },
			     { "__sprintf_chk", PROGRAM }, { "serve", PROGRAM }),
		     "serve");
	expect_abort(NOTICED({ "__fortify_fail", PROGRAM }, { "____longjmp_chk", PROGRAM },
			     { "__longjmp_chk", PROGRAM }, { "serve", PROGRAM }),
		     "serve");
}

Test(culprit, static_program_whose_allocator_gave_up_below_another_function)
{
	expect_abort(NOTICED({ "malloc_printerr", PROGRAM }, { "_int_malloc", PROGRAM },
			     { "malloc", PROGRAM }, { "_IO_file_doallocate", PROGRAM },
			     { "_IO_new_file_overflow", PROGRAM }, { "puts", PROGRAM },
			     { "serve", PROGRAM }),
		     "serve");
	expect_abort(NOTICED({ "malloc_printerr", PROGRAM }, { "_int_free", PROGRAM },
			     { "free", PROGRAM }, { "fclose", PROGRAM }, { "serve", PROGRAM }),
		     "serve");
	expect_abort(NOTICED({ "malloc_printerr", PROGRAM }, { "_int_malloc", PROGRAM },
			     { "_int_memalign", PROGRAM }, { "_mid_memalign.constprop.0", PROGRAM },
			     { "serve", PROGRAM }),
		     "serve");
}

/* The names of such functions say nothing where it is the program that gives up. */
Test(culprit, function_of_the_program_that_is_called_like_one_in_between)
{
	static const char *const names[] = { "printf", "strdup", "_IO_flush", "__overflow" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect(SIGSEGV, SI_KERNEL, STACK({ names[i], PROGRAM }, { "main", PROGRAM }),
		       names[i]);
		expect_abort(STACK({ "raise", PROGRAM }, { "abort", PROGRAM },
				   { names[i], PROGRAM }, { "main", PROGRAM }),
			     names[i]);
		expect_abort(NOTICED({ "__fortify_fail", PROGRAM }, { "__stack_chk_fail", PROGRAM },
				     { names[i], PROGRAM }),
			     names[i]);
		/* the library is a file of its own, and this function does not lie in it */
		expect_abort(STACK({ "raise", C }, { "abort", C }, { "malloc_printerr", C },
				   { "free", C }, { names[i], PROGRAM }, MAIN),
			     names[i]);
	}
	expect_abort(NOTICED({ "malloc_printerr", PROGRAM }, { "free", PROGRAM },
			     { "printf_row", PROGRAM }),
		     "printf_row");
}

Test(culprit, callback_that_the_library_called_gave_up_itself)
{
	expect_abort(STACK({ "raise", C }, { "abort", C }, { "compare", PROGRAM }, { "qsort", C },
			   { "sort_rows", PROGRAM }, MAIN),
		     "compare");
}

/* Whether the library's debug symbols are there must not change the answer. */
Test(culprit, mark_of_a_cut_stack_is_no_function)
{
	struct crash *crash =
		make(SIGSEGV, SEGV_MAPERR, STACK({ "[truncated: mappings lost]", MARK }));

	cr_expect_null(crash__function(crash));
	crash__free(crash);
	expect_abort(STACK({ "raise", C }, { "[truncated: memory not there]", MARK }), "raise");
}

/* A name is what its author likes; only the unwinder says where a stack is cut. */
Test(culprit, function_that_is_called_like_a_mark)
{
	expect_fault(STACK({ "[truncated: damaged]", PROGRAM }, MAIN), "[truncated: damaged]");
	expect_abort(STACK({ "raise", C }, { "abort", C }, { "[truncated: damaged]", NULL },
			   { "main", NULL }),
		     "[truncated: damaged]");
}

Test(culprit, fault_in_the_library_is_its_caller_s)
{
	struct crash *crash =
		make(SIGSEGV, SEGV_MAPERR,
		     STACK({ "__strlen_avx2", C }, { "printf", C }, { "log_line", PROGRAM }, MAIN));

	SAME_TEXT(crash__function(crash), "log_line");
	SAME_TEXT(crash__fault_in(crash), "__strlen_avx2");
	crash__free(crash);
	crash = make(SIGSEGV, SEGV_MAPERR, STACK({ "serve", PROGRAM }, MAIN));
	cr_expect_null(crash__fault_in(crash));
	crash__free(crash);
	expect_fault(STACK({ "_int_free", C }, { "free", C }, { "drop", PROGRAM }, MAIN), "drop");
	expect_fault(STACK({ "[libc.so.6+0x18a3d0]", C }, { "log_line", PROGRAM }, MAIN),
		     "log_line");
	/* old recordings have no more of the file than the name */
	expect_fault(STACK({ "[libc.so.6+0x18a3d0]", NULL }, { "log_line", PROGRAM }, MAIN),
		     "log_line");
	expect_fault(STACK({ "[server+0x18a3d0]", NULL }, { "log_line", PROGRAM }, MAIN),
		     "[server+0x18a3d0]");
	expect_fault(STACK({ "strlen", C }, { "compare", PROGRAM }, { "qsort", C }, MAIN),
		     "compare");
}

/* The library is no file of its own: which of its functions were given a bad pointer tell names. */
Test(culprit, fault_in_what_a_static_program_is_linked_with)
{
	static const char *const names[] = {
		"__memcpy_avx512_unaligned_erms", "__strlen_evex", "memset", "strcmp", "fread",
		"____strtol_l_internal"
	};
	struct crash *crash;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		expect_fault(STACK({ names[i], PROGRAM }, { "serve", PROGRAM },
				   { "main", PROGRAM }),
			     "serve");
	crash = make(SIGSEGV, SEGV_MAPERR,
		     STACK({ "__strlen_avx2", PROGRAM }, { "__vfprintf_internal", PROGRAM },
			   { "printf", PROGRAM }, { "log_line", PROGRAM }, { "main", PROGRAM }));
	SAME_TEXT(crash__function(crash), "log_line");
	SAME_TEXT(crash__fault_in(crash), "__strlen_avx2");
	crash__free(crash);
	expect_fault(STACK({ "strcmp", PROGRAM }, { "msort_with_tmp.part.0", PROGRAM },
			   { "qsort_r", PROGRAM }, { "sort_all", PROGRAM }, { "main", PROGRAM }),
		     "sort_all");
}

/* A program that is not static has these as its own; of an unknown file nothing is said. */
Test(culprit, fault_in_a_function_that_only_is_called_like_the_library_s)
{
	static const char *const names[] = { "strlen", "__memcpy_avx512", "fread", "printf_core" };
	static const char *const longer[] = { "strlen_all", "memcpy_words", "__strlens", "strbuf" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect_fault(STACK({ names[i], PROGRAM }, { "serve", PROGRAM }, MAIN), names[i]);
		expect_fault(STACK({ names[i], NULL }, { "serve", NULL }), names[i]);
	}
	for (i = 0; i < ARRAY_SIZE(longer); i++)
		expect_fault(STACK({ longer[i], PROGRAM }, { "main", PROGRAM }), longer[i]);
}

/* The library is no file of its own; what frees memory has names that are no program's. */
Test(culprit, fault_in_what_a_static_program_frees)
{
	static const char *const names[] = { "free", "realloc", "__libc_free", "__libc_realloc" };
	struct crash *crash;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		expect_fault(STACK({ names[i], PROGRAM }, { "drop", PROGRAM }, { "main", PROGRAM }),
			     "drop");
	crash = make(SIGSEGV, SEGV_MAPERR,
		     STACK({ "get_meta", PROGRAM }, { "__libc_free", PROGRAM }, { "drop", PROGRAM },
			   { "main", PROGRAM }));
	SAME_TEXT(crash__function(crash), "drop");
	SAME_TEXT(crash__fault_in(crash), "get_meta");
	crash__free(crash);
	expect_fault(STACK({ "unlink_chunk.constprop.0", PROGRAM }, { "_int_free", PROGRAM },
			   { "free", PROGRAM }, { "drop", PROGRAM }),
		     "drop");
}

Test(culprit, fault_in_a_function_that_only_is_called_like_the_allocator_s)
{
	expect_fault(STACK({ "get_meta", PROGRAM }, { "drop", PROGRAM }), "get_meta");
	expect_fault(STACK({ "get_meta", PROGRAM }, { "freedom", PROGRAM }), "get_meta");
	expect_fault(STACK({ "free", PROGRAM }, { "drop", PROGRAM }, MAIN), "free");
	expect_fault(STACK({ "get_meta", PROGRAM }, { "free", C }, MAIN), "get_meta");
}

Test(culprit, fault_of_nobody_but_the_library_is_where_it_happened)
{
	struct crash *crash = make(SIGSEGV, SEGV_MAPERR,
				   STACK({ "__libc_message", C }, { "__libc_start_main", C },
					 { "_start", PROGRAM }));

	SAME_TEXT(crash__function(crash), "__libc_message");
	cr_expect_null(crash__fault_in(crash));
	crash__free(crash);
	expect_fault(STACK({ "_start", PROGRAM }), "_start");
}

Test(culprit, instruction_that_exists_to_end_it)
{
	expect(SIGSEGV, SI_KERNEL,
	       STACK({ "__stack_chk_fail", "ld-musl-x86_64.so.1" }, { "smash", PROGRAM },
		     { "main", PROGRAM }),
	       "smash");
	expect(SIGILL, ILL_ILLOPN, STACK({ "trap_here", PROGRAM }, MAIN), "trap_here");
}

Test(culprit, call_through_a_bad_pointer_is_the_caller_s)
{
	expect_fault(STACK({ "[0x10]", NULL }, { "jump", PROGRAM }, MAIN), "jump");
}

Test(culprit, stack_of_nothing_else_is_named_by_its_top)
{
	expect_abort(STACK({ "raise", C }, { "abort", C }), "raise");
}

/* ---- handlers ---- */

static void expect_handled(int signal, int code, const char *function)
{
	struct crash *crash =
		make(SIGSEGV, SI_USER,
		     STACK({ "kill", C }, { "report", PROGRAM }, { "on_fault", PROGRAM },
			   { "__restore_rt", C }, { "raise", C }, { "wreck", PROGRAM }, MAIN));

	crash->culprit.frames[3].interrupted = true;
	crash->culprit.frames[4].interrupted = true;
	crash->handled.signal = signal;
	crash->handled.code = code;
	SAME_TEXT(crash__function(crash), function);
	crash__free(crash);
}

Test(culprit, handler_that_gave_up_is_not_what_it_had_interrupted)
{
	expect_handled(SIGABRT, SI_TKILL, "wreck");
	expect_handled(0, 0, "report"); /* of a timer, say: it gave up by itself */
}

Test(culprit, fault_that_a_handler_took_is_found_below_it)
{
	struct crash *crash = make(SIGABRT, SI_TKILL,
				   STACK({ "raise", C }, { "abort", C }, { "on_fault", PROGRAM },
					 { "[libc.so.6+0x3c050]", C }, { "free", C },
					 { "wreck", PROGRAM }, MAIN));

	crash->culprit.frames[4].interrupted = true;
	crash->handled.signal = SIGSEGV;
	crash->handled.code = SEGV_MAPERR;
	SAME_TEXT(crash__function(crash), "wreck");
	SAME_TEXT(crash__fault_in(crash), "free");
	crash__free(crash);
}

/* ---- system calls that seccomp forbids ---- */

Test(culprit, wrapper_is_not_who_wanted_the_system_call)
{
	expect(SIGSYS, 1, STACK({ "syscall", C }, { "forbidden", PROGRAM }, MAIN), "forbidden");
	expect(SIGSYS, 1, STACK({ "syscall", NULL }, { "forbidden", NULL }), "forbidden");
	expect(SIGSYS, 1, STACK({ "getppid", C }, { "ask", PROGRAM }, MAIN), "ask");
	expect(SIGSYS, 1,
	       STACK({ "syscall.RawSyscall6", PROGRAM }, { "syscall.Getppid", PROGRAM },
		     { "main.ask", PROGRAM }, { "runtime.main", PROGRAM }),
	       "main.ask");
}

/* ---- C++ ---- */

Test(culprit, exception_that_nobody_catches)
{
	expect_abort(STACK({ "raise", C }, { "abort", C },
			   { "__gnu_cxx::__verbose_terminate_handler()", CXX },
			   { "__cxxabiv1::__terminate(void (*)())", CXX },
			   { "std::terminate()", CXX }, { "__cxa_throw", CXX },
			   { "app::Cache<int>::look(int const&)", PROGRAM }, MAIN),
		     "app::Cache<int>::look(int const&)");
	expect_abort(STACK({ "abort", NULL }, { "std::terminate()", NULL }, { "__cxa_throw", NULL },
			   { "std::__throw_out_of_range_fmt(char const*, ...)", NULL },
			   { "std::vector<int, std::allocator<int> >::at(unsigned long)", NULL },
			   { "core::Engine::run()", NULL }, { "main", NULL }),
		     "core::Engine::run()");
}

Test(culprit, standard_library_is_named_where_it_did_not_throw)
{
	expect_fault(STACK({ "std::vector<int, std::allocator<int> >::size() const", PROGRAM },
			   MAIN),
		     "std::vector<int, std::allocator<int> >::size() const");
}

Test(culprit, memory_freed_twice_by_delete)
{
	expect_abort(STACK({ "raise", C }, { "abort", C }, { "malloc_printerr", C }, { "free", C },
			   { "operator delete(void*)", CXX }, { "drop", PROGRAM }, MAIN),
		     "drop");
}

/* ---- Rust ---- */

Test(culprit, panic_that_aborts)
{
	expect_abort(STACK({ "raise", C }, { "abort", C },
			   { "std::sys::unix::abort_internal", PROGRAM },
			   { "std::process::abort", PROGRAM }, { "__rust_abort", PROGRAM },
			   { "__rust_start_panic", PROGRAM }, { "rust_panic", PROGRAM },
			   { "std::panicking::rust_panic_with_hook", PROGRAM },
			   { "std::panicking::begin_panic_handler::{{closure}}", PROGRAM },
			   { "rust_begin_unwind", PROGRAM },
			   { "core::panicking::panic_fmt::h0123456789abcdef", PROGRAM },
			   { "core::panicking::panic_bounds_check", PROGRAM },
			   { "<usize as core::slice::index::SliceIndex<[T]>>::index", PROGRAM },
			   { "r::Store::fetch", PROGRAM }, MAIN),
		     "r::Store::fetch");
}

Test(culprit, core_alone_is_anybody_s_namespace)
{
	expect_abort(STACK({ "raise", C }, { "abort", C }, { "core::Engine::halt()", PROGRAM },
			   MAIN),
		     "core::Engine::halt()");
}

/* ---- Go ---- */

Test(culprit, panic_of_go)
{
	expect_abort(STACK({ "runtime.raise.abi0", PROGRAM }, { "runtime.dieFromSignal", PROGRAM },
			   { "runtime.crash", PROGRAM }, { "runtime.fatalpanic", PROGRAM },
			   { "runtime.gopanic", PROGRAM }, { "runtime.panicmem", PROGRAM },
			   { "runtime.sigpanic", PROGRAM }, { "main.explode", PROGRAM },
			   { "main.main", PROGRAM }, { "runtime.main", PROGRAM }),
		     "main.explode");
}

/* ---- sanitizers ---- */

Test(culprit, what_a_sanitizer_found)
{
	expect_abort(STACK({ "raise", C }, { "abort", C }, { "__sanitizer::Abort()", PROGRAM },
			   { "__sanitizer::Die()", PROGRAM },
			   { "__asan::ReportGenericError(unsigned long)", PROGRAM },
			   { "__asan_report_load4", PROGRAM }, { "read_beyond", PROGRAM }, MAIN),
		     "read_beyond");
	expect_abort(STACK({ "raise", C }, { "abort", C },
			   { "__asan::ReportDoubleFree()", PROGRAM }, { "free", PROGRAM },
			   { "twice", PROGRAM }, MAIN),
		     "twice");
}
