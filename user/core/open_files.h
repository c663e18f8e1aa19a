/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many files may be open at once: BPF programs, maps and files that are mapped by others are
 * held open.  For us as many as the system allows; for programs that we start what they would have
 * had without us.
 */
#ifndef CORE_OPEN_FILES_H
#define CORE_OPEN_FILES_H

/* Once, before anything is opened. */
void open_files__allow_all(void);

/* In a child before exec: the limit that we were started with. */
void open_files__restore_limit(void);

#endif
