/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs, run by a test: started, watched, signalled, and ended, with
 * what they wrote kept.  Everything that is started here dies with the test
 * process, and nothing waits forever.
 */
#ifndef TESTS_LIB_PROC_H
#define TESTS_LIB_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A program that hangs is killed after this long, and the test fails. */
#define PROC_TIMEOUT_MS 60000

struct proc_opts {
	const char *const *env; /* "NAME=value" to set, "NAME" to unset; NULL at the end */
	bool want_stdin;	/* a pipe, see proc__say(); otherwise /dev/null */
	bool want_tty;		/* stdin, stdout and stderr are a terminal of its own */
	bool close_stdout;
	const char *stdout_path; /* a file to write to, instead of keeping what is written */
	uid_t uid;		 /* run as this user, 0: as the test */
	const char *dir;	 /* to run in */
};

struct proc {
	pid_t pid; /* also its process group */
	int in;
	int out;
	int err;
	int tty;
};

/* What is left of a program that has ended.  status is as a shell says it: 128+N for signal N. */
struct run {
	int status;
	bool timed_out;
	char *out;
	size_t out_len;
	char *err;
	size_t err_len;
};

void proc__start(struct proc *proc, const char *const argv[], const struct proc_opts *opts);

/* Writes a line to its stdin. */
void proc__say(struct proc *proc, const char *line);

/* The nth complete line (from 0) of its stdout so far, waiting for it; NULL if it never comes. */
char *proc__line(const struct proc *proc, unsigned int nth);

/* The same of its stderr. */
char *proc__remark(const struct proc *proc, unsigned int nth);

/* Reads its terminal until that is on it; false if it ends before, or never shows it. */
bool proc__wait_shows(const struct proc *proc, const char *needle);

/*
 * Waits until it handles (or blocks, to read from a descriptor) a signal, so that
 * one can be sent.
 */
bool proc__wait_catches(const struct proc *proc, int signo);

/* To the process, and to its group as a terminal does it. */
void proc__signal(const struct proc *proc, int signo);
void proc__signal_group(const struct proc *proc, int signo);

/* Waits for its end. */
void proc__finish(struct proc *proc, struct run *ret_run);

/* Ends it now, without asking. */
void proc__kill(struct proc *proc);

/* The two in one. */
void run__do(struct run *ret_run, const char *const argv[], const struct proc_opts *opts);
void run__free(struct run *run);

/* Everything in a small file; NULL if it cannot be read. */
char *file__read(const char *path);

#endif
