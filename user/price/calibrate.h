/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rounds: every price once a round, until there are enough of them. */
#ifndef PRICE_CALIBRATE_H
#define PRICE_CALIBRATE_H

#include "price/price.h"

struct calibration {
	unsigned int rounds; /* at least 3, at most PRICE_ROUNDS_MAX */
	/* Told after each measurement; returns false to stop early.  NULL: nobody asks. */
	bool (*progress)(void *context, size_t done, size_t all);
	void *context;
};

/* Returns 0, -ECANCELED (stopped before the third round), -ENOMEM or -ENODEV (no CPU). */
int calibrate__run(struct price_list *list, const struct calibration *calibration);

#endif
