/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's CPUs, by the numbers that the kernel gives them. */
#ifndef CORE_CPUS_H
#define CORE_CPUS_H

/* One more than the highest number that a CPU of this machine can ever have; at least 1. */
int cpus__possible(void);

/* The same of a text such as "0-3,8-11"; 0: it has another form. */
int cpus__read(const char *text);

#endif
