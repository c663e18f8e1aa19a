/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Globs mean what fnmatch(3) takes them for, in the form that the kernel frame sizes through. */
#include "core/glob.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "unit.h"

/* What it said before it was called must not show through. */
static int compile(const char *pattern, struct target_glob *glob)
{
	memset(glob, 0xa5, sizeof(*glob));
	return glob__compile(pattern, glob);
}

static void check_pair(const char *pattern, const char *name)
{
	struct target_glob glob;
	bool expected = !fnmatch(pattern, name, 0);

	cr_assert_eq(compile(pattern, &glob), 0, "\"%s\" is refused", pattern);
	cr_expect_eq(glob__matches(&glob, name), expected, "\"%s\" %s \"%s\"", pattern,
		     expected ? "must match" : "must not match", name);
}

static const char *const patterns[] = {
	"a",	     "abc",	     "*",	   "**",	"*a",	       "a*",
	"*a*",	     "a*c",	     "a**c",	   "*a*b*c*",	"?",	       "??",
	"?*",	     "*?",	     "?*?",	   "[abc]",	"[a-c]",       "[!a-c]",
	"[^a-c]",    "[]a]",	     "[!]a]",	   "[a-]",	"[-a]",	       "[!-a]",
	"[a-c-e]",   "[c-a]",	     "[a\\]b]",	   "[\\a-\\c]", "[*]",	       "[?]",
	"\\*",	     "\\?",	     "\\[a]",	   "\\\\",	"\\a",	       "[[]",
	"[!!]",	     "[a!]",	     "[a^]",	   "[+--]",	"[--0]",       "[a-a]",
	"kworker/*", "*/[0-9]*",     "nginx: *",   "[A-Za-z]*", "[!A-Z]?*",    "*[0-9]",
	"*.[ch]",    "a]",	     "]",	   "-",		"!",	       "a\\-b",
	"[\\!a]",    "[\\^a]",	     "*ab*ab*ab*", "\xff*",	"[\x80-\xff]", "[!\x80-\xff]",
	"?\xc3\xa9", "[a-c][!a-c]*", "*[]]",
};

static const char *const names[] = {
	"",
	"a",
	"b",
	"c",
	"d",
	"e",
	"-",
	"!",
	"^",
	"]",
	"[",
	"\\",
	"*",
	"?",
	"abc",
	"aXc",
	"aXbYc",
	"ac",
	"aa",
	"ab",
	"abab",
	"ababab",
	"abababa",
	"]a",
	"a]",
	"A",
	"Z9",
	"0",
	"+",
	",",
	".",
	"/",
	"a-b",
	"[a]",
	"\\a",
	"z\xc3\xa9",
	"\xff",
	"\x80",
	"\x7f",
	"\xff\xfe",
	"x.c",
	"x.o",
	"kworker/0:1",
	"kworker",
	"nginx: master p",
	"name with space",
	"0123456789abcde",
};

Test(glob, matches_as_fnmatch_does)
{
	size_t p, n;

	for (p = 0; p < ARRAY_SIZE(patterns); p++) {
		for (n = 0; n < ARRAY_SIZE(names); n++)
			check_pair(patterns[p], names[n]);
	}
}

static void chance__text(struct chance *chance, const char *alphabet, char *text, size_t longest)
{
	size_t length = chance__below(chance, longest + 1), i;

	for (i = 0; i < length; i++)
		text[i] = alphabet[chance__below(chance, strlen(alphabet))];
	text[length] = 0;
}

Test(glob, matches_as_fnmatch_does_by_chance)
{
	struct chance chance = { 8 };
	int i, n, compiled = 0;

	for (i = 0; i < 100000; i++) {
		char pattern[16], name[16];
		struct target_glob glob;

		chance__text(&chance, i % 2 ? "ab*?" : "abc-]![^\\*?", pattern, 12);
		if (compile(pattern, &glob))
			continue;
		compiled++;
		for (n = 0; n < 10; n++) {
			chance__text(&chance, i % 2 ? "ab" : "abc-]!^\\[*", name, n + 1);
			check_pair(pattern, name);
		}
	}
	cr_expect_gt(compiled, 50000);
}

Test(glob, pattern_without_a_wildcard_matches_itself_only)
{
	struct target_glob glob;

	cr_assert_eq(compile("postgres", &glob), 0);
	cr_expect(glob__matches(&glob, "postgres"));
	cr_expect_not(glob__matches(&glob, "postgre"));
	cr_expect_not(glob__matches(&glob, "postgres2"));
	cr_expect_not(glob__matches(&glob, "Postgres"));
	cr_expect_not(glob__matches(&glob, ""));
}

Test(glob, empty_or_unfinished_pattern_is_refused)
{
	static const char *const bad[] = { "",	   "[",	  "[a",	  "[!",	   "[^",
					   "[]",   "[!]", "[^]",  "abc[",  "*[a-",
					   "[a-z", "[\\", "[\\]", "[a\\]", "[a]][" };
	struct target_glob glob;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect_eq(compile(bad[i], &glob), -EINVAL, "\"%s\"", bad[i]);
}

/* fnmatch() matches nothing with it: what should follow the backslash is missing. */
Test(glob, backslash_at_the_end_is_unfinished)
{
	static const char *const bad[] = { "\\", "a\\", "*\\", "[a]\\", "a\\\\\\" };
	struct target_glob glob;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect_eq(compile(bad[i], &glob), -EINVAL, "\"%s\"", bad[i]);
}

Test(glob, refused_pattern_becomes_good_when_it_is_finished)
{
	struct chance chance = { 9 };
	int i;

	for (i = 0; i < 100000; i++) {
		struct target_glob glob;
		char pattern[24];

		chance__text(&chance, "ab-]![^\\*?", pattern, 12);
		if (!*pattern || compile(pattern, &glob) != -EINVAL)
			continue;
		strcat(pattern, "x]");
		cr_expect_eq(compile(pattern, &glob), 0, "\"%s\"", pattern);
	}
}

Test(glob, has_room_for_62_elements)
{
	struct target_glob glob;
	char pattern[256];

	memset(pattern, 'a', 62);
	pattern[62] = 0;
	check_pair(pattern, pattern);
	check_pair(pattern, "a");
	pattern[61] = '*';
	check_pair(pattern, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	strcpy(pattern + 62, "?");
	cr_expect_eq(compile(pattern, &glob), -E2BIG);
	strcpy(pattern + 61, "bc");
	cr_expect_eq(compile(pattern, &glob), -E2BIG);
}

Test(glob, length_is_in_elements_not_in_bytes)
{
	struct target_glob glob;
	char pattern[62 * 5 + 2], *at = pattern;
	int i;

	for (i = 0; i < 62; i++, at += 5)
		strcpy(at, "[a-z]");
	cr_expect_eq(compile(pattern, &glob), 0);
	strcpy(at, "*");
	cr_expect_eq(compile(pattern, &glob), -E2BIG);
	memset(pattern, '*', 200);
	pattern[200] = 0;
	cr_expect_eq(compile(pattern, &glob), 0);
	cr_expect(glob__matches(&glob, ""));
	cr_expect(glob__matches(&glob, "anything at all"));
}

Test(glob, refused_pattern_leaves_the_glob_as_it_was)
{
	struct target_glob glob, before;

	cr_assert_eq(compile("a*", &glob), 0);
	before = glob;
	cr_expect_neq(glob__compile("b[", &glob), 0);
	cr_expect_arr_eq(&glob, &before, sizeof(glob));
}
