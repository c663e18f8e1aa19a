/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PID_LIMIT (1U << 22)

int parse__duration(const char *text, __u64 *ret_ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "", 1e9 },  { "ns", 1 },   { "us", 1e3 },  { "ms", 1e6 },
		      { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };
	double value;
	char *end;
	size_t i;

	/* strtod() would take "inf", "nan", hexadecimal and leading space */
	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return -EINVAL;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return -EINVAL;
	value = strtod(text, &end);
	if (end == text || !isfinite(value))
		return -EINVAL;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name))
			continue;
		value *= units[i].ns;
		if (value < 1 || value > 366 * 24 * 3600e9)
			return -EINVAL;
		*ret_ns = (__u64)(value + 0.5); /* 0.29 s is a little less in binary */
		return 0;
	}
	return -EINVAL;
}

int parse__number(const char *text, __u64 max, __u64 *ret_number)
{
	__u64 number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		__u64 digit = (__u64)(*text - '0');

		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		if (digit > max || number > (max - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return 0;
}

int parse__ids(const char *text, __u32 **ret_ids, size_t *ret_count)
{
	char *copy = strdup(text), *at = copy, *part;
	__u32 *ids = NULL;
	size_t count = 0;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (part = strsep(&at, ","))) {
		__u32 *more = realloc(ids, (count + 1) * sizeof(*ids));
		__u64 id = 0;

		if (!more) {
			err = -ENOMEM;
			break;
		}
		ids = more;
		err = parse__number(part, PID_LIMIT, &id);
		if (!err && !id)
			err = -EINVAL;
		ids[count++] = (__u32)id;
	}
	free(copy);
	if (err) {
		free(ids);
		return err;
	}
	*ret_ids = ids;
	*ret_count = count;
	return 0;
}
