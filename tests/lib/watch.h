/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `tasktoll crash`, watching while a test makes things go wrong. */
#ifndef TESTS_LIB_WATCH_H
#define TESTS_LIB_WATCH_H

#include <jansson.h>
#include <limits.h>

#include "proc.h"

struct watch {
	struct proc proc;
	char file[PATH_MAX]; /* what it tells */
};

/* With these arguments more; it has begun when this returns. */
void watch__start(struct watch *watch, const char *const args[]);

/* Of what this test starts, and nobody else. */
void watch__start_below_us(struct watch *watch, const char *window);

/* Waits until it has told of so many; fails the test if it never does. */
void watch__wait(const struct watch *watch, size_t crashes);

/* Ends it; what it told of, in an array.  status: what it must end with. */
json_t *watch__stop(struct watch *watch, int status);

/* The one of this process, which must be there once. */
json_t *watch__crash(json_t *crashes, pid_t pid);

/* `crash --format json` of one program, until it ends. */
json_t *watch__program(const char *const args[], int status);

/* The victim with this thread id; NULL. */
json_t *victim_of(json_t *crash, pid_t tid);

/* Victims of a ring. */
size_t crash__ring(json_t *crash, int ring);

/* Fails the test unless tid is a victim of that ring, hit that way, with that outcome. */
void crash__expect(json_t *crash, pid_t tid, int ring, const char *how, const char *outcome);

#endif
