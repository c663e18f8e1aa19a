/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare RECORDING: the same page of a target in a recording. */
#ifndef CMD_COMPARE_RECORDING_H
#define CMD_COMPARE_RECORDING_H

#include "cmd/options.h"
#include "session/recorded_portrait.h"

/* With a recording named.  Returns 0 or -EINVAL. */
int compare_recording__check(const struct options *options, struct failure *failure);

/* Fills in the portrait. */
int compare_recording__take(struct recorded_portrait *recorded, struct portrait *portrait,
			    const struct options *options, struct failure *failure);

#endif
