/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a portrait comes from who wakes whom: the row communication, and whether threads take turns. */
#ifndef MODEL_PORTRAIT_WAKES_H
#define MODEL_PORTRAIT_WAKES_H

#include "model/comparison/portrait.h"

/* Fills in the row. */
void portrait__draw_communication(struct portrait *portrait);

/* Adds to the row use, and says how it is known. */
void portrait__draw_turns(struct portrait *portrait);

/* A sentence of the verdict; false: there is nothing to say. */
bool portrait__say_turns(struct portrait *portrait);

/* "futex 12.3k, 3.74us; pipe 101, 3.7us" of a scope; "" if there was none. */
void wake_sums__say(const struct wake_sums *sums, enum wake_scope scope, double seconds, char *text,
		    size_t size);

/* What a hand-off by this channel costs by the price list, ns; NaN: not known. */
double portrait_prices__handoff(const struct portrait_prices *prices, int channel);

/* "It takes turns: ..." of a process; "" if there is nothing to tell. */
void serial__say(const struct serial *serial, char *text, size_t size);

#endif
