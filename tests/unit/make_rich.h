/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run in which everything happens that a summary can tell of, and no two figures are
 * the same: what is printed in a wrong place shows.
 */
#ifndef TESTS_UNIT_MAKE_RICH_H
#define TESTS_UNIT_MAKE_RICH_H

#include "make_lifecycle.h"
#include "make_store.h"
#include "make_summary.h"
#include "model/profile/profile.h"

struct rich {
	struct scene scene;
	struct story story;
};

/* Of a whole machine, with its threads, still to be taken. */
void rich__fill(struct rich *rich);

/* With losses; `poor`: with measures that are not available, too. */
void rich__describe(struct summary *summary, const struct model *model, bool poor);

/* Takes it. */
void rich__take(struct rich *rich, bool poor);
void rich__make(struct rich *rich, bool poor);
void rich__release(struct rich *rich);

/* ---- stacks, and what was paid on them ---- */

#define RICH_SAMPLES 9

struct rich_profile {
	struct profile *profile;
	struct sample samples[RICH_SAMPLES];
};

void rich_profile__make(struct rich_profile *rich);
void rich_profile__release(struct rich_profile *rich);

/* Writes both into the recording of make_store.h, the last sample as one that is open. */
void rich__record(const struct rich *rich, struct rich_profile *profile);

/* A rich run that is recorded, and what is read of it. */
struct rich_round {
	struct rich rich;
	struct rich_profile profile;
	struct store *store;
	struct scene again;
};

void rich_round__begin(struct rich_round *made);
void rich_round__end(struct rich_round *made);

#endif
