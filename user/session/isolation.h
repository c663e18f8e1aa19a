/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In what the processes of a target differ, so that threads could not stand in for them. */
#ifndef SESSION_ISOLATION_H
#define SESSION_ISOLATION_H

#include "model/comparison/isolation.h"
#include "model/switching/model.h"

/* Of all processes of the model that live, against the first of them. */
void isolation__read(struct isolation *ret_isolation, const struct model *model);

#endif
