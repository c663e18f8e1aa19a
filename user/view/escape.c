/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/escape.h"

#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

#define REPLACEMENT 0xfffd

/* The next character of any bytes: how many of them it is. */
static size_t next_character(const char *bytes, size_t size, __u32 *ret_point)
{
	size_t length = utf8__decode(bytes, size, ret_point);

	if (length)
		return length;
	*ret_point = REPLACEMENT;
	return 1;
}

static void put_character(FILE *out, const char *bytes, size_t length, __u32 point)
{
	if (point == REPLACEMENT)
		fputs("\xef\xbf\xbd", out);
	else if (utf8__is_shown(point))
		fwrite(bytes, 1, length, out);
	else
		fputs(utf8__mark(length), out);
}

/* Most text is ASCII: writes what there is of it up to one of `stop`.  Returns how much. */
static size_t put_plain(FILE *out, const char *bytes, size_t size, const char *stop)
{
	size_t n = 0;

	while (n < size && bytes[n] >= 0x20 && bytes[n] < 0x7f && !strchr(stop, bytes[n]))
		n++;
	if (n)
		fwrite(bytes, 1, n, out);
	return n;
}

/* ---- terminals ---- */

void escape__terminal(FILE *out, const char *bytes)
{
	size_t size = strlen(bytes), length;
	__u32 point;

	for (; size; bytes += length, size -= length) {
		length = put_plain(out, bytes, size, "");
		if (length)
			continue;
		length = next_character(bytes, size, &point);
		put_character(out, bytes, length, point);
	}
}

void escape__cell(FILE *out, size_t columns, const char *bytes, bool ascii)
{
	char text[1024];
	size_t taken;

	utf8__from_bytes(text, sizeof(text), bytes, strlen(bytes));
	utf8__printable(text);
	taken = utf8__columns(text);
	if (taken > columns) {
		text[utf8__fitting(text, columns ? columns - 1 : 0)] = 0;
		taken = utf8__columns(text);
		fprintf(out, "%s%s", text, !columns ? "" : ascii ? "~" : "\xe2\x80\xa6");
		taken += columns > 0;
	} else {
		fputs(text, out);
	}
	fprintf(out, "%*s", (int)(columns - taken), "");
}

/* ---- CSV ---- */

/* Also in the width of CJK characters, as some spreadsheets take them for the same. */
static bool begins_formula(__u32 point)
{
	static const __u32 points[] = { '=', '+', '-', '@', 0xff1d, 0xff0b, 0xff0d, 0xff20 };
	size_t i;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		if (point == points[i])
			return true;
	}
	return false;
}

void escape__csv(FILE *out, const char *bytes)
{
	size_t size = strlen(bytes), length;
	bool quoted = strpbrk(bytes, ",\"") != NULL;
	__u32 point;

	if (quoted)
		fputc('"', out);
	if (size && next_character(bytes, size, &point) && begins_formula(point))
		fputc('\'', out);
	for (; size; bytes += length, size -= length) {
		length = next_character(bytes, size, &point);
		if (point == '"')
			fputc('"', out);
		put_character(out, bytes, length, point);
	}
	if (quoted)
		fputc('"', out);
}

/* ---- Prometheus ---- */

void escape__label(FILE *out, const char *bytes)
{
	size_t size = strlen(bytes), length;
	__u32 point;

	for (; size; bytes += length, size -= length) {
		length = next_character(bytes, size, &point);
		if (point == '"' || point == '\\')
			fputc('\\', out);
		put_character(out, bytes, length, point); /* a line break does not show */
	}
}

/* ---- JSON ---- */

json_t *escape__json(const char *bytes)
{
	size_t size;
	json_t *value;
	char *text;

	if (!bytes)
		return json_null();
	value = json_string(bytes);
	if (value) /* it was UTF-8 */
		return value;
	size = strlen(bytes);
	text = malloc(3 * size + 1);
	if (!text)
		return NULL;
	utf8__from_bytes(text, 3 * size + 1, bytes, size);
	value = json_string(text);
	free(text);
	return value;
}

/*
 * JSON lets most of what does not show stand as it is; a terminal would obey it.
 * Beyond 16 bits it is written as a pair.
 */
void escape__json_line(FILE *out, const char *json)
{
	size_t size = strlen(json), length;
	__u32 point;

	for (; size; json += length, size -= length) {
		length = put_plain(out, json, size, "");
		if (length)
			continue;
		length = next_character(json, size, &point);
		if (utf8__is_shown(point))
			put_character(out, json, length, point);
		else if (point < 0x10000)
			fprintf(out, "\\u%04x", point);
		else
			fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10),
				0xdc00 + ((point - 0x10000) & 0x3ff));
	}
	putc_unlocked('\n', out);
}

/* ---- XML ---- */

void escape__xml(FILE *out, const char *bytes, size_t size)
{
	size_t length;
	__u32 point;

	for (; size; bytes += length, size -= length) {
		length = put_plain(out, bytes, size, "&<>\"'");
		if (length)
			continue;
		length = next_character(bytes, size, &point);
		switch (point) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			put_character(out, bytes, length, point);
		}
	}
}
