/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"

/* One field from *text, which is moved behind it, onto ',' or '\n' or the end. */
static json_t *field(const char **text)
{
	char *value = malloc(strlen(*text) + 1);
	const char *at = *text;
	size_t len = 0;
	json_t *string;

	cr_assert(value);
	if (*at == '"') {
		for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
			if (*at == '"')
				at++;
			value[len++] = *at;
		}
		cr_assert_eq(*at, '"', "a quoted field does not end");
		at++;
	} else {
		while (*at && !strchr(",\n", *at))
			value[len++] = *at++;
	}
	string = json_stringn(value, len);
	cr_assert(string, "a field is not UTF-8: %.*s", (int)len, value);
	free(value);
	cr_assert(!*at || strchr(",\n", *at), "rubbish behind a field: %.40s", at);
	*text = at;
	return string;
}

static json_t *record(const char **text)
{
	json_t *fields = json_array();

	for (;;) {
		json_array_append_new(fields, field(text));
		if (**text != ',')
			break;
		(*text)++;
	}
	if (**text)
		(*text)++;
	return fields;
}

json_t *csv__parse(const char *text)
{
	json_t *names = record(&text), *rows = json_array(), *values, *row, *value;
	size_t i, line = 1;

	while (*text) {
		line++;
		values = record(&text);
		cr_assert_eq(json_array_size(values), json_array_size(names),
			     "line %zu has %zu fields, the first has %zu", line,
			     json_array_size(values), json_array_size(names));
		row = json_object();
		json_array_foreach(values, i, value)
			json_object_set(row, json_string_value(json_array_get(names, i)), value);
		json_array_append_new(rows, row);
		json_decref(values);
	}
	json_decref(names);
	return rows;
}
