/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of kernel functions, apart from where it is read. */
#ifndef CALLSTACK_KALLSYMS_H
#define CALLSTACK_KALLSYMS_H

#include <linux/types.h>
#include <stddef.h>
#include <stdio.h>

struct kallsyms_symbol {
	__u64 address;
	size_t name; /* where it begins in names */
};

struct kallsyms {
	struct kallsyms_symbol *symbols; /* by address */
	size_t count, symbol_room;
	char *names;
	size_t name_used, name_room;
};

/* Text in the form of /proc/kallsyms; what does not have that form is passed over. */
void kallsyms__read(struct kallsyms *table, FILE *file);

/* The function at or before address; NULL if there is none. */
const char *kallsyms__find(const struct kallsyms *table, __u64 address);

/* The address of that name, the lowest if there are several; 0 if there is none. */
__u64 kallsyms__address(const struct kallsyms *table, const char *name);

void kallsyms__free(struct kallsyms *table);

#endif
