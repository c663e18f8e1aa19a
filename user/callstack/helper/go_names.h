/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of a Go program by the table that its runtime prints stack traces from,
 * .gopclntab: it is there without any symbols (go build -ldflags="-s -w").  Formats of
 * Go 1.2, 1.16, 1.18 and 1.20 and later.  Runs on files of strangers.
 */
#ifndef CALLSTACK_HELPER_GO_NAMES_H
#define CALLSTACK_HELPER_GO_NAMES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <gelf.h>

/* Offsets are in the table, and may be any number. */
struct go_names {
	const __u8 *table;
	size_t size;
	__u8 word;	  /* bytes of an address */
	__u8 entry;	  /* bytes of a number in the list of functions */
	__u64 count;	  /* of functions */
	__u64 functions;  /* where their list is */
	__u64 data, text; /* where more of each function is, and their names */
	__u64 start;	  /* what the list's addresses are relative to */
};

/* False: there is no such table, or none that we can read. */
bool go_names__open(struct go_names *names, Elf *elf);

/* The name of the function that an address lies in, in the table; NULL: none. */
const char *go_names__find(const struct go_names *names, __u64 address);

#endif
