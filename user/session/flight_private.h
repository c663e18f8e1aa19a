/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the flight recorder share. */
#ifndef SESSION_FLIGHT_PRIVATE_H
#define SESSION_FLIGHT_PRIVATE_H

#include <time.h>

#include "core/invoker.h"
#include "session/flight.h"

struct flight {
	struct flight_config config;
	char directory[PATH_MAX], path[PATH_MAX + 32];
	struct invoker invoker;
	int signals;			/* SIGUSR1 arrives here; -1 */
	const struct flight_bell *bell; /* NULL */

	/* periods in the window that are closed */
	__u32 first;
	__u64 *ends; /* of each (CLOCK_MONOTONIC) */
	size_t count, room;
	__u64 used_begin; /* by rows, when the period at hand began; 0: to be seen */
	bool large;	  /* the period is */

	bool fired; /* a trigger has, and the copy has not begun */
	__u64 until_ns;
	char reason[200], name[32];

	/* a copy is being made: */
	pid_t child;	/* by this process; 0: none */
	int result;	/* where it tells how far it is */
	bool copied;	/* the file may be written again */
	bool late;	/* that it is not finished yet has been told */
	__u64 heard_ns; /* when it last told anything (CLOCK_MONOTONIC) */
	char kept[PATH_MAX + 128];
	__u64 end_ns; /* at the end of the run: until when copies are waited for; 0: it goes on */
};

/* ---- flight_directory.c ---- */

int flight__open_directory(struct flight *flight, struct failure *failure);

/* Recordings that count for --max-kept; -1: the directory cannot be read. */
long flight__count_kept(const struct flight *flight);

/* Of a file in it that is not there yet. */
void flight__make_name(char *path, size_t size, const char *directory, const char *name,
		       time_t when);

/* ---- flight_keep.c ---- */

/* For one more recording?  If not, that is told. */
bool flight__has_room(struct flight *flight);

void flight__start_copy(struct flight *flight);

#endif
