/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What si_code means: each code of sigaction(2), and for another signal something else. */
#include <signal.h>

#include "model/lifecycle/crash.h"
#include "unit.h"

/* The numbers are those of the kernel's ABI. */
static const struct {
	int signal, code;
	const char *text;
} codes[] = {
	{ SIGSEGV, 1, "address not mapped" },
	{ SIGSEGV, 2, "no permission for the mapping" },
	{ SIGSEGV, 3, "bounds check failed" },
	{ SIGSEGV, 4, "denied by memory protection keys" },
	{ SIGSEGV, 8, "memory tag mismatch, asynchronous" },
	{ SIGSEGV, 9, "memory tag mismatch" },
	{ SIGSEGV, 10, "control protection" },
	{ SIGSEGV, 128, "forced by the kernel" },
	{ SIGBUS, 1, "misaligned address" },
	{ SIGBUS, 2, "no such physical address" },
	{ SIGBUS, 3, "error of the device" },
	{ SIGBUS, 4, "memory error, action required" },
	{ SIGBUS, 5, "memory error, action optional" },
	{ SIGILL, 1, "illegal opcode" },
	{ SIGILL, 2, "illegal operand" },
	{ SIGILL, 3, "illegal addressing mode" },
	{ SIGILL, 4, "illegal trap" },
	{ SIGILL, 5, "privileged opcode" },
	{ SIGILL, 6, "privileged register" },
	{ SIGILL, 7, "coprocessor error" },
	{ SIGILL, 8, "internal stack error" },
	{ SIGFPE, 1, "integer division by zero" },
	{ SIGFPE, 2, "integer overflow" },
	{ SIGFPE, 3, "floating-point division by zero" },
	{ SIGFPE, 4, "floating-point overflow" },
	{ SIGFPE, 5, "floating-point underflow" },
	{ SIGFPE, 6, "floating-point inexact result" },
	{ SIGFPE, 7, "invalid floating-point operation" },
	{ SIGFPE, 8, "subscript out of range" },
	{ SIGTRAP, 1, "breakpoint" },
	{ SIGTRAP, 2, "trace trap" },
	{ SIGTRAP, 3, "branch trap" },
	{ SIGTRAP, 4, "hardware breakpoint or watchpoint" },
	{ SIGSYS, 1, "system call that seccomp forbids" },
	{ SIGABRT, -6, "abort() or raise()" },
	{ SIGABRT, 0, "sent by kill()" },
	{ SIGABRT, -1, "sent by sigqueue()" },
	{ SIGABRT, 128, "sent by the kernel" },
	{ SIGSEGV, 0, "sent by kill()" },
	{ SIGSEGV, -1, "sent by sigqueue()" },
	{ SIGSEGV, -6, "sent by tkill()" },
	{ SIGBUS, 128, "sent by the kernel" },
};

Test(crash_codes, each_has_its_words)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		const char *text = crash__code_text(codes[i].signal, codes[i].code);

		cr_assert_not_null(text, "signal %d, code %d", codes[i].signal, codes[i].code);
		cr_expect_str_eq(text, codes[i].text, "signal %d, code %d is \"%s\"",
				 codes[i].signal, codes[i].code, text);
	}
}

Test(crash_codes, another_has_none)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL,	 SIGFPE,
				       SIGTRAP, SIGSYS, SIGABRT, SIGQUIT };
	size_t i, n;
	int code;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		for (code = 1; code < 128; code++) {
			bool known = false;

			for (n = 0; n < ARRAY_SIZE(codes); n++)
				known = known ||
					(codes[n].signal == signals[i] && codes[n].code == code);
			if (!known)
				cr_expect_null(crash__code_text(signals[i], code),
					       "signal %d, code %d", signals[i], code);
		}
	}
}
