/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A summary with something in every figure, and what a view makes of it. */
#ifndef TESTS_UNIT_MAKE_SUMMARY_H
#define TESTS_UNIT_MAKE_SUMMARY_H

#include "make_reading.h"
#include "model/switching/summary.h"
#include "view/columns.h"
#include "view/view.h"

/* CLOCK_MONOTONIC ns between which everything happens. */
#define SCENE_START 1000000ULL
#define SCENE_END   (SCENE_START + 2000000000ULL)

struct scene {
	struct model *model;
	struct summary summary;
};

/*
 * Processes 101, 102, ... in this order when sorted by switches, the nth with
 * 100 - n of them; the first has three threads, one of which has ended.
 */
void scene__make(struct scene *scene, unsigned int processes, bool threads, bool whole_machine);
void scene__release(struct scene *scene);

/* The same, still to be taken. */
void scene__fill(struct scene *scene, unsigned int processes, bool threads, bool whole_machine);

/* The same in two frame sizes: with nothing in it, and when something has happened. */
void scene__begin(struct scene *scene, bool threads, bool whole_machine);
void scene__take(struct scene *scene);

/* What a summary says apart from the model. */
void scene__describe(struct summary *summary);

/* The same with a task that has chosen this name, 15 bytes at most. */
void scene__make_named(struct scene *scene, const char *comm);

/* What the view writes; to be freed. */
char *scene__show(const struct scene *scene, const struct view *view,
		  const struct view_options *options);

/* The same of one crash. */
char *crash__show(const struct crash *crash, const struct view *view,
		  const struct view_options *options);

/* Names of tasks that want to do more than to be read; NULL at the end. */
extern const char *const hostile_names[];

/* Has it anything that a terminal would obey? Line breaks are not counted. */
bool has_control_characters(const char *text);

#endif
