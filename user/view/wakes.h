/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom, in JSON and as text. */
#ifndef VIEW_WAKES_H
#define VIEW_WAKES_H

#include <jansson.h>
#include <stdio.h>

#include "model/comparison/serial.h"
#include "model/wakes/wakes.h"

/* By scope and channel; channels without wakeups are left out. */
json_t *wake_sums__to_json(const struct wake_sums *sums);

/* An array, those with most wakeups first. */
json_t *wakes__to_json(const struct wakes *wakes);

/* null: no process had more than one thread. */
json_t *serial__to_json(const struct serial *serial);

/* A table of the first `rows` pairs; nothing if there is none. */
void text__wakes(FILE *out, const struct wakes *wakes, size_t rows);

#endif
