/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For monitor*.c only. */
#ifndef MONITOR_MONITOR_PRIVATE_H
#define MONITOR_MONITOR_PRIVATE_H

#include "model/switching/summary.h"
#include "monitor/monitor.h"

void monitor__draw(struct monitor *monitor);

/* At each turn of waiting: keys are answered at once.  True: one of them asks for more than a picture. */
bool monitor__look(void *monitor);

/* Does what the keys have asked for. */
int monitor__obey(struct monitor *monitor, struct failure *failure);

/* Tracing has begun (again), or why not. */
int monitor__begun(struct monitor *monitor, int err, struct failure *failure);

/* The time since the last refresh. */
int monitor__sum_up(struct monitor *monitor, struct summary *ret_summary, struct failure *failure);

/* Takes it to the screen. */
int monitor__refresh(struct monitor *monitor, struct failure *failure);

#endif
