/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/utf8.h"

#include <string.h>
#include <utf8proc.h>

size_t utf8__decode(const char *text, size_t n, __u32 *ret_point)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length, i;
	__u32 point;

	if (s[0] < 0x80) {
		*ret_point = s[0];
		return 1;
	}
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
	*ret_point = point;
	return length;
}

void utf8__from_bytes(char *text, size_t capacity, const char *bytes, size_t size)
{
	const char *s = bytes;
	size_t n = strnlen(bytes, size), out = 0;

	for (; n && (unsigned char)*s < 0x80 && out + 1 < capacity;
	     n--) /* most names are nothing but ASCII */
		text[out++] = *s++;
	while (n) {
		__u32 point;
		size_t length = utf8__decode(s, n, &point);
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

/*
 * Those that show nothing although their category is that of letters, marks or
 * symbols: Unicode's Default_Ignorable_Code_Point, as far as they are assigned.
 */
static bool utf8__is_invisible(__u32 point)
{
	static const struct {
		__u32 first, last;
	} ranges[] = {
		{ 0x034f, 0x034f },   /* joins marks */
		{ 0x115f, 0x1160 },   /* fillers for letters of Hangul */
		{ 0x17b4, 0x17b5 },   /* vowels of Khmer that are not written */
		{ 0x180b, 0x180f },   /* chooses a shape of Mongolian */
		{ 0x3164, 0x3164 },   /* a filler */
		{ 0xfe00, 0xfe0f },   /* chooses a shape, on some terminals a wider one */
		{ 0xffa0, 0xffa0 },   /* a filler */
		{ 0xe0100, 0xe01ef }, /* chooses a shape */
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	}
	return false;
}

bool utf8__is_shown(__u32 point)
{
	if (point < 0x7f)
		return point >= 0x20;
	switch (utf8proc_category((utf8proc_int32_t)point)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF: /* turns text, joins it, or breaks it, and does not show */
	case UTF8PROC_CATEGORY_CN: /* nobody knows how wide it is */
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return false;
	default:
		return !utf8__is_invisible(point);
	}
}

const char *utf8__mark(size_t length)
{
	return length < 2 ? "?" : length < 3 ? "??" : "\xef\xbf\xbd";
}

void utf8__printable(char *text)
{
	const char *from = text;
	size_t n = strlen(text), length, size;
	__u32 point = 0;

	for (; n; from += length, n -= length) {
		const char *shown = from;

		length = size = utf8__decode(from, n, &point);
		if (!length)
			length = 1;
		if (!size || !utf8__is_shown(point)) {
			shown = utf8__mark(length);
			size = strlen(shown);
		}
		memmove(text, shown, size);
		text += size;
	}
	*text = 0;
}

static size_t utf8__width(__u32 point)
{
	if (point < 0x7f)
		return 1;
	/* the later parts of a syllable of Hangul stand in the columns of its first */
	if ((point >= 0x1160 && point <= 0x11ff) || (point >= 0xd7b0 && point <= 0xd7ff))
		return 0;
	return (size_t)utf8proc_charwidth((utf8proc_int32_t)point);
}

size_t utf8__columns(const char *text)
{
	size_t columns = 0, n = strlen(text), length;
	__u32 point = 0;

	for (; n; text += length, n -= length) {
		length = utf8__decode(text, n, &point);
		columns += length ? utf8__width(point) : 1;
		length += !length;
	}
	return columns;
}

size_t utf8__fitting(const char *text, size_t columns)
{
	size_t n = strlen(text), at = 0, fits = 0, taken = 0, length;
	utf8proc_int32_t before = 0, state = 0;
	__u32 point = 0;

	for (; at < n; at += length) {
		length = utf8__decode(text + at, n - at, &point);
		if (!length) {
			point = 0xfffd;
			length = 1;
		}
		if (!at ||
		    utf8proc_grapheme_break_stateful(before, (utf8proc_int32_t)point, &state))
			fits = at;
		taken += utf8__width(point);
		if (taken > columns)
			return fits;
		before = (utf8proc_int32_t)point;
	}
	return n;
}
