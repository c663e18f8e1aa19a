/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes become text that fits, in whole code points, and then text for a terminal. */
#include "core/utf8.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

/* Somebody else's decoder says so. */
static void check_is_text(const char *text)
{
	json_t *string = json_string(text);

	check(string != NULL);
	json_decref(string);
}

static void check_is_printable(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (; *s; s++) {
		check(*s >= 0x20 && *s != 0x7f);
		check(*s != 0xc2 || s[1] < 0x80 || s[1] > 0x9f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t capacity;
	char *bytes, *text, *again;

	if (!size)
		return 0;
	capacity = 1U + data[0];
	bytes = malloc(size); /* of the very size, and no NUL behind */
	text = malloc(capacity);
	again = malloc(capacity);
	if (bytes && text && again) {
		memcpy(bytes, data + 1, size - 1);
		utf8__from_bytes(text, capacity, bytes, size - 1);
		check(strlen(text) < capacity);
		check(utf8__columns(text) <= strlen(text));
		check(utf8__fitting(text, capacity) <= strlen(text));
		check_is_text(text);
		utf8__from_bytes(again, capacity, text, capacity);
		check(!strcmp(text, again));
		utf8__printable(text);
		check(strlen(text) <= strlen(again));
		check_is_text(text);
		check_is_printable(text);
	}
	free(bytes);
	free(text);
	free(again);
	return 0;
}
