/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/glob.h"

#include <errno.h>
#include <string.h>

#define GLOB_ELEMENTS 62

/* Reads the set behind '[' into bit `at`; returns what follows the ']' or NULL. */
static const unsigned char *glob__set(const unsigned char *p, __u64 bit, struct target_glob *glob)
{
	bool take[256] = { false }, negate = false, first = true;
	int c;

	if (*p == '!' || *p == '^') {
		negate = true;
		p++;
	}
	for (; *p && (*p != ']' || first); first = false) {
		int from, to;

		if (*p == '\\' && p[1])
			p++;
		from = to = *p++;
		if (*p == '-' && p[1] && p[1] != ']') {
			p++;
			if (*p == '\\' && p[1])
				p++;
			to = *p++;
		}
		for (c = from; c <= to; c++)
			take[c] = true;
	}
	if (*p != ']')
		return NULL;
	for (c = 1; c < 256; c++) {
		if (take[c] != negate)
			glob->take[c] |= bit;
	}
	return p + 1;
}

int glob__compile(const char *pattern, struct target_glob *ret_glob)
{
	const unsigned char *p = (const unsigned char *)pattern;
	struct target_glob glob = { 0 };
	int at = 0, c;

	if (!*p)
		return -EINVAL;
	while (*p) {
		__u64 bit = 1ULL << at;

		if (at >= GLOB_ELEMENTS)
			return -E2BIG;
		if (*p == '*') {
			while (*p == '*')
				p++;
			glob.star |= bit;
		} else if (*p == '?') {
			for (c = 1; c < 256; c++)
				glob.take[c] |= bit;
			p++;
		} else if (*p == '[') {
			p = glob__set(p + 1, bit, &glob);
			if (!p)
				return -EINVAL;
		} else {
			if (*p == '\\' && !*++p)
				return -EINVAL;
			glob.take[*p++] |= bit;
		}
		at++;
	}
	glob.accept = 1ULL << at;
	*ret_glob = glob;
	return 0;
}

bool glob__matches(const struct target_glob *glob, const char *name)
{
	__u64 at = 1;

	for (; *name; name++) {
		at |= (at & glob->star) << 1;
		at = ((at & glob->take[(unsigned char)*name] & ~glob->star) << 1) |
		     (at & glob->star);
	}
	at |= (at & glob->star) << 1;
	return at & glob->accept;
}
