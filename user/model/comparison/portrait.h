/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One target in the seven rows: what it has, what it would have in the other shape, and how
 * that is known.
 */
#ifndef MODEL_PORTRAIT_H
#define MODEL_PORTRAIT_H

#include "model/comparison/isolation.h"
#include "model/comparison/shape.h"
#include "model/comparison/verdict.h"

enum portrait_row {
	ROW_MEMORY,
	ROW_ISOLATION,
	ROW_COMMUNICATION,
	ROW_CRASH,
	ROW_CREATION,
	ROW_SWITCHING,
	ROW_USE,
	PORTRAIT_ROWS
};

/* "memory", ... */
extern const char *const portrait_rows[PORTRAIT_ROWS];

/* Sentences; "" says that there is nothing to say.  samples: how many the first is made of. */
struct portrait_line {
	char has[320], other[320];
	char known[160];     /* how `other` is known */
	const char *counted; /* what the samples are */
	__u64 samples;
};

/* Of this machine's price list, ns; NaN: it has none, or there is no list. */
struct portrait_prices {
	/* what two processes that hand over to each other cost more than two threads, by futex */
	double process_extra;
	double futex, pipe, thread, fork;
	/*
	 * process_extra by the channel that they wake each other with: threads also share their
	 * table of open files, and each use of a descriptor costs them more for that.
	 */
	double extra_by[WAKE_CHANNELS];
};

/* All of them are not known. */
struct portrait_prices portrait_prices__none(void);

struct portrait {
	char target[256], host[65], kernel[65];
	__u64 start_realtime_ns;
	struct shape shape;
	struct isolation isolation;
	const struct wakes *wakes; /* sorted; NULL: not recorded */
	struct portrait_prices prices;
	const char *no_prices; /* why they are not known, if there is more to say; NULL */
	const char *recording; /* the file that it is drawn from; NULL: it was looked at live */
	__u64 unplaced;	       /* ended processes that may be of the target, and have no row */
	/* What separate address spaces cost, or would, ns of the whole run; NaN: not known */
	double address_space_ns;
	bool from_price_list; /* that is */
	struct portrait_line rows[PORTRAIT_ROWS];
	struct verdict verdict;
};

/* Why prices are not known. */
const char *portrait__no_prices(const struct portrait *portrait);

/* Fills in rows and verdict. */
void portrait__draw(struct portrait *portrait);

#endif
