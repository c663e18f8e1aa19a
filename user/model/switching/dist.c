/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/dist.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LAYOUT(L)                                                                                  \
	LAYOUT_##L, HIST_##L##_FIRST, HIST_##L##_OCTAVES, HIST_BUCKETS(HIST_##L##_OCTAVES),        \
		HIST_FINE_BUCKETS(HIST_##L##_OCTAVES)

const struct dist_info dist_infos[DIST_INFOS] = {
#define DIST(id, layout, group, name, probe, help) [D_##id] = { group, name, help, LAYOUT(layout) },
#include "counters.def"
	[D_SWITCH_IDLE] = { "switch_ns", "idle", "switch phase of switches to idle", LAYOUT(COST) },
	[D_COPY] = { "", "copy_ns", "system call entry to the new task", LAYOUT(WAIT) },
	[D_RETURN] = { "", "return_ns", "new task to system call exit in the creator",
		       LAYOUT(SLEEP) },
	[D_START] = { "", "start_ns", "first wakeup to first switch in", LAYOUT(WAIT) },
	[D_EXEC] = { "", "exec_ns", "system call entry to the new program", LAYOUT(WAIT) },
	[D_LIFE] = { "", "life_ns", "creation to last switch", LAYOUT(SLEEP) },
};

/* Upper end of bucket i; the last one is open, so its end is the maximum. */
static __u64 dist__ceiling(const struct dist_info *info, __u32 i, __u64 max)
{
	__u64 end;

	if (i + 1 >= info->buckets)
		return max;
	end = hist_floor(i + 1, info->first) - 1;
	return end < max ? end : max;
}

static void dist__widen(struct dist *dist, __u64 min, __u64 max, __u64 count)
{
	if (!dist->count || min < dist->min)
		dist->min = min;
	if (max > dist->max)
		dist->max = max;
	dist->count += count;
}

/* ~min in 64 bits, so that it grows as it does there. */
static __u64 wire_hist__low(const struct wire_hist *hist, bool prices)
{
	if (prices)
		return hist->cost.low ? ~0ULL << 32 | hist->cost.low : 0;
	return hist->low;
}

/*
 * What one or two samples were follows from their sum, unless they stand for different numbers of
 * switches.
 */
static void samples__tell_apart(__u64 count, __u64 weight, __u64 sum, bool has_max, bool has_min,
				__u64 *min, __u64 *max)
{
	if (count > 2 || weight % count)
		return;
	sum /= weight / count;
	if (count == 1)
		*min = *max = sum;
	else if (has_max && sum >= *max)
		*min = sum - *max;
	else if (has_min && sum >= *min)
		*max = sum - *min;
}

/* Returns how many. */
static __u64 buckets__add(struct dist *dist, const struct seen_hist *now,
			  const struct seen_hist *before, struct bucket_range range)
{
	__u64 all = 0;
	__u32 i, more;

	for (i = range.first; i <= range.last; i++) {
		more = seen_hist__bucket(now, i) - seen_hist__bucket(before, i); /* may wrap */
		dist->bucket[i - dist->from] += more;
		all += more;
	}
	return all;
}

void dist__add_range(struct dist *dist, int target, const struct seen_hist *now,
		     const struct seen_hist *before, struct bucket_range range)
{
	const struct wire_hist *new = now->head, *old = before->head;
	const struct dist_info *info = &dist_infos[target];
	bool prices = info->layout == LAYOUT_COST;
	__u64 new_low = wire_hist__low(new, prices),
	      old_low = old ? wire_hist__low(old, prices) : 0;
	bool has_max = !old || new->max > old->max, has_min = !old || new_low > old_low;
	__u64 min = ~new_low, max = new->max, sum = new->sum - (old ? old->sum : 0), weight;
	__u64 count;

	weight = buckets__add(dist, now, before, range);
	dist->sum += sum;
	count = prices ? (__u32)(new->cost.priced - (old ? old->cost.priced : 0)) : weight;
	if (!count || !weight)
		return;
	/* a maximum that has not grown may be older than the first reading, and so with a minimum */
	if (!has_max)
		max = dist__ceiling(info, range.last, new->max);
	if (!has_min && hist_floor(range.first, info->first) > min)
		min = hist_floor(range.first, info->first);
	samples__tell_apart(count, weight, sum, has_max, has_min, &min, &max);
	dist__widen(dist, min < max ? min : max, max, count);
}

/* The one at i and the one behind it, of two histograms that have them. */
static bool pair__differs(const struct seen_hist *now, const struct seen_hist *before, __u32 i)
{
	return memcmp(now->head->bucket + i, before->head->bucket + i, 2 * sizeof(__u32)) != 0;
}

static bool bucket__differs(const struct seen_hist *now, const struct seen_hist *before, __u32 i)
{
	return seen_hist__bucket(now, i) != seen_hist__bucket(before, i);
}

/* Those that differ: of few samples most buckets do not. */
static struct bucket_range seen_hist__range(const struct seen_hist *now,
					    const struct seen_hist *before)
{
	__u32 first = 0, last = now->end > before->end ? now->end : before->end;
	__u32 both = now->end < before->end ? now->end : before->end;

	while (first + 2 <= both && !pair__differs(now, before, first))
		first += 2;
	while (first < last && !bucket__differs(now, before, first))
		first++;
	while (last > both && last > first && !bucket__differs(now, before, last - 1))
		last--;
	while (last <= both && last >= first + 2 && !pair__differs(now, before, last - 2))
		last -= 2;
	while (last > first && !bucket__differs(now, before, last - 1))
		last--;
	if (first == last)
		return (struct bucket_range){ 1, 0 };
	return (struct bucket_range){ first, last - 1 };
}

bool dist__differs(const struct seen_hist *now, const struct seen_hist *before,
		   struct bucket_range *ret_range)
{
	const struct wire_hist *new = now->head, *old = before->head;

	*ret_range = seen_hist__range(now, before);
	if (ret_range->first <= ret_range->last)
		return true;
	return old ? memcmp(new, old, sizeof(*new)) != 0 : new->sum != 0;
}

void dist__add_wire(struct dist *dist, int target, const void *now, const void *before)
{
	__u32 buckets = dist_infos[target].buckets;
	struct seen_hist new = { now, now ? buckets : 0 };
	struct seen_hist old = { before, before ? buckets : 0 };

	dist__add_range(dist, target, &new, &old, seen_hist__range(&new, &old));
}

#define THIN_STEP 4U /* buckets, an octave */

/* Whole octaves: samples that come next are near those that came before. */
static void range__round(struct bucket_range range, __u32 *ret_from, __u32 *ret_end)
{
	__u32 end = range.first > range.last ? 0 : range.last + 1;

	*ret_from = end ? range.first - range.first % THIN_STEP : 0;
	*ret_end = end + THIN_STEP - end % THIN_STEP;
}

struct dist *dist__reuse(struct dist *old, struct bucket_range range)
{
	__u32 from, end, room = old->room;

	range__round(range, &from, &end);
	if (end - from > room) { /* soon it is as large as its thread ever needs it */
		struct dist *more;

		room = end - from;
		more = realloc(old, offsetof(struct dist, bucket) + room * sizeof(old->bucket[0]));
		if (!more)
			return NULL;
		old = more;
	}
	memset(old, 0, offsetof(struct dist, bucket) + room * sizeof(old->bucket[0]));
	old->from = (__u16)from;
	old->room = (__u16)room;
	return old;
}

int dist__make_room(struct dist **dist, struct bucket_range range)
{
	struct dist *old = *dist, *new;
	__u32 from, end;

	if (old && (!old->room || range.first > range.last ||
		    (range.first >= dist__first(old) && range.last < dist__end(old))))
		return 0;
	range__round(range, &from, &end);
	if (old && dist__first(old) < from)
		from = dist__first(old);
	if (old && dist__end(old) > end)
		end = dist__end(old);
	new = calloc(1, offsetof(struct dist, bucket) + (end - from) * sizeof(new->bucket[0]));
	if (!new)
		return -ENOMEM;
	if (old) {
		memcpy(new, old, offsetof(struct dist, bucket));
		memcpy(new->bucket + (dist__first(old) - from), old->bucket,
		       old->room * sizeof(new->bucket[0]));
		free(old);
	}
	new->from = (__u16)from;
	new->room = (__u16)(end - from);
	*dist = new;
	return 0;
}

struct bucket_range dist__used(const struct dist *dist)
{
	struct bucket_range range = { dist__first(dist), dist__end(dist) };

	while (range.first < range.last && !dist->bucket[range.first - dist->from])
		range.first++;
	if (range.first == range.last)
		return (struct bucket_range){ 1, 0 };
	while (!dist->bucket[range.last - 1 - dist->from])
		range.last--;
	range.last--;
	return range;
}

__u32 dist__bucket_of(int which, __u64 ns)
{
	return hist_bucket(ns, dist_infos[which].first, dist_infos[which].octaves);
}

static bool dist__has_room_for_fine(struct dist *dist, int which)
{
	if (!dist->fine)
		dist->fine = calloc(dist_infos[which].fine, sizeof(*dist->fine));
	return dist->fine;
}

int dist__take_fine(struct dist *dist, int which, const struct dist *other)
{
	if (!dist__has_room_for_fine(dist, which))
		return -ENOMEM;
	memcpy(dist->fine, other->fine, dist_infos[which].fine * sizeof(*dist->fine));
	return 0;
}

/* The fine grain of a sum is known if it is known of all that is summed up. */
static int dist__sum_fine(struct dist *dist, int which, const struct dist *other)
{
	__u32 i;

	if (!other->count)
		return 0;
	if (!other->fine || (dist->count && !dist->fine)) {
		free(dist->fine);
		dist->fine = NULL;
		return 0;
	}
	if (!dist__has_room_for_fine(dist, which))
		return -ENOMEM;
	for (i = 0; i < dist_infos[which].fine; i++)
		dist->fine[i] += other->fine[i];
	return 0;
}

__u64 dist__sum_of_samples(const struct dist *dist)
{
	return dist->sum - (__u64)dist->open;
}

int dist__add(struct dist *dist, int which, const struct dist *other)
{
	struct bucket_range range = dist__used(other);
	int err = dist__sum_fine(dist, which, other);
	__u32 i;

	if (other->count)
		dist__widen(dist, other->min, other->max, other->count);
	dist->sum += other->sum;
	dist->open += other->open;
	for (i = range.first; i <= range.last; i++)
		dist->bucket[i - dist->from] += other->bucket[i - other->from];
	return err;
}

void dist__between(struct dist *ret_dist, int which, const struct dist *now,
		   const struct dist *before)
{
	const struct dist_info *info = &dist_infos[which];
	struct dist dist = { .count = now->count - before->count, .sum = now->sum - before->sum };
	__u32 i, lowest = info->buckets, highest = 0;

	for (i = 0; i < info->buckets; i++) {
		dist.bucket[i] = dist__bucket(now, i) - dist__bucket(before, i);
		if (!dist.bucket[i])
			continue;
		highest = i;
		if (lowest == info->buckets)
			lowest = i;
	}
	if (dist.count && lowest < info->buckets) {
		dist.max = dist__ceiling(info, highest, now->max);
		dist.min = hist_floor(lowest, info->first);
		if (dist.min < now->min)
			dist.min = now->min;
	}
	*ret_dist = dist;
}

void dist__add_sample(struct dist *dist, int which, __u64 ns)
{
	dist->bucket[dist__bucket_of(which, ns) - dist->from]++;
	dist->sum += ns;
	dist__widen(dist, ns, ns, 1);
}

int dist__add_fine(struct dist *dist, int which, const __u32 *now, const __u32 *before)
{
	__u32 i;

	for (i = 0; i < dist_infos[which].fine; i++) {
		__u32 more = now[i] - (before ? before[i] : 0); /* may wrap */

		if (!more)
			continue;
		if (!dist__has_room_for_fine(dist, which))
			return -ENOMEM;
		dist->fine[i] += more;
		dist->count += more;
	}
	return 0;
}

int dist__add_fine_sample(struct dist *dist, int which, __u64 ns)
{
	const struct dist_info *info = &dist_infos[which];

	if (!dist__has_room_for_fine(dist, which))
		return -ENOMEM;
	dist->fine[hist_fine_bucket(ns, info->first, info->octaves)]++;
	dist->count++;
	return 0;
}

void dist__free(struct dist *dist)
{
	if (dist)
		free(dist->fine);
	free(dist);
}

/* ---- percentiles ---- */

/* The samples in one grain. */
struct grain {
	const __u64 *bucket; /* from this one on, up to the one before that */
	__u32 from, end;
	__u32 buckets, first;
	__u64 (*floor)(__u32 i, __u32 first);
};

static __u64 floor__coarse(__u32 i, __u32 first)
{
	return hist_floor(i, first);
}

static __u64 floor__fine(__u32 i, __u32 first)
{
	return hist_fine_floor(i, first);
}

static __u64 grain__count(const struct grain *grain)
{
	__u64 count = 0;
	__u32 i;

	for (i = grain->from; i < grain->end; i++)
		count += grain->bucket[i - grain->from];
	return count;
}

static __u64 rank__of(double share, __u64 count)
{
	double rank = ceil(share * (double)count - 1e-6);

	if (rank < 1)
		return 1;
	return rank < (double)count ? (__u64)rank : count;
}

/* The value that is off by the same share from either end. */
static __u64 middle__of(__u64 from, __u64 to)
{
	if (!from)
		return to / 2;
	return (__u64)(2 * (double)from * (double)to / ((double)from + (double)to) + 0.5);
}

static __u64 grain__value(const struct grain *grain, __u64 rank, __u64 min, __u64 max)
{
	__u64 below = 0, from, to, value;
	__u32 i;

	for (i = grain->from; i < grain->end; i++) {
		below += grain->bucket[i - grain->from];
		if (below >= rank)
			break;
	}
	if (i == grain->end)
		return max;
	from = grain->floor(i, grain->first);
	to = i + 1 < grain->buckets ? grain->floor(i + 1, grain->first) - 1 : max;
	if (from < min)
		from = min;
	if (to > max)
		to = max;
	value = from < to ? middle__of(from, to) : to;
	/* what was counted a moment before or after the extremes were read */
	value = value < min ? min : value;
	return value > max ? max : value;
}

static bool dist__is_exact(const struct dist *dist)
{
	return dist->count <= 2 || dist->min == dist->max;
}

__u64 dist__percentile(const struct dist *dist, int which, double share)
{
	const struct dist_info *info = &dist_infos[which];
	const struct grain coarse = { dist->bucket,  dist__first(dist), dist__end(dist),
				      info->buckets, info->first,	floor__coarse };
	const struct grain fine = {
		dist->fine, 0, info->fine, info->fine, info->first, floor__fine
	};
	const struct grain *grain = dist->fine ? &fine : &coarse;
	__u64 rank;

	if (!dist->count)
		return 0;
	rank = rank__of(share, dist->count);
	if (rank == dist->count)
		return dist->max;
	if (rank == 1 || dist->min == dist->max)
		return dist->min;
	return grain__value(grain, rank__of(share, grain__count(grain)), dist->min, dist->max);
}

double dist__median(const struct dist *dist, int which)
{
	const struct dist_info *info = &dist_infos[which];
	double middle = (double)dist__weight(dist) / 2, below = 0, from, to;
	__u32 i;

	if (dist__is_exact(dist))
		return (double)dist__percentile(dist, which, 0.5);
	for (i = 0; i + 1 < info->buckets && below + (double)dist__bucket(dist, i) < middle; i++)
		below += (double)dist__bucket(dist, i);
	from = fmax((double)floor__coarse(i, info->first), (double)dist->min);
	to = i + 1 < info->buckets ? (double)floor__coarse(i + 1, info->first) : (double)dist->max;
	to = fmax(fmin(to, (double)dist->max), from);
	return from +
	       (to - from) * fmin((middle - below) / fmax((double)dist__bucket(dist, i), 1), 1);
}

__u64 dist__weight(const struct dist *dist)
{
	__u64 weight = 0;
	__u32 i;

	for (i = dist__first(dist); i < dist__end(dist); i++)
		weight += dist->bucket[i - dist->from];
	return weight;
}

/* Of what lies in a bucket, taken at the bucket's end. */
static double dist__squares(const struct dist *dist, const struct dist_info *info)
{
	double squares = 0;
	__u32 i;

	for (i = 0; i < info->buckets; i++) {
		double end = (double)dist__ceiling(info, i, dist->max);

		squares += (double)dist__bucket(dist, i) * end * end;
	}
	return squares;
}

double dist__sum_error(const struct dist *dist, int which, __u32 most)
{
	__u64 weight = dist__weight(dist), widest;

	if (most <= 1 || weight <= dist->count)
		return 0;
	widest = weight - dist->count + 1; /* if all others stand for themselves */
	if (widest > most)
		widest = most;
	return 1.96 * sqrt((double)(widest - 1) * dist__squares(dist, &dist_infos[which]));
}

int dist__digits(const struct dist *dist)
{
	return dist->fine || dist__is_exact(dist) ? 3 : 2;
}
