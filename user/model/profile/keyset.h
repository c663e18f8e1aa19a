/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers for keys of three numbers: 1, 2, ... in the order in which they came.
 * Whatever belongs to a key lies in an array of its owner, at that number.
 * One allocation for thousands of keys, none for a look-up.
 */
#ifndef MODEL_KEYSET_H
#define MODEL_KEYSET_H

#include <linux/types.h>
#include <stddef.h>

struct key {
	__u32 a, b, c;
};

struct keyset {
	struct key *keys; /* at number - 1 */
	__u32 *slots;	  /* numbers by hash; 0: free */
	__u32 count, room, slot_count;
};

/* The number of the key, new (its number is then `count`) or not; 0 without memory. */
__u32 keyset__add(struct keyset *set, struct key key);

/* Its number; 0: it has none. */
__u32 keyset__find(const struct keyset *set, struct key key);

/*
 * An array of its owner for what belongs to the keys, elements of `size`, with room for one key
 * more than there are: the same or moved.  NULL without memory; then it is as it was.
 */
void *keyset__beside(const struct keyset *set, void *array, __u32 *room, size_t size);

/* The number of the key; if it is new, `value` belongs to it.  0 without memory. */
#define KEYSET_PUT(set, key, array, room, value)                                                   \
	({                                                                                         \
		__u32 before_ = (set)->count, number_ = 0;                                         \
		void *beside_ = keyset__beside(set, array, room, sizeof(*(array)));                \
		if (beside_) {                                                                     \
			(array) = beside_;                                                         \
			number_ = keyset__add(set, key);                                           \
		}                                                                                  \
		if (number_ > before_)                                                             \
			(array)[before_] = (value);                                                \
		number_;                                                                           \
	})

void keyset__release(struct keyset *set);

#endif
