/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/reading.h"

#include <stdlib.h>
#include <string.h>

static const __u8 buckets_of[D_COUNT] = {
#define DIST(id, layout, ...) [D_##id] = HIST_BUCKETS(HIST_##layout##_OCTAVES),
#include "counters.def"
};

_Static_assert(offsetof(struct wire_hist, cost.priced) == offsetof(struct hist_COST, priced) &&
		       offsetof(struct wire_hist, bucket) == offsetof(struct hist_COST, bucket),
	       "one head for all layouts");
_Static_assert(offsetof(struct wire_hist, bucket) == offsetof(struct hist_WAIT, bucket),
	       "the same");
_Static_assert(HIST_MAX_BUCKETS <= 255, "the number of a bucket is a byte");

/* A histogram of a copy: behind its head these buckets. */
struct thin_hist {
	__u8 from, end, pad[6];
	struct wire_hist hist;
};

/* Of a thin one: the head of the record comes first, then this, then the histograms. */
struct thin_dists {
	__u16 words;	   /* of eight bytes: all of it, with the head */
	__u16 room;	   /* and so many there is memory for */
	__u16 at[D_COUNT]; /* from its beginning, in words; 0: none */
};

#define WORD	  sizeof(__u64)
#define WORDS(n)  (((n) + WORD - 1) / WORD)
#define THIN_HEAD (WORDS(WIRE_REC_HEAD) * WORD)

static const void *on_wire(const struct reading *reading, enum measure d)
{
	if (!(reading->mask & (1U << d)))
		return NULL;
	return (const char *)reading->dists + wire__dists_size(reading->mask & ((1U << d) - 1));
}

struct seen_hist seen_hist__of_wire(const void *wire, __u32 buckets)
{
	const struct wire_hist *hist = wire;

	return (struct seen_hist){ hist, hist ? hist->bucket : NULL, 0, hist ? buckets : 0 };
}

struct seen_hist reading__hist(const struct reading *reading, enum measure d)
{
	const struct thin_dists *dists = reading->dists;
	const struct thin_hist *thin;

	if (!reading->rec)
		return (struct seen_hist){ 0 };
	if (!reading->thin)
		return seen_hist__of_wire(on_wire(reading, d), buckets_of[d]);
	if (!dists->at[d])
		return (struct seen_hist){ 0 };
	thin = (const void *)((const char *)reading->rec + dists->at[d] * WORD);
	return (struct seen_hist){ &thin->hist, thin->hist.bucket, thin->from, thin->end };
}

/* Buckets that are looked at together: of a thread, most hold nothing. */
#define STEP 4U

static bool any(const __u32 *bucket)
{
	__u64 pairs[STEP / 2];

	memcpy(pairs, bucket, sizeof(pairs));
	return pairs[0] | pairs[1];
}

/* The buckets that hold something, in whole octaves: so that the next reading needs as many. */
static void seen_hist__narrow(struct seen_hist *hist)
{
	while (hist->end > STEP && !any(hist->bucket + hist->end - STEP))
		hist->end -= STEP;
	while (hist->from + STEP <= hist->end && !any(hist->bucket + hist->from))
		hist->from += STEP;
	hist->bucket += hist->from;
}

static size_t thin_hist__set(struct thin_hist *thin, const struct seen_hist *hist)
{
	size_t size = (hist->end - hist->from) * sizeof(*hist->bucket);

	thin->from = (__u8)hist->from;
	thin->end = (__u8)hist->end;
	thin->hist = *hist->head;
	memcpy(thin->hist.bucket, hist->bucket, size);
	return WORDS(sizeof(*thin) + size);
}

static struct reading thin__at(const void *place)
{
	return (struct reading){ .rec = place,
				 .dists = (const char *)place + THIN_HEAD,
				 .thin = true };
}

struct reading reading__thin(const struct reading *reading, struct thin_room *room)
{
	struct thin_dists *dists = (void *)((char *)room + THIN_HEAD);
	size_t words = WORDS(THIN_HEAD + sizeof(*dists));
	int d;

	memcpy(room, reading->rec, WIRE_REC_HEAD);
	for (d = 0; d < D_COUNT; d++) {
		struct seen_hist hist = reading__hist(reading, d);

		dists->at[d] = 0;
		if (!hist.head)
			continue;
		seen_hist__narrow(&hist);
		dists->at[d] = (__u16)words;
		words += thin_hist__set((void *)(room->words + words), &hist);
	}
	dists->words = dists->room = (__u16)words;
	return thin__at(room);
}

void *reading__copy(const struct reading *thin, void *memory, struct reading *ret_copy)
{
	const struct thin_dists *dists = thin->dists;
	struct thin_dists *old = memory ? (void *)((char *)memory + THIN_HEAD) : NULL;
	__u16 room = old && old->room >= dists->words ? old->room : dists->words;
	char *copy = old && room == old->room ? memory : malloc(room * WORD);

	if (!copy)
		return NULL;
	memcpy(copy, thin->rec, dists->words * WORD);
	((struct thin_dists *)(void *)(copy + THIN_HEAD))->room = room;
	if (copy != memory)
		free(memory);
	*ret_copy = thin__at(copy);
	return copy;
}
