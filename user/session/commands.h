/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines of processes that live, where they say more than the 15 bytes of a name. */
#ifndef SESSION_COMMANDS_H
#define SESSION_COMMANDS_H

#include "model/switching/summary.h"

/* Reads those of the first `rows` processes of the summary into the model; what cannot be read is none. */
void commands__read(const struct model *model, const struct summary *summary, size_t rows);

/* Reads that of one process that lives. */
void commands__read_one(const struct model *model, __u32 pid, __u64 start_ns);

/*
 * What the bytes of /proc/PID/cmdline say: in UTF-8, arguments with a blank between, without the
 * directory of the program.  To be freed; NULL: no more than the name does.
 */
char *command__of(const char *comm, const char *bytes, size_t size);

#endif
