/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lengths of time, numbers and lists of ids, as anybody may write them. */
#include "core/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_NS (366 * 24 * 3600 * 1000000000ULL)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void try_duration(const char *text)
{
	__u64 ns;

	if (parse__duration(text, &ns))
		return;
	check(ns >= 1 && ns <= YEAR_NS);
	check(strspn(text, ".0123456789") > 0);
}

static void try_number(const char *text, __u64 max)
{
	__u64 number, same;

	if (parse__number(text, max, &number))
		return;
	check(number <= max);
	check(strspn(text, "0123456789") == strlen(text));
	check(!parse__number(text, number, &same) && same == number);
	check(!number || parse__number(text, number - 1, &same));
}

static void try_ids(const char *text)
{
	size_t count, commas = 0, i;
	__u32 *ids;

	if (parse__ids(text, &ids, &count))
		return;
	for (i = 0; text[i]; i++)
		commas += text[i] == ',';
	check(count == commas + 1);
	for (i = 0; i < count; i++)
		check(ids[i] >= 1 && ids[i] <= 1U << 22);
	free(ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	__u64 max = ~0ULL;
	char *text;

	if (size && data[0] & 0x80) { /* else the maximum of all */
		max = data[0] & 0x7f;
		data++;
		size--;
	}
	text = strndup((const char *)data, size);
	if (!text)
		return 0;
	try_duration(text);
	try_number(text, max);
	try_ids(text);
	free(text);
	return 0;
}
