/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/failure.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

Test(failure, says_what_why_and_what_to_do)
{
	struct failure failure = { 0 };

	cr_expect_eq(failure__set(&failure, -ESRCH, "it is gone", "choose another",
				  "cannot trace %d", 42),
		     -ESRCH);
	SAME(-failure.error, ESRCH);
	SAME_TEXT(failure.text, "cannot trace 42: it is gone (choose another)");
}

Test(failure, without_a_hint_has_no_parentheses)
{
	struct failure failure;

	failure__set(&failure, -EIO, "it broke", NULL, "cannot read %s", "x");
	SAME_TEXT(failure.text, "cannot read x: it broke");
}

Test(failure, without_a_reason_says_what_the_errno_means)
{
	struct failure failure;
	char expected[128];

	failure__set(&failure, -ENOENT, NULL, NULL, "cannot open it");
	snprintf(expected, sizeof(expected), "cannot open it: %s", strerror(ENOENT));
	SAME_TEXT(failure.text, expected);
}

Test(failure, is_one_line_without_control_characters)
{
	struct failure failure;

	failure__set(&failure, -ENOENT, "why\r", "hint\x7f \xc2\x9b;", "a\nb\x1b[31m%s", "\t");
	SAME_TEXT(failure.text, "a?b?[31m?: why? (hint? ??;)");
}

static bool is_text(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string;
}

Test(failure, is_cut_to_fit_and_keeps_its_reason)
{
	struct failure failure;
	char name[2000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	failure__set(&failure, -ENOENT, "no such file", NULL, "cannot open %s", name);
	cr_expect_lt(strlen(failure.text), sizeof(failure.text));
	cr_expect(strstr(failure.text, ": no such file"));
	failure__set(&failure, -ENOENT, name, name, "%s", name);
	cr_expect_lt(strlen(failure.text), sizeof(failure.text));
}

/* A name of a file or a value on the command line: bytes that anyone may choose. */
Test(failure, is_text_whatever_bytes_it_names)
{
	struct failure failure;
	char name[400];
	size_t i;

	failure__set(&failure, -ENOENT, NULL, NULL, "cannot open %s", "a\xff\x9b\x31m");
	cr_expect(is_text(failure.text), "a terminal gets bytes that are no text");
	cr_expect_null(strchr(failure.text, '\x9b'), "a terminal gets a control sequence");
	for (i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	name[i] = 0;
	failure__set(&failure, -ENOENT, NULL, NULL, "cannot open %s", name);
	cr_expect(is_text(failure.text), "a character is cut in two");
	failure__set(&failure, -ENOENT, NULL, NULL, "cannot open  %s", name);
	cr_expect(is_text(failure.text), "a character is cut in two");
}
