/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there what the settings aim at?  Asked before anything is loaded. */
#ifndef SESSION_TARGET_H
#define SESSION_TARGET_H

#include "session/settings.h"

/* Completes the target (the id of a cgroup).  Returns 0 or a negative errno. */
int target__check(struct settings *settings, struct failure *failure);

#endif
