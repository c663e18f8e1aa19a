/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each format has. */
#include "view/view.h"

#include <errno.h>

#include "unit.h"

static void check(const struct view *view, enum view_slot slot, const char *expected)
{
	struct failure failure = { 0 };

	SAME(view__has(view, slot), !expected);
	SAME(view__check(view, slot, &failure), expected ? -EINVAL : 0);
	if (expected)
		SAME_TEXT(failure.text, expected);
}

Test(view, what_csv_has_not)
{
	enum view_slot slot;

	for (slot = VIEW_SUMMARY; slot <= VIEW_FACTS; slot++) {
		check(&view_text, slot, NULL);
		check(&view_json, slot, NULL);
	}
	check(&view_csv, VIEW_SUMMARY, NULL);
	check(&view_csv, VIEW_CRASH,
	      "cannot print crashes as csv: crashes are not rows (choose text or json)");
	check(&view_csv, VIEW_DIFF,
	      "cannot print differences as csv: differences are not rows (choose text or json)");
	check(&view_csv, VIEW_FACTS,
	      "cannot print facts as csv: facts are not rows (choose text or json)");
}
