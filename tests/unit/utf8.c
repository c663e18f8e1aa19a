/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/utf8.h"

#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

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

Test(utf8, what_turns_or_hides_text_does_not_reach_a_terminal)
{
	check_printable("a\xe2\x80\xae"
			"b",
			"a" BAD "b");					      /* U+202E */
	check_printable("\xe2\x80\x8f\xe2\x81\xa6\xe2\x81\xa9", BAD BAD BAD); /* RLM, isolates */
	check_printable("\xd8\x9c", "??");		      /* Arabic letter mark */
	check_printable("\xe2\x80\xa8\xe2\x80\xa9", BAD BAD); /* separators of lines */
	check_printable("\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf", BAD BAD BAD); /* no width */
	check_printable("\xef\xb8\x8f", BAD);				      /* chooses a shape */
	check_printable("\xe3\x85\xa4\xe1\x85\x9f", BAD BAD);		      /* fillers */
	check_printable("\xc2\xad", "??");				      /* soft hyphen */
	check_printable("\xf3\xa0\x80\x81\xf3\xa0\x84\x80", BAD BAD);	      /* tags */
	check_printable("\xef\xbf\xbe\xef\xbf\xbf", BAD BAD);		      /* no characters */
	check_printable("\xcd\xb8", "??");				      /* not assigned */
}

Test(utf8, letters_of_all_scripts_reach_a_terminal)
{
	static const char *const texts[] = {
		"\xe4\xb8\xad\xe6\x96\x87",			    /* Chinese */
		"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",		    /* Hebrew */
		"e\xcc\x81",					    /* an accent of its own */
		"\xe0\xa4\xb9\xe0\xa4\xbf",			    /* Devanagari */
		"\xed\x95\x9c\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", /* Hangul, whole and in parts */
		"\xee\x82\xa0",					    /* private use */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		check_printable(texts[i], texts[i]);
}

/* ---- columns ---- */

static const struct {
	const char *text;
	size_t columns;
} widths[] = {
	{ "", 0 },
	{ "abc", 3 },
	{ "gr\xc3\xbc\xc3\x9f", 4 },
	{ BAD BAD, 2 },
	{ "\xe2\x82\xac", 1 },
	{ "\xf0\x9f\x98\x80", 2 },		       /* emoji */
	{ "\xe4\xb8\xad\xe6\x96\x87", 4 },	       /* Chinese */
	{ "\xef\xbc\xa1", 2 },			       /* a wide A */
	{ "\xef\xbd\xb1", 1 },			       /* a narrow Katakana */
	{ "e\xcc\x81\xcc\xa3", 1 },		       /* two accents */
	{ "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", 4 },     /* Hebrew */
	{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2 }, /* a syllable in three parts */
	{ "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", 2 },     /* a flag */
	{ "\xf0\xa0\x80\x80", 2 },		       /* beyond 16 bits */
};

Test(utf8, columns_are_those_of_a_terminal)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(widths); i++)
		cr_expect(utf8__columns(widths[i].text) == widths[i].columns,
			  "\"%s\" takes %zu columns, not %zu", widths[i].text,
			  utf8__columns(widths[i].text), widths[i].columns);
}

/* The C library decides on its own what is how wide; terminals use it. */
Test(utf8, columns_are_those_of_the_c_library)
{
	size_t i;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		cr_skip_test("there is no locale C.UTF-8 here");
	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		wchar_t wide[32];
		size_t n = mbstowcs(wide, widths[i].text, ARRAY_SIZE(wide));

		cr_assert_lt(n, ARRAY_SIZE(wide));
		SAME(widths[i].columns, wcswidth(wide, n));
	}
}

Test(utf8, cutting_to_columns_keeps_characters_whole)
{
	/* columns: 1, 2, 1, 2, 2, and an accent on the third */
	static const char text[] = "a\xe4\xb8\xad"
				   "e\xcc\x81"
				   "\xf0\x9f\x98\x80\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa";
	static const size_t bytes[] = { 0, 1, 1, 4, 7, 7, 11, 11, 19, 19 };
	size_t columns;

	for (columns = 0; columns < ARRAY_SIZE(bytes); columns++)
		cr_expect(utf8__fitting(text, columns) == bytes[columns],
			  "%zu bytes in %zu columns, not %zu", utf8__fitting(text, columns),
			  columns, bytes[columns]);
}
