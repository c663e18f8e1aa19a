/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program under test, and the loads it is tested with.
 *
 * Environment:
 *   TASKTOLL               the program under test (build/tasktoll)
 *   TASKTOLL_WORKLOADS     the directory of the loads (workload/ beside the test binary)
 *   TASKTOLL_RUNS          how often to repeat the exact counts (10)
 *   TASKTOLL_MANY          how many tasks live and die in tests of many (2000)
 *   TASKTOLL_EMULATED      set: this is an emulated machine, durations are not compared
 *   TASKTOLL_REQUIRE_LIVE  1: a live test that cannot run fails instead of being skipped
 */
#ifndef TESTS_LIB_TT_H
#define TESTS_LIB_TT_H

#include <jansson.h>

#include "proc.h"

#define TT_NOBODY   65534
#define TT_MAX_ARGS 64

/* Arguments up to a NULL, as an array: the macro adds the NULL. */
#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

const char *tt__path(void);

/* A man page, or the completion, beside the program; valid until the next call. */
const char *tt__doc(const char *name);

/* The path of a load; valid until the next call but seven. */
const char *tt__load(const char *name);

/* A file name in a directory of this test's own; the directory goes with tt__cleanup(). */
const char *tt__temp(const char *name);

/* A fixture's end. */
void tt__cleanup(void);

/* Skips the test, or fails it, if it cannot trace here. */
void tt__require_live(void);

/* tasktoll with these arguments. */
void tt__start(struct proc *proc, const char *const args[], const struct proc_opts *opts);
void tt__run(struct run *ret_run, const char *const args[], const struct proc_opts *opts);

/* Fails the test if the status is not 0, and shows what the program says of that. */
void tt__expect_success(const struct run *run);

/* `tasktoll stat --format json` with these arguments, which must succeed and print one object. */
json_t *tt__stat(const char *const args[]);

/* The same with several objects. */
json_t *tt__stat_lines(const char *const args[]);

/* `tasktoll doctor --format json`, with rungs forced or with NULL; its exit status, unless NULL. */
json_t *tt__doctor(const char *force, int *ret_status);

/* How often to repeat: as TASKTOLL_RUNS says, or else so often. */
long tt__runs(long otherwise);

/* A load, started, that says in its first line who it is. */
json_t *tt__load_start(struct proc *proc, const char *const args[], bool want_stdin);

/* A failure as every failure must be: this status, nothing on stdout, one line on stderr. */
void tt__expect_failure(const struct run *run, int status, const char *needle);

#endif
