/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The period of a recording as if fewer processes had been the target: what belongs to others
 * is taken out of its model before it is closed.
 */
#ifndef MODEL_NARROW_H
#define MODEL_NARROW_H

#include "model/switching/model.h"

/*
 * Keeps the processes for which `keeps` is true, with their threads, creations, ends and
 * crashes.  Ended processes that are only in a sum (folded_processes) belong to nobody: the sum
 * goes, their number stays.  Returns 0 or -ENOMEM.
 */
int model__narrow(struct model *model,
		  bool (*keeps)(const void *context, const struct process *process),
		  const void *context);

#endif
