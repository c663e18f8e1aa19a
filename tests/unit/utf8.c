/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define BAD "\xef\xbf\xbd"

/* Judged by somebody else's decoder. */
static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string;
}

static void check_text(const char *bytes, const char *expected)
{
	char text[256];

	utf8__from_bytes(text, sizeof(text), bytes, strlen(bytes));
	SAME_TEXT(text, expected);
	cr_expect(is_utf8(text));
}

Test(utf8, valid_text_stays_as_it_is)
{
	static const char *const valid[] = {
		"",
		"plain",
		"\x01\x1b[31m\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(valid); i++)
		check_text(valid[i], valid[i]);
}

Test(utf8, bytes_that_are_not_text_become_replacement_characters)
{
	check_text("\x80", BAD);
	check_text("\xbf", BAD);
	check_text("\xfe", BAD);
	check_text("\xff", BAD);
	check_text("a\xff\x62", "a" BAD "b");
	check_text("\xff\xff\xff", BAD BAD BAD);
	check_text("\xf5\x80\x80\x80", BAD BAD BAD BAD);
}

Test(utf8, longer_than_need_be_is_not_text)
{
	check_text("\xc0\xaf", BAD BAD);
	check_text("\xc1\xbf", BAD BAD);
	check_text("\xe0\x80\xaf", BAD BAD BAD);
	check_text("\xe0\x9f\xbf", BAD BAD BAD);
	check_text("\xf0\x80\x80\xaf", BAD BAD BAD BAD);
	check_text("\xf0\x8f\xbf\xbf", BAD BAD BAD BAD);
	check_text("\xc0\x9b", BAD BAD); /* an escape in disguise */
}

Test(utf8, surrogates_and_what_is_beyond_unicode_are_not_text)
{
	check_text("\xed\xa0\x80", BAD BAD BAD);
	check_text("\xed\xbf\xbf", BAD BAD BAD);
	check_text("\xed\xa0\xbd\xed\xb8\x80", BAD BAD BAD BAD BAD BAD);
	check_text("\xf4\x90\x80\x80", BAD BAD BAD BAD);
}

Test(utf8, sequence_that_breaks_off_is_not_text)
{
	check_text("\xc3", BAD);
	check_text("\xe2\x82", BAD BAD);
	check_text("\xf0\x9f\x98", BAD BAD BAD);
	check_text("\xc3z", BAD "z");
	check_text("\xe2\x82z", BAD BAD "z");
	check_text("\xe2\xc3\xa9", BAD "\xc3\xa9");
	check_text("\xf0\x9f\xc3\xa9", BAD BAD "\xc3\xa9");
}

Test(utf8, reads_no_further_than_size_or_the_end)
{
	char text[16], comm[4] = { 'a', '\xe2', '\x82', '\xac' };

	utf8__from_bytes(text, sizeof(text), comm, 3);
	SAME_TEXT(text, "a" BAD BAD);
	utf8__from_bytes(text, sizeof(text), comm, 4);
	SAME_TEXT(text, "a\xe2\x82\xac");
	utf8__from_bytes(text, sizeof(text), "ab\0cd", 5);
	SAME_TEXT(text, "ab");
	utf8__from_bytes(text, sizeof(text), comm, 0);
	SAME_TEXT(text, "");
}

Test(utf8, every_name_of_a_task_fits)
{
	char comm[16], text[UTF8_COMM];

	memset(comm, 0xff, 15);
	comm[15] = 0;
	utf8__from_bytes(text, sizeof(text), comm, sizeof(comm));
	SAME(strlen(text), 45);
	SAME(utf8__columns(text), 15);
}

Test(utf8, cutting_never_splits_a_code_point)
{
	static const char whole[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff"
				    "z";
	char full[32];
	size_t capacity;

	utf8__from_bytes(full, sizeof(full), whole, sizeof(whole) - 1);
	for (capacity = 1; capacity <= sizeof(full); capacity++) {
		char *text = malloc(capacity); /* of the very size, for the sanitizer */

		utf8__from_bytes(text, capacity, whole, sizeof(whole) - 1);
		cr_expect(strlen(text) < capacity);
		cr_expect(is_utf8(text), "cut at %zu", capacity);
		cr_expect(!strncmp(text, full, strlen(text)), "cut at %zu", capacity);
		cr_expect(strlen(full) < capacity || strlen(text) + 4 >= capacity,
			  "%zu bytes of %zu are too few", strlen(text), capacity);
		free(text);
	}
}

Test(utf8, any_bytes_become_text_and_text_stays)
{
	struct chance chance = { 11 };
	int i;

	for (i = 0; i < 100000; i++) {
		char bytes[12], text[40], again[40];
		size_t n;

		for (n = 0; n < sizeof(bytes); n++) /* mostly what begins or continues something */
			bytes[n] = (char)(chance__below(&chance, 4) ?
						  0x80 + chance__below(&chance, 0x80) :
						  chance__below(&chance, 0x100));
		utf8__from_bytes(text, sizeof(text), bytes, sizeof(bytes));
		cr_expect(is_utf8(text));
		utf8__from_bytes(again, sizeof(again), text, sizeof(text));
		SAME_TEXT(again, text);
	}
}

/* ---- what a terminal may see ---- */

static void check_printable(const char *from, const char *expected)
{
	char text[64];

	strcpy(text, from);
	utf8__printable(text);
	SAME_TEXT(text, expected);
	cr_expect(is_utf8(text));
}

Test(utf8, control_characters_do_not_reach_a_terminal)
{
	check_printable("a\x1b[31mb", "a?[31mb");
	check_printable("\n\r\t\b\x7f", "?????");
	check_printable("\x01\x1f", "??");
	check_printable("\xc2\x9b\x33\x31m", "??31m"); /* CSI in one character */
	check_printable("\xc2\x80\xc2\x9f", "????");
}

Test(utf8, all_else_reaches_a_terminal)
{
	check_printable("", "");
	check_printable(" ~", " ~");
	check_printable("\xc2\xa0", "\xc2\xa0");
	check_printable("\xc3\x80\xc3\x9f",
			"\xc3\x80\xc3\x9f"); /* their second bytes look like it */
	check_printable("\xe2\x82\x9b", "\xe2\x82\x9b");
	check_printable("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");
}

Test(utf8, columns_are_code_points)
{
	SAME(utf8__columns(""), 0);
	SAME(utf8__columns("abc"), 3);
	SAME(utf8__columns("gr\xc3\xbc\xc3\x9f"), 4);
	SAME(utf8__columns("\xe2\x82\xac\xf0\x9f\x98\x80"), 2);
	SAME(utf8__columns(BAD BAD), 2);
}
