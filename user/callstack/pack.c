/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/pack.h"

#include <string.h>

/* For each 64 words a word whose bits tell which of them are there, and these. */

size_t pack__room(size_t bytes)
{
	size_t words = (bytes + 7) / 8;

	return words + (words + 63) / 64;
}

static size_t part(size_t bytes, size_t at)
{
	return bytes - at < 8 ? bytes - at : 8;
}

size_t pack__words(__u64 *out, const void *from, size_t bytes)
{
	size_t used = 0, mask_at = 0, i;

	for (i = 0; i * 8 < bytes; i++) {
		__u64 word = 0;

		if (i % 64 == 0) {
			mask_at = used++;
			out[mask_at] = 0;
		}
		memcpy(&word, (const char *)from + i * 8, part(bytes, i * 8));
		if (!word)
			continue;
		out[mask_at] |= 1ULL << (i % 64);
		out[used++] = word;
	}
	return used;
}

size_t pack__unpack(void *to, size_t bytes, const __u64 *in)
{
	size_t used = 0, i;
	__u64 mask = 0;

	for (i = 0; i * 8 < bytes; i++) {
		__u64 word;

		if (i % 64 == 0)
			mask = in[used++];
		word = mask >> (i % 64) & 1 ? in[used++] : 0;
		memcpy((char *)to + i * 8, &word, part(bytes, i * 8));
	}
	return used;
}
