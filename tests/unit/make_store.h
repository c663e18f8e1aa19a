/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording of a scene, and what is read from it. */
#ifndef TESTS_UNIT_MAKE_STORE_H
#define TESTS_UNIT_MAKE_STORE_H

#include "make_lifecycle.h"
#include "make_summary.h"
#include "store/store.h"

/* A name in a directory of this test's own. */
const char *recording__path(void);

/* An empty one, ready for a flush; it goes over one that is there. */
struct store_writer *recording__create(void);
void recording__begin(struct store_writer *writer);
void recording__commit(struct store_writer *writer);
void recording__end(struct store_writer *writer, bool ended);

/* With the directory: for tests that have no other files. */
void recording__remove(void);

/* The model as it is, with this summary, as a period. */
void recording__put(struct store_writer *writer, __u32 period, const struct scene *scene,
		    const struct summary *summary, __u64 now);

/* By SQL: what somebody else makes of it, and the one number that a query finds. */
void recording__change(const char *sql);
long long recording__number(const char *sql);
long long recording__number_now(const char *sql); /* its writer has the file, and has committed */

struct store *recording__open(void);

/* The period, closed and summed up. */
void recording__read(struct store *store, __u32 period, struct scene *ret_scene);

/*
 * A scene, yet to be taken, in which tasks are created and end, and of two crashes one
 * takes others with it.
 */
void scene__fill_lifecycle(struct scene *scene, struct story *story);

/* All views make the same of both. */
void scenes__compare(const struct scene *scene, const struct scene *other);

/* Writes the scene, takes it, and expects to read the same. */
void scene__round(struct scene *scene);

#endif
