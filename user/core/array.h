/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow: twice as large each time. */
#ifndef CORE_ARRAY_H
#define CORE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* For the macro.  NULL: no memory, and all is as it was. */
void *array__grow(void *array, size_t size, size_t first, size_t *room);

/*
 * Makes room for one more element than `count`; `first` is the room of an array that has none
 * yet.  False: there is no memory, and the array is as it was.
 */
#define ARRAY_ROOM(array, count, room, first)                                                      \
	({                                                                                         \
		size_t room_ = (room);                                                             \
		void *grown_ = (array);                                                            \
		if ((count) >= room_)                                                              \
			grown_ = array__grow(grown_, sizeof(*(array)), (first), &room_);           \
		if (grown_) {                                                                      \
			(array) = grown_;                                                          \
			(room) = (__typeof__(room))room_;                                          \
		}                                                                                  \
		grown_ != NULL;                                                                    \
	})

#endif
