/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in few bytes, and back again: one description for both directions, so that what is written
 * is what is read.  Only for what this process has packed itself: nothing is checked.
 */
#ifndef MODEL_PACKER_H
#define MODEL_PACKER_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct packer {
	unsigned char *bytes;
	size_t size, room;
	size_t expected; /* room to begin with: memory that grows is copied; 0: nobody knows */
	size_t at;	 /* reading: up to here */
	bool reads;
	int err;
};

/* One of any size, as many bytes as it needs; returns the one that is read, or the one written. */
__u64 packer__number_of_any_size(struct packer *packer, __u64 value);

/* Most are small. */
static inline __u64 packer__number(struct packer *packer, __u64 value)
{
	if (packer->reads || value >= 0x80 || packer->size == packer->room)
		return packer__number_of_any_size(packer, value);
	packer->bytes[packer->size++] = (unsigned char)value;
	return value;
}

/*
 * So many, at most 16, of different sizes: how long each is comes first, half a byte each, then
 * their bytes.  What is done for one does not depend on how large it is.
 */
void packer__figures(struct packer *packer, __u64 *values, size_t count);

/*
 * Those that are not 0, each with its distance from the one before; 0 ends them.  The first of them
 * has the number `from`, which is 0 where they are read.
 */
void packer__sparse(struct packer *packer, __u64 *values, size_t from, size_t count);

/*
 * The same of those that lie side by side, most of them small: a byte each if that suffices.  Read
 * into an array that begins with number 0.
 */
void packer__dense(struct packer *packer, __u64 *values, size_t from, size_t count);

void packer__raw(struct packer *packer, void *place, size_t size);
void packer__text(struct packer *packer, char *place);

/* Is there something?  Reading, so many bytes are made for it; NULL: no. */
void *packer__there(struct packer *packer, void *pointer, size_t size);

#endif
