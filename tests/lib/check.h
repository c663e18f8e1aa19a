/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of every summary, whatever was traced; and sets of pids, compared exactly. */
#ifndef TESTS_LIB_CHECK_H
#define TESTS_LIB_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Its own proof says complete, and nothing was lost. */
void check__complete(json_t *stat);

/*
 * Each distribution is in order (p50 <= p90 <= p99 <= max <= sum) and has no
 * sample longer than the run; voluntary and involuntary are all switches; the
 * threads add up to their process.
 */
void check__sane(json_t *stat);

/*
 * The same of one summary of several, `elapsed` ns after the first began: a
 * sample that began in an interval before can be longer than this one, and than
 * its part of the sum.
 */
/* What the threads of a row did with their time adds up to their lifetime. */
void check__time(json_t *row);

void check__sane_interval(json_t *stat, uint64_t elapsed);

/* Of all of them: complete, sane, and (with a target) with rows that add up. */
void check__intervals(json_t *lines, bool has_target);

/* The processes add up to "system".  Only with a target: the machine has an idle account, too. */
void check__sums_up(json_t *stat);

/*
 * Every switch out has a switch in of one of the five kinds: of tasks that ended,
 * and of a machine.
 */
void check__kinds(json_t *row);

/* Sum of the five kinds. */
uint64_t check__all_kinds(json_t *row);

/*
 * "Proof and loss" in the man page: what wait4() counted, one switch more for
 * each thread that died before the leader, and up to `slack` more for tasks that
 * were reaped before their last switch.  Returns the difference that was left.
 */
uint64_t check__identity(uint64_t seen, json_t *facts, uint64_t slack);

/* The values of a member over an array of objects, each once, in order: "1 2 3".  To be freed. */
char *check__set(json_t *array, const char *name);

/* The process rows of all intervals, in one array. */
json_t *check__all_processes(json_t *lines);

#endif
