/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of kernel functions that a kprobe can be given, as /proc/kallsyms lists them. */
#ifndef TRACE_KSYMS_H
#define TRACE_KSYMS_H

#include <stdbool.h>
#include <stddef.h>

struct ksyms {
	char *text; /* all of the file: reading it is what takes the time; NULL: not yet */
};

/*
 * The function of that name, or a clone of it that the compiler has named:
 * "finish_task_switch.isra.0", ".constprop.0".  Reads the file if nobody has yet.
 */
bool ksyms__find(struct ksyms *ksyms, const char *name, char *ret_symbol, size_t capacity);

/* The same in a text that is given: "ffffffff81000000 t name\n...". */
bool ksyms__find_in(const char *text, const char *name, char *ret_symbol, size_t capacity);

void ksyms__free(struct ksyms *ksyms);

#endif
