/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs through which a file calls others, which have no symbols.  Runs on files of strangers. */
#ifndef CALLSTACK_HELPER_PLT_H
#define CALLSTACK_HELPER_PLT_H

#include <linux/types.h>
#include <stddef.h>

#include <gelf.h>

struct plt;

struct plt *plt__new(Elf *elf); /* NULL: there is none that we can read */
void plt__free(struct plt *plt);

/* "name@plt" into a room of NAME_BYTES; returns its length, 0: address lies in no stub. */
size_t plt__name(const struct plt *plt, __u64 address, char *name);

#endif
