/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "make_flame.h"
#include "unit.h"

static char *draw(struct fire *fire)
{
	char *text = fire__show(fire, &flame_svg, NULL);

	fire__end(fire);
	return text;
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

#define HAS(text, what) cr_expect(strstr(text, what), "no %s", what)

Test(view_flame_svg, a_frame_has_its_figures)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "main > read@k", WEIGHT_SLEEP, 3000000);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 1000000);
	fire__sample(&fire, 13, "main", WEIGHT_SLEEP, 6000000);
	text = draw(&fire);
	HAS(text, "sleep: interruptible sleep (S), sum over 2 threads in 10.0s: 10.0ms");
	HAS(text, "the whole machine on vm, 2026-11-24 12:00:00 UTC, for 10.0s");
	HAS(text, "<title>read_[k]\n3.00ms, 30.0% of all, 75.0% of the frame above</title>");
	HAS(text, "<title>all\n10.0ms, 100.0% of all</title>");
	HAS(text, "x=\"60.0000%\" y=\"204\" width=\"30.0000%\"");
	SAME(count(text, "<svg class=\"f "), 6);
	cr_expect_null(strstr(text, "too narrow"));
	free(text);
}

/* Each frame is a box, however deep: what is kept of each depth grows with it. */
Test(view_flame_svg, deep_stacks)
{
	int deep, boxes = 0;

	for (deep = 1; deep <= 127; deep++) {
		char stack[127 * 4 + 1] = "f";
		struct fire fire;
		char *text;
		int i;

		for (i = 1; i < deep; i++)
			strcat(stack, " > f");
		fire__begin(&fire, "sleep", (struct flame_options){ 0 });
		fire__sample(&fire, 11, stack, WEIGHT_SLEEP, 3000000);
		text = draw(&fire);
		if (deep == 1)
			boxes = count(text, "<svg class=\"f ");
		SAME(count(text, "<svg class=\"f "), boxes + deep - 1);
		free(text);
	}
}

Test(view_flame_svg, names_cannot_become_markup)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "</script><script>alert(1)</script>", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 11, "]]> & \"quoted\" \x01\x02\xff\xef\xbf\xbf", WEIGHT_SLEEP, 1);
	text = draw(&fire);
	HAS(text, "<title>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;\n");
	HAS(text, "<title>]]&gt; &amp; &quot;quoted&quot; ??\xef\xbf\xbd\xef\xbf\xbd\n");
	SAME(count(text, "<script"), 1);
	SAME(count(text, "]]>"), 2); /* behind the style, and behind the script */
	free(text);
}

/* Nothing is fetched from anywhere: the names of XML's own vocabularies are no references. */
Test(view_flame_svg, refers_to_no_other_file)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 1);
	text = draw(&fire);
	SAME(count(text, "://"), 3);
	SAME(count(text, "http://www.w3.org/"), 3);
	SAME(count(text, "href"), 0);
	SAME(count(text, "@import"), 0);
	SAME(count(text, "url("), 0);
	free(text);
}

Test(view_flame_svg, frames_too_narrow_are_told)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "main > wide", WEIGHT_SLEEP, 1000000);
	fire__sample(&fire, 11, "main > narrow > above", WEIGHT_SLEEP, 1);
	text = draw(&fire);
	HAS(text, "2 frames are too narrow to draw.");
	cr_expect_null(strstr(text, ">narrow"));
	SAME(count(text, "<svg class=\"f "), 4);
	free(text);
}

