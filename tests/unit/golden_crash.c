/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Crashes of every kind, each with all that it took with it, in both views. */
#include <stdlib.h>

#include "../lib/tt.h"
#include "golden.h"
#include "make_rich.h"
#include "unit.h"

TestSuite(golden_crash, .fini = tt__cleanup);

/* All crashes of the rich run, one after the other. */
static char *show_all(const struct view *view, bool ascii)
{
	struct view_options options = {
		.first = true, .ascii = ascii, .color = ascii, .widens = true
	};
	struct rich rich;
	char *all = NULL;
	size_t size, i;
	FILE *out = open_memstream(&all, &size);

	rich__make(&rich, false);
	for (i = 0; i < rich.scene.summary.crash_count; i++) {
		cr_assert_eq(view->write_crash(out, rich.scene.summary.crashes[i], &options), 0);
		options.first = false;
	}
	rich__release(&rich);
	fclose(out);
	return all;
}

Test(golden_crash, text)
{
	golden__check("crashes.txt", show_all(&view_text, false));
}

Test(golden_crash, text_in_ascii_and_bold)
{
	golden__check("crashes-ascii.txt", show_all(&view_text, true));
}

Test(golden_crash, json)
{
	golden__check("crashes.json", golden__json_lines(show_all(&view_json, false)));
}
