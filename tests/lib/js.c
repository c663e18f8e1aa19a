/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "js.h"
#include "proc.h"

json_t *js__parse(const char *text)
{
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	cr_assert(root, "not JSON: %s at byte %d of: %.300s", error.text, error.position, text);
	return root;
}

json_t *js__parse_file(const char *path)
{
	char *text = file__read(path);
	json_t *root;

	cr_assert(text, "cannot read %s", path);
	root = js__parse(text);
	free(text);
	return root;
}

json_t *js__parse_lines(const char *text)
{
	json_t *array = json_array();
	const char *end;
	char *line;

	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		cr_assert(end, "the last line does not end: %.300s", text);
		line = strndup(text, (size_t)(end - text));
		json_array_append_new(array, js__parse(line));
		free(line);
	}
	return array;
}

json_t *js__find(json_t *root, const char *path)
{
	const char *dot;
	char name[64];
	size_t len;

	while (root && *path) {
		dot = strchrnul(path, '.');
		len = (size_t)(dot - path);
		cr_assert_lt(len, sizeof(name));
		memcpy(name, path, len);
		name[len] = '\0';
		root = json_object_get(root, name);
		path = *dot ? dot + 1 : dot;
	}
	return root;
}

json_t *js__at(json_t *root, const char *path)
{
	json_t *value = js__find(root, path);
	char *text;

	if (!value) {
		text = json_dumps(root, JSON_COMPACT | JSON_ENCODE_ANY);
		cr_assert(value, "no %s in %.500s", path, text ? text : "nothing");
	}
	return value;
}

uint64_t js__u64(json_t *root, const char *path)
{
	json_t *value = js__at(root, path);

	cr_assert(json_is_integer(value), "%s is not an integer", path);
	cr_assert_geq(json_integer_value(value), 0, "%s is %lld", path,
		      (long long)json_integer_value(value));
	return (uint64_t)json_integer_value(value);
}

const char *js__str(json_t *root, const char *path)
{
	json_t *value = js__at(root, path);

	cr_assert(json_is_string(value), "%s is not a string", path);
	return json_string_value(value);
}

bool js__bool(json_t *root, const char *path)
{
	json_t *value = js__at(root, path);

	cr_assert(json_is_boolean(value), "%s is not true or false", path);
	return json_is_true(value);
}

pid_t js__pid(json_t *root, const char *path)
{
	return (pid_t)js__u64(root, path);
}

size_t js__count(json_t *array, const char *name, uint64_t number)
{
	json_t *object;
	size_t i, found = 0;

	json_array_foreach(array, i, object)
		found += js__u64(object, name) == number;
	return found;
}

json_t *js__one(json_t *array, const char *name, uint64_t number)
{
	json_t *object;
	size_t i;

	json_array_foreach(array, i, object)
		if (js__u64(object, name) == number)
			return object;
	cr_assert(false, "none of %zu has %s %llu", json_array_size(array), name,
		  (unsigned long long)number);
	return NULL;
}

uint64_t js__sum(json_t *array, const char *path)
{
	json_t *object;
	uint64_t sum = 0;
	size_t i;

	json_array_foreach(array, i, object)
		sum += js__u64(object, path);
	return sum;
}
