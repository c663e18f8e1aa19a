/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code that the kernel maps into every process, as a file. */
#ifndef CALLSTACK_VDSO_H
#define CALLSTACK_VDSO_H

/* A copy of ours: every 64-bit process has the same.  A descriptor or a negative errno. */
int vdso__open(void);

#endif
