/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/reading.h"

#include <stdlib.h>
#include <string.h>

const __u8 reading__all[D_COUNT] = {
#define DIST(id, layout, ...) [D_##id] = HIST_BUCKETS(HIST_##layout##_OCTAVES),
#include "counters.def"
};

_Static_assert(offsetof(struct wire_hist, cost.priced) == offsetof(struct hist_COST, priced) &&
		       offsetof(struct wire_hist, bucket) == offsetof(struct hist_COST, bucket),
	       "one head for all layouts");
_Static_assert(offsetof(struct wire_hist, bucket) == offsetof(struct hist_WAIT, bucket),
	       "the same");

void reading__hists(const struct reading *reading, struct seen_hist *ret_hists)
{
	const char *at = reading->dists;
	int d;

	for (d = 0; d < D_COUNT; d++) {
		__u32 end = reading->rec ? reading->ends[d] : 0;

		ret_hists[d] = (struct seen_hist){ end ? (const void *)at : NULL, end };
		at += end ? WIRE_HIST_SIZE(end) : 0;
	}
}

struct seen_hist reading__hist(const struct reading *reading, enum measure d)
{
	struct seen_hist hists[D_COUNT];

	reading__hists(reading, hists);
	return hists[d];
}

/* Behind the head of the record; the histograms follow. */
struct copied {
	__u32 room; /* bytes for histograms */
	__u8 ends[D_COUNT];
};

#define WORDS(n)   (((n) + sizeof(__u64) - 1) / sizeof(__u64) * sizeof(__u64))
#define COPY_DISTS (WORDS(WIRE_REC_HEAD) + WORDS(sizeof(struct copied)))

static struct copied *copied__in(void *memory)
{
	return (void *)((char *)memory + WORDS(WIRE_REC_HEAD));
}

void *reading__copy(const struct reading *reading, void *memory, struct reading *ret_copy)
{
	size_t size = wire__dists_size(reading->ends);
	bool again = memory && copied__in(memory)->room >= size;
	char *copy = again ? memory : malloc(COPY_DISTS + size);
	struct copied *copied;

	if (!copy)
		return NULL;
	copied = copied__in(copy);
	if (!again)
		copied->room = (__u32)size;
	memcpy(copy, reading->rec, WIRE_REC_HEAD);
	memcpy(copied->ends, reading->ends, sizeof(copied->ends));
	memcpy(copy + COPY_DISTS, reading->dists, size);
	if (!again)
		free(memory);
	*ret_copy = (struct reading){ (const void *)copy, copy + COPY_DISTS, copied->ends };
	return copy;
}
