/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody at a terminal is told while a run goes on: at the start what is traced and how it
 * ends, then a line of counters that is written over each second.  Standard error; nothing of it
 * where that is no terminal, or with --quiet.
 */
#ifndef SESSION_ANNOUNCE_H
#define SESSION_ANNOUNCE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct counting;
struct settings;

/* Is there somebody to be told? */
bool announce__is_wanted(const struct settings *settings);

/* "tracing process 12 until it ends, or Ctrl-C", if the settings say that it is "tracing". */
void announce__begin(const struct settings *settings);

/* The same line, also where announce__is_wanted() says no. */
void announce__say(const struct settings *settings, const char *doing);

/* ---- the line of counters ---- */

struct live_line {
	bool on;
	size_t length;			 /* of what is on the terminal now */
	__u64 due_ns;			 /* CLOCK_MONOTONIC; 0: never */
	__u64 at_ns;			 /* of the last one, */
	__u64 switches, switches_before; /* what it said, and where the count began */
};

/*
 * A line each second from now on, unless the terminal is used for something else: by a program
 * that was started.
 */
void live_line__begin(struct live_line *line, const struct counting *counting);

/* The counters as they have been read up to now. */
void live_line__write(struct live_line *line, const struct counting *counting, __u64 now);

/* The line is taken away. */
void live_line__end(struct live_line *line);

#endif
