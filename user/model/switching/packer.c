/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/packer.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/heap.h"

static bool packer__grow(struct packer *packer, size_t more)
{
	size_t room = packer->room ? 2 * packer->room : packer->expected;
	unsigned char *bytes;

	if (room < 4096)
		room = 4096;
	while (room < packer->size + more)
		room *= 2;
	bytes = packer->err ? NULL : realloc(packer->bytes, room);
	if (!bytes) {
		packer->err = packer->err ? packer->err : -ENOMEM;
		return false;
	}
	heap__expect(bytes + packer->size, room - packer->size);
	packer->bytes = bytes;
	packer->room = room;
	return true;
}

static bool packer__has_room(struct packer *packer, size_t more)
{
	return packer->size + more <= packer->room || packer__grow(packer, more);
}

#define NUMBER_BYTES 10 /* at most */

__u64 packer__number_of_any_size(struct packer *packer, __u64 value)
{
	int shift = 0;
	unsigned char byte;

	if (!packer->reads) {
		__u64 rest = value;

		if (!packer__has_room(packer, NUMBER_BYTES))
			return value;
		for (; rest >= 0x80; rest >>= 7)
			packer->bytes[packer->size++] = (unsigned char)(rest | 0x80);
		packer->bytes[packer->size++] = (unsigned char)rest;
		return value;
	}
	value = 0;
	do {
		byte = packer->bytes[packer->at++];
		value |= (__u64)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

void packer__figures(struct packer *packer, __u64 *values, size_t count)
{
	unsigned char *lengths, *to;
	size_t i;

	if (packer->reads) {
		lengths = packer->bytes + packer->at;
		packer->at += (count + 1) / 2;
		for (i = 0; i < count; i++) {
			size_t length = lengths[i / 2] >> 4 * (i % 2) & 15, byte;

			values[i] = 0;
			for (byte = 0; byte < length; byte++)
				values[i] |= (__u64)packer->bytes[packer->at++] << 8 * byte;
		}
		return;
	}
	if (!packer__has_room(packer, (count + 1) / 2 + count * sizeof(*values)))
		return;
	lengths = packer->bytes + packer->size;
	to = lengths + (count + 1) / 2;
	memset(lengths, 0, (count + 1) / 2);
	for (i = 0; i < count; i++) {
		__u64 value = values[i], bytes = htole64(value);
		unsigned int length = value ? (71U - (unsigned int)__builtin_clzll(value)) / 8 : 0;

		lengths[i / 2] |= (unsigned char)(length << 4 * (i % 2));
		memcpy(to, &bytes, sizeof(bytes)); /* those behind are written over */
		to += length;
	}
	packer->size = (size_t)(to - packer->bytes);
}

void packer__sparse(struct packer *packer, __u64 *values, size_t from, size_t count)
{
	size_t i, last = 0;

	if (packer->reads) {
		while ((i = packer__number(packer, 0))) {
			last += i;
			values[last - 1] = packer__number(packer, 0);
		}
		return;
	}
	for (i = 0; i < count; i++) {
		if (!values[i])
			continue;
		packer__number(packer, from + i + 1 - last);
		packer__number(packer, values[i]);
		last = from + i + 1;
	}
	packer__number(packer, 0);
}

#define DENSE_MOST 0x7f

void packer__dense(struct packer *packer, __u64 *values, size_t from, size_t count)
{
	__u64 all = 0;
	size_t i;

	if (packer->reads) {
		count = packer__number(packer, 0);
		if (!count) {
			packer__sparse(packer, values, 0, 0);
			return;
		}
		from = packer__number(packer, 0);
		for (i = 0; i < count; i++)
			values[from + i] = packer->bytes[packer->at++];
		return;
	}
	while (count && !values[count - 1])
		count--;
	for (; count && !*values; values++, from++)
		count--;
	for (i = 0; i < count; i++)
		all |= values[i];
	if (!count || count > DENSE_MOST || all > 0xff || !packer__has_room(packer, count + 12)) {
		packer__number(packer, 0);
		packer__sparse(packer, values, from, count);
		return;
	}
	packer__number(packer, count);
	packer__number(packer, from);
	for (i = 0; i < count; i++)
		packer->bytes[packer->size + i] = (unsigned char)values[i];
	packer->size += count;
}

void packer__raw(struct packer *packer, void *place, size_t size)
{
	if (packer->reads) {
		memcpy(place, packer->bytes + packer->at, size);
		packer->at += size;
	} else if (packer__has_room(packer, size)) {
		memcpy(packer->bytes + packer->size, place, size);
		packer->size += size;
	}
}

void packer__text(struct packer *packer, char *place)
{
	size_t length = packer__number(packer, packer->reads ? 0 : strlen(place));

	packer__raw(packer, place, length);
	if (packer->reads)
		place[length] = '\0';
}

void *packer__there(struct packer *packer, void *pointer, size_t size)
{
	if (!packer->reads) {
		packer__number(packer, pointer != NULL);
		return pointer;
	}
	if (packer->err || !packer__number(packer, 0))
		return NULL;
	pointer = calloc(1, size);
	if (!pointer)
		packer->err = -ENOMEM;
	return pointer;
}
