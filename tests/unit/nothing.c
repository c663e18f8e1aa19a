/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a recording has nothing of what was asked for. */
#include "session/nothing.h"

#include <errno.h>
#include <string.h>

#include "../lib/tt.h"
#include "make_store.h"
#include "unit.h"

TestSuite(nothing, .fini = tt__cleanup);

static void record(struct scene *scene)
{
	struct store_writer *writer = recording__create();
	struct summary summary;

	scene__describe(&summary);
	recording__put(writer, 1, scene, &summary, SCENE_END);
	recording__end(writer, true);
}

static void check(const char *metric, const char *expected)
{
	struct store *store = recording__open();
	struct failure failure = { 0 };

	SAME(nothing__of_metric(store, "r.tt", metric__find(metric), &failure), -ENODATA);
	cr_expect_not_null(strstr(failure.text, expected), "no \"%s\" in: %s", expected,
			   failure.text);
	store__free(store);
}

Test(nothing, crashes_that_took_nobody_down_are_crashes)
{
	struct scene scene;
	struct story story;

	scene__fill_lifecycle(&scene, &story);
	record(&scene);
	check("crash",
	      "nothing to show for r.tt: 2 crashes took no other task down: their fan-out is 0");
	check("mm", "no mm in r.tt: ");
	model__free(scene.model);
	story__end(&story);
}

Test(nothing, where_nothing_crashed_it_is_said)
{
	struct scene scene;

	scene__fill(&scene, 3, false, false);
	record(&scene);
	check("crash", "no crash in r.tt: nothing crashed while it was recorded");
	check("spawn", "no spawn in r.tt: ");
	model__free(scene.model);
}
