/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of signals and errors, the same in every output. */
#ifndef VIEW_NAMES_H
#define VIEW_NAMES_H

#include <linux/types.h>

struct signal_name {
	char text[24];
};

/* "SIGSEGV", "SIGRTMIN+3"; "" for 0. */
struct signal_name signal__name(int signal);

/* "EAGAIN"; "other" for 0 and what has no name. */
const char *error__name(__u32 error);

/* Of the system call with this number, where arch (AUDIT_ARCH_*) has one; else NULL. */
char *syscall__name(__u32 arch, int number);

#endif
