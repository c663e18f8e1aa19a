/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flame graph as lines of text, for where there is no picture. */
#ifndef MODEL_FLAME_LINES_H
#define MODEL_FLAME_LINES_H

#include "model/profile/flame.h"

#define FLAME_LINES 200

/* Functions that call each other with nothing beside them, in one line, outermost first. */
struct flame_line {
	__u64 ns;
	__u32 depth; /* lines that it is below */
	char text[204];
};

/* What it takes to know them, so far. */
struct lines_toll {
	__u64 cpu_ns; /* of the processes that take stacks */
	__u64 bpf_ns; /* of their BPF programs; 0: not known (yet) */
};

/* Each line above those that it calls, those with most time first. */
struct flame_lines {
	bool any; /* something is known by now: */
	__u64 ns; /* of all of it */
	struct lines_toll toll;
	char why[160]; /* why there is no more to come; "" */
	size_t count;
	struct flame_line lines[FLAME_LINES];
};

/* Of a flame that has been built; what is less than one in 200 is left out. */
void flame_lines__fill(struct flame_lines *lines, const struct flame *flame);

#endif
