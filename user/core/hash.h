/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to every hash table (uthash). */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stdlib.h>
#include <uthash.h>

/* The element whose `field` is `*key`, found or made, zero but for that; NULL without memory. */
#define HASH_GET(head, field, key)                                                                 \
	({                                                                                         \
		__typeof__(head) got_;                                                             \
		HASH_FIND(hh, head, key, sizeof(got_->field), got_);                               \
		if (!got_) {                                                                       \
			got_ = calloc(1, sizeof(*got_));                                           \
			if (got_) {                                                                \
				got_->field = *(key);                                              \
				HASH_ADD(hh, head, field, sizeof(got_->field), got_);              \
			}                                                                          \
		}                                                                                  \
		got_;                                                                              \
	})

/* Takes all elements out; free_one(element) frees each. */
#define HASH_FREE_ALL_BY(head, free_one)                                                           \
	do {                                                                                       \
		__typeof__(head) one_, next_;                                                      \
		HASH_ITER(hh, head, one_, next_) {                                                 \
			HASH_DEL(head, one_);                                                      \
			free_one(one_);                                                            \
		}                                                                                  \
	} while (0)

/* Of elements that own nothing. */
#define HASH_FREE_ALL(head) HASH_FREE_ALL_BY(head, free)

#endif
