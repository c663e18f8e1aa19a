/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The longest that an escaped string can become. */
#include "view/escape.h"

#include <string.h>

#include "unit.h"

/* Each byte that is no UTF-8 becomes three: the room has to be for that, and for the end. */
Test(escape, json_of_bytes_that_are_no_text)
{
	char bytes[65];
	size_t size;

	for (size = 1; size < sizeof(bytes); size++) {
		json_t *value;

		memset(bytes, 0xff, size);
		bytes[size] = 0;
		value = escape__json(bytes);
		cr_assert_not_null(value);
		SAME(json_string_length(value), 3 * size);
		SAME_TEXT(json_string_value(value) + 3 * (size - 1), "\xef\xbf\xbd");
		json_decref(value);
	}
}
