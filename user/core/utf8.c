/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/utf8.h"

#include <string.h>

/* Length of the well-formed UTF-8 sequence at s, which has n > 0 bytes; 0 if there is none. */
static size_t utf8__sequence(const unsigned char *s, size_t n)
{
	size_t length, i;
	unsigned int point;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		length = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		length = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (length > n)
		return 0;
	point = s[0] & (0xff >> (length + 1));
	for (i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3f);
	}
	if ((length == 3 && point < 0x800) || (length == 4 && point < 0x10000))
		return 0; /* longer than it need be */
	if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
		return 0;
	return length;
}

void utf8__from_bytes(char *text, size_t capacity, const char *bytes, size_t size)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t n = strnlen(bytes, size), out = 0;

	while (n) {
		size_t length = utf8__sequence(s, n);
		size_t need = length ? length : 3;

		if (out + need + 1 > capacity)
			break;
		if (length)
			memcpy(text + out, s, length);
		else
			memcpy(text + out, "\xef\xbf\xbd", 3);
		out += need;
		s += length ? length : 1;
		n -= length ? length : 1;
	}
	text[out] = 0;
}

void utf8__printable(char *text)
{
	unsigned char *s = (unsigned char *)text;

	for (; *s; s++) {
		if (*s < 0x20 || *s == 0x7f)
			*s = '?';
		else if (*s == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f) /* C1 controls */
			s[0] = s[1] = '?';
	}
}

size_t utf8__columns(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}
