/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flame graph as lines of text, and on the screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make_flame.h"
#include "model/profile/flame_lines.h"
#include "screen/detail.h"
#include "unit.h"

static struct fire fire;
static struct flame_lines lines;

static void begin(void)
{
	fire__begin(&fire, "offcpu", (struct flame_options){ .no_kernel = true });
}

static void end(void)
{
	fire__end(&fire);
}

TestSuite(flame_lines, .init = begin, .fini = end);

static void fill(void)
{
	cr_assert_not(flame__build(fire.flame));
	flame_lines__fill(&lines, fire.flame);
}

static void expect_line(size_t i, __u32 depth, __u64 ns, const char *text)
{
	cr_assert_lt(i, lines.count);
	SAME(lines.lines[i].depth, depth);
	SAME(lines.lines[i].ns, ns);
	SAME_TEXT(lines.lines[i].text, text);
}

Test(flame_lines, what_calls_nothing_else_is_one_line)
{
	fire__sample(&fire, 11, "_start > main > loop > poll > sys@k", WEIGHT_SLEEP, 600);
	fire__sample(&fire, 11, "_start > main > loop > read", WEIGHT_SLEEP, 100);
	fire__sample(&fire, 12, "_start > main > loop > read", WEIGHT_DISK, 200);
	fire__sample(&fire, 13, "clone > work > futex", WEIGHT_SLEEP, 3000);
	fire__sample(&fire, 11, "_start > main > rare", WEIGHT_SLEEP, 19); /* less than 1 in 200 */
	fill();
	SAME(lines.ns, 3919);
	SAME(lines.count, 5);
	expect_line(0, 0, 3000, "db > clone > work > futex");
	expect_line(1, 0, 919, "web > _start > main");
	expect_line(2, 1, 900, "loop");
	expect_line(3, 2, 600, "poll");
	expect_line(4, 2, 300, "read");
}

/* A function that also waits itself is no chain with the one that it calls. */
Test(flame_lines, time_of_its_own_ends_a_line)
{
	fire__sample(&fire, 11, "main > wait", WEIGHT_SLEEP, 70);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 30);
	fill();
	SAME(lines.count, 2);
	expect_line(0, 0, 100, "web > main");
	expect_line(1, 1, 70, "wait");
}

Test(flame_lines, nothing)
{
	fill();
	SAME(lines.ns, 0);
	SAME(lines.count, 0);
}

/* Of a chain that is too long the beginning and the end are there, and of a name its beginning. */
Test(flame_lines, long_texts)
{
	char stack[2048] = "_start", name[400];
	const char *text;
	int i;

	for (i = 0; i < 40; i++)
		sprintf(stack + strlen(stack), " > function_%02d", i);
	fire__sample(&fire, 11, stack, WEIGHT_SLEEP, 100);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(stack, sizeof(stack), "%s > %s > last", name, name);
	fire__sample(&fire, 13, stack, WEIGHT_SLEEP, 90);
	fill();
	SAME(lines.count, 2);
	text = lines.lines[0].text;
	cr_expect_eq(strncmp(text, "web > ... > ", 12), 0, "%s", text);
	cr_expect(strstr(text, " > function_39"), "%s", text);
	SAME_TEXT(text + strlen(text) - 2, "39");
	text = lines.lines[1].text;
	cr_expect_eq(strncmp(text, "db > ... > ", 11), 0, "%s", text);
	SAME_TEXT(text + strlen(text) - 7, " > last");
}

/* A chain is whole as long as there is room for all of it, also where its last name is cut. */
Test(flame_lines, texts_of_every_length)
{
	size_t room = sizeof(lines.lines[0].text) - 1, length;
	char stack[512], name[400], expected[600];

	for (length = 60; length < 300; length++) {
		memset(name, 'x', length);
		name[length] = '\0';
		snprintf(stack, sizeof(stack), "begin > middle > %s", name);
		fire__end(&fire);
		begin();
		fire__sample(&fire, 11, stack, WEIGHT_SLEEP, 100);
		fill();
		SAME(lines.count, 1);
		snprintf(expected, sizeof(expected), "web > %s > %.*s",
			 strlen("web > ") + strlen(stack) <= room ? "begin > middle" : "...",
			 (int)room / 2, name);
		SAME_TEXT(lines.lines[0].text, expected);
	}
}

Test(flame_lines, more_lines_than_there_is_room_for)
{
	char stack[64];
	int i;

	for (i = 0; i < 40; i++) {
		int k;

		for (k = 0; k < 20; k++) {
			snprintf(stack, sizeof(stack), "main > f%d > g%d", i, k);
			fire__sample(&fire, 11, stack, WEIGHT_SLEEP, i < 3 ? 1000 : 100);
		}
	}
	fill();
	cr_expect_leq(lines.count, FLAME_LINES);
	expect_line(0, 0, 3 * 20000 + 37 * 2000, "web > main");
	expect_line(1, 1, 20000, "f0");
}

/* ---- on the screen ---- */

static char *drawn(int rows, int columns, size_t scroll)
{
	struct canvas canvas = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not(canvas__resize(&canvas, rows, columns));
	detail__draw_stacks(&lines, &canvas, 0, rows, scroll);
	canvas__write(&canvas, out);
	fclose(out);
	canvas__free(&canvas);
	return text;
}

static void expect_drawn(char *text, const char *expected)
{
	SAME_TEXT(text, expected);
	free(text);
}

Test(flame_lines, how_they_are_drawn)
{
	memset(&lines, 0, sizeof(lines));
	expect_drawn(drawn(2, 60, 0), "OFF CPU  0ns of all threads since s, by stack\n"
				      "  stacks are being taken ...\n");
	lines.any = true;
	expect_drawn(drawn(2, 60, 0), "OFF CPU  0ns of all threads since s, by stack\n"
				      "  none of its threads was off CPU\n");
	fire__sample(&fire, 11, "main > poll", WEIGHT_SLEEP, 600000);
	fire__sample(&fire, 11, "main > read", WEIGHT_SLEEP, 200000);
	fire__sample(&fire, 13, "work", WEIGHT_SLEEP, 200000);
	fill();
	expect_drawn(drawn(6, 40, 0), "OFF CPU  1.00ms of all threads since s,\n"
				      " 80.0% ========   web > main\n"
				      " 60.0% ======       poll\n"
				      " 20.0% ==           read\n"
				      " 20.0% ==         db > work\n"
				      "\n");
	snprintf(lines.why, sizeof(lines.why), "it has ended");
	expect_drawn(drawn(3, 70, 3),
		     "OFF CPU  1.00ms of all threads since s, by stack; it has ended\n"
		     " 20.0% ==         db > work\n"
		     "\n");
}
