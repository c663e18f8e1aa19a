/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/dist.h"

#include <string.h>

#define TITLE(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define UNTITLED                                                                                   \
	{                                                                                          \
		0                                                                                  \
	}

#define LAYOUT(L)                                                                                  \
	LAYOUT_##L, HIST_##L##_FIRST, HIST_##L##_SUB, HIST_##L##_COARSE, HIST_##L##_BUCKETS

const struct dist_info dist_infos[DIST_INFOS] = {
#define DIST(id, layout, group, name, probe, sort, title, help)                                    \
	[D_##id] = { group, name, help, title, LAYOUT(layout) },
#include "counters.def"
	[D_SWITCH_IDLE] = { "switch_ns", "idle", "switch phase of switches to idle", UNTITLED,
			    LAYOUT(COST) },
	[D_COPY] = { "", "copy_ns", "system call entry to the new task", UNTITLED, LAYOUT(WAIT) },
	[D_RETURN] = { "", "return_ns", "new task to system call exit in the creator", UNTITLED,
		       LAYOUT(SLEEP) },
	[D_START] = { "", "start_ns", "first wakeup to first switch in", UNTITLED, LAYOUT(WAIT) },
	[D_EXEC] = { "", "exec_ns", "system call entry to the new program", UNTITLED,
		     LAYOUT(WAIT) },
	[D_LIFE] = { "", "life_ns", "creation to last switch", UNTITLED, LAYOUT(SLEEP) },
};

/* A histogram on the wire begins with these; its buckets follow. */
struct wire_hist {
	__u64 sum;
	__u64 max;
	__u32 bucket[];
};

static size_t dist__size(int d)
{
	return sizeof(struct wire_hist) + dist_infos[d].buckets * sizeof(__u32);
}

size_t dist__wire_size(__u32 mask)
{
	size_t size = 0;
	int d;

	for (d = 0; d < D_COUNT; d++) {
		if (mask & (1U << d))
			size += dist__size(d);
	}
	return size;
}

const void *dist__on_wire(const void *wire, __u32 mask, enum measure d)
{
	const char *at = wire;

	if (!(mask & (1U << d)))
		return NULL;
	return at + dist__wire_size(mask & ((1U << d) - 1));
}

/* Upper end of bucket i; the last one is open, so its end is the maximum. */
static __u64 dist__ceiling(const struct dist_info *info, __u32 i, __u64 max)
{
	__u64 end;

	if (i + 1 >= info->buckets)
		return max;
	end = hist_floor(i + 1, info->first, info->sub, info->coarse);
	return end < max ? end : max;
}

void dist__add_wire(struct dist *dist, int target, const void *now, const void *before)
{
	const struct wire_hist *new = now, *old = before;
	const struct dist_info *info = &dist_infos[target];
	__u32 i, top = 0;
	__u64 max;

	for (i = 0; i < info->buckets; i++) {
		__u32 more = new->bucket[i] - (old ? old->bucket[i] : 0); /* may wrap */

		if (!more)
			continue;
		dist->bucket[i] += more;
		dist->count += more;
		top = i;
	}
	dist->sum += new->sum - (old ? old->sum : 0);
	/* a maximum that has not grown may be older than the first reading */
	max = !old || new->max > old->max ? new->max : dist__ceiling(info, top, new->max);
	if ((new->sum != (old ? old->sum : 0)) && max > dist->max)
		dist->max = max;
}

void dist__add(struct dist *dist, const struct dist *other)
{
	int i;

	dist->count += other->count;
	dist->sum += other->sum;
	if (other->max > dist->max)
		dist->max = other->max;
	for (i = 0; i < HIST_MAX_BUCKETS; i++)
		dist->bucket[i] += other->bucket[i];
}

void dist__add_sample(struct dist *dist, int which, __u64 ns)
{
	const struct dist_info *info = &dist_infos[which];

	dist->bucket[hist_bucket(ns, info->first, info->sub, info->coarse, info->buckets)]++;
	dist->count++;
	dist->sum += ns;
	if (ns > dist->max)
		dist->max = ns;
}

__u64 dist__percentile(const struct dist *dist, int which, double share)
{
	const struct dist_info *info = &dist_infos[which];
	double rank = share * (double)dist->count, below = 0;
	__u32 i;

	for (i = 0; i < info->buckets; i++) {
		double here = (double)dist->bucket[i];
		__u64 from, to;

		if (!here || below + here < rank) {
			below += here;
			continue;
		}
		from = hist_floor(i, info->first, info->sub, info->coarse);
		to = dist__ceiling(info, i, dist->max);
		if (to <= from)
			return to;
		from += (__u64)((double)(to - from) * (rank - below) / here);
		return from < to ? from : to; /* a double may round up */
	}
	return dist->max;
}
