/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/usage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"

#define CHUNK 1024 /* numbers */

int usage__note(struct usage *usage, __u32 number, __u32 period)
{
	size_t at = number / CHUNK;
	__u32 *place;

	while (usage->count <= at) {
		if (!ARRAY_ROOM(usage->chunks, usage->count, usage->room, 64))
			return -ENOMEM;
		usage->chunks[usage->count++] = NULL;
	}
	if (!usage->chunks[at])
		usage->chunks[at] = calloc(CHUNK, sizeof(__u32));
	if (!usage->chunks[at])
		return -ENOMEM;
	place = &usage->chunks[at][number % CHUNK];
	if (*place < period)
		*place = period;
	return 0;
}

__u32 usage__get(const struct usage *usage, __u32 number)
{
	size_t at = number / CHUNK;

	return at < usage->count && usage->chunks[at] ? usage->chunks[at][number % CHUNK] : 0;
}

void usage__free(struct usage *usage)
{
	size_t i;

	for (i = 0; i < usage->count; i++)
		free(usage->chunks[i]);
	free(usage->chunks);
	memset(usage, 0, sizeof(*usage));
}
