/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"

#define KEEP_NS	   (600ULL * 1000000000)
#define KEEP_BYTES (32U << 20)

static size_t period__bytes(const struct kept_period *period)
{
	return sizeof(*period) + period->compact.size + period->compact.crash_bytes;
}

/* The oldest ones. */
static void forget(struct keeper *keeper, size_t count)
{
	size_t i;

	if (!count)
		return;
	for (i = 0; i < count; i++) {
		keeper->bytes -= period__bytes(&keeper->periods[i]);
		keeper->ns -= keeper->periods[i].summary.duration_ns;
		compact__free(&keeper->periods[i].compact);
	}
	keeper->count -= count;
	memmove(keeper->periods, keeper->periods + count, keeper->count * sizeof(*keeper->periods));
}

/* The newest one stays, however large it is. */
static void make_room(struct keeper *keeper)
{
	__u64 ns = keeper->ns;
	size_t bytes = keeper->bytes, old = 0;

	while (old + 1 < keeper->count && (ns > KEEP_NS || bytes > KEEP_BYTES)) {
		ns -= keeper->periods[old].summary.duration_ns;
		bytes -= period__bytes(&keeper->periods[old++]);
	}
	if (old)
		forget(keeper, old);
}

/* What it says of the model goes with the model. */
static void summary__let_go(struct summary *summary)
{
	summary->system = summary->idle = summary->folded = NULL;
	summary->processes = NULL;
	summary->sort = NULL;
	summary->groups = NULL;
	summary->spawns = NULL;
	summary->ends = NULL;
	summary->crashes = NULL;
	summary->process_count = summary->crash_count = 0;
}

int keeper__take(struct keeper *keeper, const struct model *model, const struct summary *summary,
		 __u64 end_ns)
{
	struct kept_period *period;
	size_t expected;
	int err;

	if (!ARRAY_ROOM(keeper->periods, keeper->count, keeper->room, 64))
		return -ENOMEM;
	period = &keeper->periods[keeper->count];
	expected = keeper->count ? period[-1].compact.size :
				   0; /* one interval is much like the other */
	err = compact__pack(&period->compact, model, expected + expected / 8);
	if (err)
		return err;
	period->summary = *summary;
	summary__let_go(&period->summary);
	period->end_ns = end_ns;
	keeper->count++;
	keeper->bytes += period__bytes(period);
	keeper->ns += summary->duration_ns;
	make_room(keeper);
	return 0;
}

void keeper__forget(struct keeper *keeper)
{
	forget(keeper, keeper->count);
	free(keeper->periods);
	keeper->periods = NULL;
	keeper->room = 0;
}
