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

/* Frees all elements, which own nothing. */
#define HASH_FREE_ALL(head)                                                                        \
	do {                                                                                       \
		__typeof__(head) one_, next_;                                                      \
		HASH_ITER(hh, head, one_, next_) {                                                 \
			HASH_DEL(head, one_);                                                      \
			free(one_);                                                                \
		}                                                                                  \
	} while (0)

#endif
