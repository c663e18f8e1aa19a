/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/names.h"

#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The kernel's number, of which the C library keeps two for itself. */
#define KERNEL_SIGRTMIN 32

struct signal_name signal__name(int signal)
{
	const char *known = sigabbrev_np(signal);
	struct signal_name name = { "" };

	if (!signal)
		return name;
	if (known)
		snprintf(name.text, sizeof(name.text), "SIG%s", known);
	else if (signal >= KERNEL_SIGRTMIN && signal <= 64)
		snprintf(name.text, sizeof(name.text), "SIGRTMIN%+d", signal - SIGRTMIN);
	else
		snprintf(name.text, sizeof(name.text), "signal %d", signal);
	return name;
}

const char *error__name(__u32 error)
{
	const char *name = error ? strerrorname_np((int)error) : NULL;

	return name ? name : "other";
}

char *syscall__name(__u32 arch, int number)
{
	/* below 0 libseccomp has numbers of its own */
	return number < 0 ? NULL : seccomp_syscall_resolve_num_arch(arch, number);
}
