/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Perfetto trace that the program wrote, read back with the same description. */
#ifndef TESTS_LIB_PFTRACE_H
#define TESTS_LIB_PFTRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <view/perfetto.pb-c.h>

struct pftrace {
	Perfetto__Trace *trace;
	const Perfetto__InternedData *interned;
	size_t size; /* bytes of the file */
};

/* Of a file, whole: what cannot be read fails the test. */
struct pftrace pftrace__read(const char *path);
void pftrace__free(struct pftrace *pftrace);

/* Texts as they are shown; "" if there is none. */
const char *pftrace__name(const struct pftrace *pftrace, const Perfetto__TrackEvent *event);
const char *pftrace__category(const struct pftrace *pftrace, const Perfetto__TrackEvent *event);

/* An argument of an event; false: it has none of that name. */
bool pftrace__number(const struct pftrace *pftrace, const Perfetto__TrackEvent *event,
		     const char *name, uint64_t *ret_number);
const char *pftrace__text(const struct pftrace *pftrace, const Perfetto__TrackEvent *event,
			  const char *name); /* NULL */

/* The nth begin or instant of a category; NULL. */
const Perfetto__TracePacket *pftrace__find(const struct pftrace *pftrace, const char *category,
					   size_t nth);
size_t pftrace__count(const struct pftrace *pftrace, const char *category, const char *name);

/* The last descriptor of a track; NULL. */
const Perfetto__TrackDescriptor *pftrace__track(const struct pftrace *pftrace, uint64_t uuid);

/* Over all intervals on CPUs whose switch was counted. */
struct pftrace_sums {
	uint64_t switches, switch_ns, pick_ns;
};

/* kind NULL: of any */
struct pftrace_sums pftrace__sum(const struct pftrace *pftrace, const char *kind);

/* Slices of a name, on one track (0: on any), and their length. */
uint64_t pftrace__lasted(const struct pftrace *pftrace, const char *name, uint64_t track);

/* Each slice that begins ends, on each track one at a time, and flows that end have begun. */
void pftrace__check(const struct pftrace *pftrace);

#endif
