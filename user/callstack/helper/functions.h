/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of one file by address.  Runs on files of strangers. */
#ifndef CALLSTACK_HELPER_FUNCTIONS_H
#define CALLSTACK_HELPER_FUNCTIONS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <elfutils/libdwfl.h>

struct function {
	__u64 start;
	__u64 size;  /* 0: not known */
	__u64 limit; /* where its section ends */
	const char *name;
	__u32 order; /* among those that start there, the least is the one to show */
};

struct functions {
	struct function *list; /* by address, then by order */
	size_t count, room;
};

/* All that the module has, with its debug file; names are valid as long as it is. */
void functions__read(struct functions *functions, Dwfl_Module *module);

/*
 * The symbol that address lies in; NULL: in none.  One without a size reaches up to the
 * next symbol, and not beyond its section; whether there is something without a name in
 * between, only the code can tell: callstack/helper/borders.h.
 */
const struct function *functions__find(const struct functions *functions, __u64 address);

void functions__free(struct functions *functions);

/* Apart from where they are read.  limit: where its section ends. */
bool functions__add(struct functions *functions, const char *name, const GElf_Sym *symbol,
		    __u64 address, __u64 limit);
void functions__sort(struct functions *functions);

#endif
