/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands behind a name stands in the same column, whatever the name. */
#include <stdlib.h>
#include <string.h>

#include "make_summary.h"
#include "unit.h"
#include "view/escape.h"
#include "view/stacks.h"

static const struct view_options plain = { .rows = 20, .first = true };

static const char *const wide_names[] = {
	"\xe4\xb8\xad\xe6\x96\x87\xe8\xbf\x9b\xe7\xa8\x8b", /* Chinese */
	"\xed\x95\x9c\xea\xb8\x80",			    /* Hangul */
	"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",		    /* Hebrew */
	"\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",	    /* Arabic */
	"e\xcc\x81"
	"a\xcc\x8a"
	"o\xcc\x88",					/* accents of their own */
	"\xf0\x9f\x98\x80\xf0\x9f\x9a\x80 go",		/* emoji */
	"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", /* emoji that want to be one */
	"\xe2\x9d\xa4\xef\xb8\x8f",			/* a heart that wants to be wide */
	"a\xe2\x80\x8b"
	"b", /* no width */
	"x\xe2\x80\xae"
	"drow",			    /* turned */
	"\xef\xbc\xa1\xef\xbc\xa2", /* wide Latin */
	"\xff\xfe\xfd\xfc\xfb",	    /* no text */
};

static size_t columns_of_line(const char *line, char *copy, size_t capacity)
{
	size_t length = strcspn(line, "\n");

	cr_assert_lt(length, capacity);
	memcpy(copy, line, length);
	copy[length] = 0;
	return utf8__columns(copy);
}

/* Behind the lines of prose that name tasks. */
static const char *tables(const char *text)
{
	const char *at = strstr(text, "     PID COMMAND");

	return at ? at : text;
}

/* Line by line, all of them. */
static void check_same_columns(const char *text, const char *tame, const char *name)
{
	char copy[1024], other[1024];

	text = tables(text);
	tame = tables(tame);
	while (*text && *tame) {
		size_t columns = columns_of_line(text, copy, sizeof(copy));
		size_t expected = columns_of_line(tame, other, sizeof(other));

		cr_expect_eq(columns, expected, "%zu columns, not %zu, with %s:\n%s\n%s", columns,
			     expected, name, copy, other);
		text = strchr(text, '\n') + 1;
		tame = strchr(tame, '\n') + 1;
	}
	cr_expect(!*text && !*tame);
}

Test(view_columns, names_of_any_script_leave_the_columns_where_they_are)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wide_names); i++) {
		struct scene scene, tame;
		char *text, *other;

		scene__make_named(&scene, wide_names[i]);
		scene__make_named(&tame, "tame");
		text = scene__show(&scene, &view_text, &plain);
		other = scene__show(&tame, &view_text, &plain);
		check_same_columns(text, other, wide_names[i]);
		free(text);
		free(other);
		scene__release(&scene);
		scene__release(&tame);
	}
}

static void check_cell(size_t columns, const char *bytes, bool ascii, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(out);
	escape__cell(out, columns, bytes, ascii);
	cr_assert_eq(fclose(out), 0);
	SAME_TEXT(text, expected);
	SAME(utf8__columns(text), columns);
	free(text);
}

#define ZHONG "\xe4\xb8\xad"
#define DOTS  "\xe2\x80\xa6"

Test(view_columns, cell_is_as_wide_as_it_was_asked_for)
{
	check_cell(5, "", false, "     ");
	check_cell(5, "abc", false, "abc  ");
	check_cell(5, "abcde", false, "abcde");
	check_cell(5, "abcdef", false, "abcd" DOTS);
	check_cell(5, "abcdef", true, "abcd~");
	check_cell(5, ZHONG ZHONG, false, ZHONG ZHONG " ");
	check_cell(5, ZHONG ZHONG ZHONG, false, ZHONG ZHONG DOTS);
	check_cell(6, ZHONG ZHONG ZHONG ZHONG, false,
		   ZHONG ZHONG DOTS " "); /* half of one is none */
	check_cell(3,
		   "e\xcc\x81"
		   "e\xcc\x81"
		   "e\xcc\x81"
		   "e\xcc\x81",
		   false,
		   "e\xcc\x81"
		   "e\xcc\x81" DOTS);
	check_cell(1, ZHONG, false, DOTS);
	check_cell(0, "abc", false, "");
	check_cell(4, "\xff\x1b[", false, "\xef\xbf\xbd?[ ");
}

/* The beginning of a row: 9 columns of the id, 18 of the name. */
Test(view_columns, rows_as_they_are_on_a_terminal)
{
	static const struct {
		const char *name, *shown;
	} rows[] = {
		{ "tame", "tame" },
		{ ZHONG ZHONG, ZHONG ZHONG },
		{ ZHONG ZHONG ZHONG ZHONG ZHONG, ZHONG ZHONG ZHONG ZHONG ZHONG },
		{ "e\xcc\x81t\xc3\xa9", "e\xcc\x81t\xc3\xa9" },
		{ "a\xe2\x80\xae"
		  "b",
		  "a\xef\xbf\xbd"
		  "b" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scene scene;
		char *text, row[128];

		snprintf(row, sizeof(row), "\n     101 %s%*s ", rows[i].shown,
			 18 - (int)utf8__columns(rows[i].shown), "");
		scene__make_named(&scene, rows[i].name);
		text = scene__show(&scene, &view_text, &plain);
		cr_expect_not_null(strstr(text, row), "no \"%s\" in:\n%s", row, text);
		free(text);
		scene__release(&scene);
	}
}

static char *show_diff(const char *comm)
{
	static const char *const files[] = { "a", "b" };
	struct compare compare = { 0 };
	struct scene scene;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(out);
	scene__make_named(&scene, comm);
	cr_assert_eq(compare__add(&compare, 0, &scene.summary), 0);
	cr_assert_eq(compare__add(&compare, 1, &scene.summary), 0);
	cr_assert_eq(diff__write_text(out, &compare, files, &plain), 0);
	cr_assert_eq(fclose(out), 0);
	compare__free(&compare);
	scene__release(&scene);
	return text;
}

Test(view_columns, of_two_recordings_too)
{
	char *tame = show_diff("tame"), *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wide_names); i++) {
		text = show_diff(wide_names[i]);
		check_same_columns(text, tame, wide_names[i]);
		free(text);
	}
	free(tame);
}

/* A recording may say of a task's name what no kernel would. */
Test(view_columns, name_that_is_longer_than_names_are_is_cut)
{
	struct scene scene, tame;
	char *text, *other;

	scene__make_named(&scene, "tame");
	scene__make_named(&tame, "tame");
	memset(scene.model->processes->comm, 'x', UTF8_COMM - 1);
	strcpy(tame.model->processes->comm, "xxxxxxxxxxxxxxxxxxxxxxxxx");
	text = scene__show(&scene, &view_text, &plain);
	other = scene__show(&tame, &view_text, &plain);
	check_same_columns(text, other, "a long one");
	cr_expect_not_null(strstr(text, "     101 xxxxxxxxxxxxxxxxx" DOTS " "), "in:\n%s", text);
	free(text);
	free(other);
	scene__release(&scene);
	scene__release(&tame);
}
