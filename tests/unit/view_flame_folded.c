/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "make_flame.h"
#include "unit.h"

static void expect_name(const char *name, const char *shown)
{
	struct fire fire;
	struct profile *profile;
	struct sample sample = { .thread = 1, .weight = { [WEIGHT_SLEEP] = 3 } };
	__u32 frame;
	char expected[256];

	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	profile = fire.profiles[0];
	frame = profile__frame(profile, profile__module(profile, MODULE_FILE, "x", 1, ""), 1);
	cr_assert_eq(profile__name(profile, frame, name, NULL), 0);
	sample.stack = profile__stack(profile, 0, frame);
	cr_assert_eq(flame__take(fire.flame, &sample), 0);
	snprintf(expected, sizeof(expected), "web;%s 3\n", shown);
	fire__expect(&fire, expected);
}

Test(view_flame_folded, names_cannot_break_a_line_or_a_path)
{
	expect_name("a;b", "a:b");
	expect_name("a\nb\r\tc\033[31m", "a?b??c?[31m");
	expect_name("\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd");
	expect_name("\xc2\x85", "??");
	expect_name("", "[no name]");
	expect_name("operator<< <char, std::less<> >", "operator<< <char, std::less<> >");
}

/* flamegraph.pl and inferno take "name 12 3" for a name with two weights. */
Test(view_flame_folded, a_number_in_a_name_is_no_weight)
{
	expect_name("thread 12", "thread_12");
	expect_name("version 1.2", "version_1.2");
	expect_name("a 1 2", "a 1_2");
	expect_name("12", "12");
	expect_name("x12", "x12");
	expect_name("trailing ", "trailing ");
}

Test(view_flame_folded, a_name_of_10000_bytes_is_kept)
{
	struct fire fire;
	char *name = calloc(1, 10001), *text, *expected;

	memset(name, 'n', 10000);
	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, name, WEIGHT_SLEEP, 1);
	text = fire__show(&fire, &flame_folded, NULL);
	cr_assert(asprintf(&expected, "web;%s 1\n", name) > 0);
	SAME_TEXT(text, expected);
	free(expected);
	free(text);
	free(name);
	fire__end(&fire);
}
