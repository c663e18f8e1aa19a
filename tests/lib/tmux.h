/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll top on a real terminal, which tmux is: keys go in, and the screen is read back. */
#ifndef TESTS_LIB_TMUX_H
#define TESTS_LIB_TMUX_H

#include <stddef.h>

#include "proc.h"

#define TMUX_WAIT_S 30 /* for what is to come up */

/* Of a suite; without tmux, or where nothing can be traced, its tests are skipped. */
void tmux__begin(void);
void tmux__end(void);

/* tmux with these arguments, on the server of this test. */
void tmux__run(struct run *ret_run, const char *const args[]);
void tmux__do(const char *const args[]);

/* A terminal with a shell that runs top, tells its status and the modes before and after. */
void tmux__open(const char *width, const char *height, const char *environment,
		const char *arguments);

/* What is on it; to be freed. */
char *tmux__screen(void);

/* Waits until this is on it; what is there then, to be freed. */
char *tmux__await(const char *what);

void tmux__press(const char *key);

/* It has ended with this status, left its page, and the terminal is as it was. */
void tmux__expect_end(const char *status);

/* What stands below a heading in the row that begins with this pid; NaN: not there. */
double tmux__cell(const char *text, const char *heading, int pid);

#endif
