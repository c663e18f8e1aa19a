/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/crash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

const char *const end_names[END_CLASSES] = { "clean", "failed", "crash", "killed", "oom" };

const char *const how_names[HOWS] = { "sibling", "orphan",  "pdeathsig", "woken",
				      "signal",	 "sigpipe", "sighup",	 "respawn" };

const char *const outcome_names[OUTCOMES] = { "died", "orphaned", "woken", "respawned" };

void crash_frames__free(struct crash_frame *frames, size_t count)
{
	size_t i;

	for (i = 0; frames && i < count; i++) {
		free(frames[i].name);
		free(frames[i].module);
	}
	free(frames);
}

size_t crash__count(const struct crash *crash, int ring, enum outcome outcome)
{
	size_t i, count = 0;

	for (i = 0; i < crash->victim_count; i++) {
		const struct victim *victim = &crash->victims[i];

		count += victim->outcome == outcome && (ring < 0 || victim->ring == ring);
	}
	return count;
}

/* What the C and C++ libraries put between a program that gives up and the signal. */
static const char *const ways_to_abort[] = {
	"abort",
	"raise",
	"gsignal",
	"pthread_kill",
	"tgkill",
	"__pthread_kill",
	"__GI_",
	"__assert_fail",
	"__assert_perror_fail",
	"__fortify_fail",
	"__chk_fail",
	"__stack_chk_fail",
	"__libc_message",
	"malloc_printerr",
	"__libc_fatal",
	"__abort_msg",
	"__cxa_throw",
	"__cxa_rethrow",
	"_Unwind_RaiseException",
	"std::terminate",
	"__gnu_cxx::",
	"_ZSt9terminatev",
	"_ZN9__gnu_cxx",
	"_ZN10__cxxabiv1",
	"[libc.so",
	"[libc-",
	"[libpthread",
	"[ld-linux",
	"[libstdc++",
	"[vdso]",
	"[0x", /* called through a bad pointer: who did is the one to name */
};

static bool frame__is_way_to_abort(const char *frame)
{
	size_t i;

	for (i = 0; i < sizeof(ways_to_abort) / sizeof(ways_to_abort[0]); i++) {
		if (!strncmp(frame, ways_to_abort[i], strlen(ways_to_abort[i])))
			return true;
	}
	return false;
}

const char *crash__function(const struct crash *crash)
{
	size_t i, count = crash->culprit.frame_count;

	for (i = 0; i < count; i++) {
		if (!frame__is_way_to_abort(crash->culprit.frames[i].name))
			return crash->culprit.frames[i].name;
	}
	return count ? crash->culprit.frames[0].name : NULL;
}

/* sigaction(2) */
static const struct {
	int signal; /* 0: any */
	int code;
	const char *text;
} codes[] = {
	{ SIGSEGV, SEGV_MAPERR, "address not mapped" },
	{ SIGSEGV, SEGV_ACCERR, "no permission for the mapping" },
	{ SIGSEGV, 3, "bounds check failed" },
	{ SIGSEGV, 4, "denied by memory protection keys" },
	{ SIGSEGV, 8, "memory tag mismatch, asynchronous" },
	{ SIGSEGV, 9, "memory tag mismatch" },
	{ SIGSEGV, 10, "control protection" },
	{ SIGBUS, BUS_ADRALN, "misaligned address" },
	{ SIGBUS, BUS_ADRERR, "no such physical address" },
	{ SIGBUS, BUS_OBJERR, "error of the device" },
	{ SIGBUS, 4, "memory error, action required" },
	{ SIGBUS, 5, "memory error, action optional" },
	{ SIGILL, ILL_ILLOPC, "illegal opcode" },
	{ SIGILL, ILL_ILLOPN, "illegal operand" },
	{ SIGILL, ILL_ILLADR, "illegal addressing mode" },
	{ SIGILL, ILL_ILLTRP, "illegal trap" },
	{ SIGILL, ILL_PRVOPC, "privileged opcode" },
	{ SIGILL, ILL_PRVREG, "privileged register" },
	{ SIGILL, ILL_COPROC, "coprocessor error" },
	{ SIGILL, ILL_BADSTK, "internal stack error" },
	{ SIGFPE, FPE_INTDIV, "integer division by zero" },
	{ SIGFPE, FPE_INTOVF, "integer overflow" },
	{ SIGFPE, FPE_FLTDIV, "floating-point division by zero" },
	{ SIGFPE, FPE_FLTOVF, "floating-point overflow" },
	{ SIGFPE, FPE_FLTUND, "floating-point underflow" },
	{ SIGFPE, FPE_FLTRES, "floating-point inexact result" },
	{ SIGFPE, FPE_FLTINV, "invalid floating-point operation" },
	{ SIGFPE, FPE_FLTSUB, "subscript out of range" },
	{ SIGTRAP, TRAP_BRKPT, "breakpoint" },
	{ SIGTRAP, TRAP_TRACE, "trace trap" },
	{ SIGTRAP, 3, "branch trap" },
	{ SIGTRAP, 4, "hardware breakpoint or watchpoint" },
	{ SIGSYS, 1, "system call that seccomp forbids" },
	{ SIGABRT, SI_TKILL, "it gave up by itself" },
	{ 0, SI_USER, "sent by kill()" },
	{ 0, SI_QUEUE, "sent by sigqueue()" },
	{ 0, SI_TKILL, "sent by tkill()" },
	{ SIGSEGV, SI_KERNEL, "general protection: no valid address at all" },
	{ 0, SI_KERNEL, "sent by the kernel" },
};

const char *crash__code_text(int signal, int code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if ((!codes[i].signal || codes[i].signal == signal) && codes[i].code == code)
			return codes[i].text;
	}
	return NULL;
}
