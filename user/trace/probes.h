/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks, what each is for, and which rung this kernel allows: for the loader and for doctor. */
#ifndef TRACE_PROBES_H
#define TRACE_PROBES_H

#include <stdbool.h>
#include <stddef.h>

enum probe {
#define PROBE(id, need, gives, loses) PROBE_##id,
#include "probes.def"
	PROBE_COUNT
};

enum rung_type { RUNG_TP_BTF, RUNG_FEXIT, RUNG_KPROBE, RUNG_ITER, RUNG_TEST_RUN };

enum rung {
#define RUNG(probe, type, target, program, note) RUNG_OF_##program,
#include "probes.def"
	RUNG_COUNT
};

struct rung_info {
	enum probe probe;
	enum rung_type type;
	const char *target;
	const char *program;
	const char *note;
};

struct probe_info {
	const char *name;
	bool required;
	const char *gives;
	const char *loses;
};

extern const struct probe_info probe_infos[PROBE_COUNT];
extern const struct rung_info rung_infos[RUNG_COUNT];

/* What the trial of a rung said. */
struct rung_trial {
	bool tried;
	int error;	 /* negative errno; 0: it attaches */
	char target[64]; /* the symbol that attaches, where it differs from the table */
	const char *why; /* a sentence; NULL if it attaches */
};

struct probe_set {
	struct rung_trial trials[RUNG_COUNT];
	int chosen[PROBE_COUNT]; /* enum rung, or -1 */
};

/* "tp_btf:sched_switch"; how a rung is named to the user. */
const char *rung__type_name(enum rung_type type);

/* Whether a list of forced rungs (see below) can be understood: 0 or -EINVAL. */
int probe_set__check_forced(const char *forced);

/*
 * Tries every rung.  forced is NULL or a list "cost=kprobe,pick=none" that
 * takes choices away, for tests of the fallbacks.  Returns 0, or -EINVAL for a
 * list that names no probe or rung.
 */
int probe_set__try(struct probe_set *set, const char *forced);

/* The first required probe without a rung, or -1. */
int probe_set__missing(const struct probe_set *set);

#endif