Test(view_flame_svg, of_two_runs_it_shows_rates)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "main > same", WEIGHT_SLEEP, 10000000);
	fire__sample(&fire, 11, "main > less", WEIGHT_SLEEP, 10000000);
	fire__sample(&fire, 11, "main > gone", WEIGHT_SLEEP, 10000000);
	fire__compare(&fire);
	fire__sample(&fire, 11, "main > same", WEIGHT_SLEEP, 20000000);
	fire__sample(&fire, 11, "main > less", WEIGHT_SLEEP, 10000000);
	fire__sample(&fire, 11, "main > new", WEIGHT_SLEEP, 10000000);
	text = draw(&fire);
	HAS(text, "compared per second of the run: 2.00ms/s, was 3.00ms/s");
	HAS(text, "<svg class=\"f same l\" x=\"50.0000%\"");
	HAS(text, "<title>same\n1.00ms/s, was 1.00ms/s (+0.0%), 50.0% of all");
	HAS(text, "<svg class=\"f less2 l\" x=\"0.0000%\"");
	HAS(text, "<title>less\n500us/s, was 1.00ms/s (-50.0%)");
	HAS(text, "<svg class=\"f more4 l\"");
	HAS(text, "<title>new\n500us/s, was 0ns/s (new)");
	HAS(text, "1 frame is only in the first run and not drawn.");
	free(text);
}

Test(view_flame_svg, damaged_weights_break_nothing)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "main > a", WEIGHT_SLEEP, -50);
	fire__sample(&fire, 11, "main > b", WEIGHT_SLEEP, 100);
	fire__sample(&fire, 13, "main", WEIGHT_SLEEP, -10);
	text = draw(&fire);
	HAS(text, "<title>b\n");
	free(text);
	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, -50);
	text = draw(&fire);
	SAME(count(text, "<svg class=\"f "), 0);
	free(text);
}

static const struct flame_options apart = { .waits = true, .apart = true, .groups = true };

Test(view_flame_svg, what_is_put_aside_is_one_box_and_hidden_frames)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", apart);
	flame__set_duration(fire.flame, 0, 10000000000ULL);
	fire__sample(&fire, 21, "waits", WEIGHT_SLEEP, 9900000000);
	fire__sample(&fire, 13, "works", WEIGHT_SLEEP, 3000000000);
	fire__sample(&fire, 13, "rests", WEIGHT_SLEEP, 1000000000);
	text = draw(&fire);
	HAS(text, "sum over 2 threads in 10.0s: 13.9s");
	HAS(text, ">9.90s put aside: 9.90s of 1 thread that waited through the run</text>");
	HAS(text, "<title>all\n13.9s, 100.0% of all, 4.00s without what is put aside</title>");
	/* what is shown has the whole width */
	HAS(text, "x=\"25.0000%\" y=\"208\" width=\"75.0000%\"");
	HAS(text, "x=\"0.0000%\" y=\"190\" width=\"100.0000%\"");
	/* and the rest is behind it */
	HAS(text, "x=\"100.0000%\" y=\"190\" width=\"247.5000%\" height=\"18\" data-part=\"apart\" "
		  "display=\"none\"");
	free(text);
}

Test(view_flame_svg, a_task_of_several_threads_has_them_hidden)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", apart);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 3);
	fire__sample(&fire, 12, "main", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 13, "main", WEIGHT_SLEEP, 4);
	text = draw(&fire);
	SAME(count(text, "data-members=\"2\""), 1);
	SAME(count(text, "data-part=\"members\""), 4);
	HAS(text, "<title>web\n4ns, 50.0% of all, 50.0% of the frame above, 2 threads</title>");
	HAS(text, "<title>web-11\n3ns, 37.5% of all, 75.0% of the frame above</title>");
	HAS(text, "<title>web-12\n");
	cr_expect_null(strstr(text, "db-13"));
	free(text);
}

Test(view_flame_svg, if_all_waited_nothing_is_put_aside)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "sleep", apart);
	flame__set_duration(fire.flame, 0, 10000000000ULL);
	fire__sample(&fire, 21, "waits", WEIGHT_SLEEP, 9900000000);
	text = draw(&fire);
	cr_expect_null(strstr(text, "id=\"apart\""));
	cr_expect_null(strstr(text, "display=\"none\""));
	HAS(text, "<title>[waited through the run]\n");
	free(text);
}
