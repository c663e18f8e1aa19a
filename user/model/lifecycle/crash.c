/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/lifecycle/crash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

const char *const end_names[END_CLASSES] = { "clean", "failed", "crash", "killed", "oom" };

const char *const how_names[HOWS] = { "sibling", "orphan", "pdeathsig", "namespace", "exitkill",
				      "woken",	 "signal", "sigpipe",	"sighup",    "respawn" };

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

static bool copy_frames(struct crash *to, const struct crash *from)
{
	size_t i, count = from->culprit.frame_count;
	struct crash_frame *frames = calloc(count + 1, sizeof(*frames));

	to->culprit.frames = frames;
	to->culprit.frame_count = frames ? count : 0;
	for (i = 0; frames && i < count; i++) {
		const struct crash_frame *frame = &from->culprit.frames[i];

		frames[i] = *frame;
		frames[i].name = frame->name ? strdup(frame->name) : NULL;
		frames[i].module = frame->module ? strdup(frame->module) : NULL;
		if ((frame->name && !frames[i].name) || (frame->module && !frames[i].module)) {
			to->culprit.frame_count = i + 1;
			return false;
		}
	}
	return frames;
}

struct crash *crash__copy(const struct crash *crash)
{
	struct crash *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *crash;
	copy->victims = calloc(crash->victim_count + 1, sizeof(*copy->victims));
	if (copy->victims && crash->victim_count)
		memcpy(copy->victims, crash->victims, crash->victim_count * sizeof(*copy->victims));
	if (copy_frames(copy, crash) && copy->victims)
		return copy;
	crash__free(copy);
	return NULL;
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

const char *const reason_names[REASONS] = { "none", "no_room", "protection", "breakpoint" };

const char *crash__reason(const struct crash *crash)
{
	static const char *const texts[REASONS] = {
		[REASON_NO_ROOM] = "no room on its stack to call the signal's handler",
		[REASON_PROTECTION] =
			"general protection: no valid address, or no right to do that",
		[REASON_BREAKPOINT] = "breakpoint",
	};

	return texts[crash->reason] ? texts[crash->reason] :
				      crash__code_text(crash->end.signal, crash->code);
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
	{ SIGSYS, CODE_SECCOMP, "system call that seccomp forbids" },
	{ SIGABRT, SI_TKILL, "abort() or raise()" },
	{ 0, SI_USER, "sent by kill()" },
	{ 0, SI_QUEUE, "sent by sigqueue()" },
	{ 0, SI_TKILL, "sent by tkill()" },
	{ SIGSEGV, SI_KERNEL, "forced by the kernel" },
	{ 0, SI_KERNEL, "sent by the kernel" },
};

bool crash__is_forbidden(const struct crash *crash)
{
	return crash->syscall.arch &&
	       (crash->thread_only || (crash->end.signal == SIGSYS && crash->code == CODE_SECCOMP));
}

const char *crash__code_text(int signal, int code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if ((!codes[i].signal || codes[i].signal == signal) && codes[i].code == code)
			return codes[i].text;
	}
	return NULL;
}
