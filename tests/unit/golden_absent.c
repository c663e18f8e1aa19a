/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each view says differently when one thing of a rich summary is missing, 0 or 1: a
 * branch of a view that no other run takes shows here.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "changed_lines.h"
#include "golden.h"
#include "make_absent.h"
#include "make_rich.h"
#include "unit.h"

TestSuite(golden_absent, .fini = tt__cleanup);

/* ---- the views ---- */

static char *same(char *text)
{
	return text;
}

static char *show(const struct view *view, char *(*in_lines)(char *text),
		  const struct absent *absent)
{
	static const struct view_options options = {
		.rows = 2, .width = 400, .first = true, .ascii = true
	};
	struct rich rich;
	char *text;

	rich__make(&rich, false);
	if (view != &view_text) { /* one row is as another */
		rich.scene.summary.process_count = 2;
		rich.scene.summary.threads = false;
	}
	if (absent)
		absent->remove(&rich.scene.summary, absent->which);
	text = in_lines(scene__show(&rich.scene, view, &options));
	rich__release(&rich);
	return text;
}

static void check(const struct view *view, char *(*in_lines)(char *text), const char *name)
{
	char *text;
	size_t size, count, i;
	FILE *out = open_memstream(&text, &size);
	const struct absent *list = absents(&count);

	for (i = 0; i < count; i++) {
		char *was = show(view, in_lines, NULL), *is = show(view, in_lines, &list[i]);

		fprintf(out, "%s\n", list[i].name);
		changed_lines__print(out, was, is);
		free(was);
		free(is);
	}
	fclose(out);
	golden__check(name, text);
}

Test(golden_absent, text)
{
	check(&view_text, same, "summary-absent.txt");
}

Test(golden_absent, json)
{
	check(&view_json, golden__json_lines, "summary-absent-json.txt");
}

Test(golden_absent, csv)
{
	check(&view_csv, golden__csv_columns, "summary-absent-csv.txt");
}
