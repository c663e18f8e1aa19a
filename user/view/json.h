/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pieces of JSON of which summaries and crashes are made.  Inside the views only. */
#ifndef VIEW_JSON_H
#define VIEW_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "ids.h"
#include "model/lifecycle/crash.h"
#include "model/switching/summary.h"
#include "view/view.h"

static inline void json__put(json_t *object, const char *key, __u64 value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

/* "pid", and what is to be known of it where namespaces differ. */
static inline void json__put_pid(json_t *object, __u32 pid, __u32 own_pid)
{
	json__put(object, "pid", id__shown(pid));
	if (id__is_outside(pid))
		json_object_set_new(object, "outside", json_true());
	else if (own_pid)
		json__put(object, "ns_pid", own_pid);
}

json_t *json__dist(const struct dist *dist, int which);

/* Births and ends. */
json_t *json__spawns(const struct summary *summary, const struct spawns *spawns);
json_t *json__end(const struct end *end);
json_t *json__crash(const struct crash *crash);

/* One document on one line; takes root.  0 or -ENOMEM. */
int json__print_line(FILE *out, json_t *root);

int json__write_crash(FILE *out, const struct crash *crash, const struct view_options *options);

#endif
