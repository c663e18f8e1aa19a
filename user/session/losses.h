/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a result incomplete, over all its periods, and the sentence that says so. */
#ifndef SESSION_LOSSES_H
#define SESSION_LOSSES_H

#include "model/switching/summary.h"

struct losses {
	__u64 missed; /* switches that the kernel counted and nobody saw */
	struct summary_loss lost;
};

/* Of a period that is over; missed: model->proof.missed. */
void losses__add(struct losses *losses, const struct summary_loss *lost, __u64 missed);

__u64 losses__sum(const struct losses *losses);

/*
 * If anything was lost, one line on stderr, also with --quiet: whoever exits with
 * EXIT_INCOMPLETE says why.  Returns whether anything was.
 */
bool losses__tell(const struct losses *losses);

#endif
