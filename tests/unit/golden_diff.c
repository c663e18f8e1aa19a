/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two rich runs side by side. */
#include <stdlib.h>

#include "../lib/tt.h"
#include "golden.h"
#include "make_rich.h"
#include "unit.h"
#include "view/stacks.h"

TestSuite(golden_diff, .fini = tt__cleanup);

typedef int write_diff(FILE *out, const struct compare *compare, const char *const names[2],
		       const struct view_options *options);

/* The second run is another one: longer, on fewer CPUs, without its cost. */
static char *show(write_diff *write)
{
	static const char *const names[2] = { "before.tasktoll", "after.tasktoll" };
	const struct view_options options = { .rows = 6, .color = true };
	struct compare compare = { 0 };
	struct scene other;
	struct rich rich;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	rich__make(&rich, false);
	cr_assert_eq(compare__add(&compare, 0, &rich.scene.summary), 0);
	cr_assert_eq(compare__add(&compare, 1, &rich.scene.summary), 0);
	scene__make(&other, 3, true, true);
	other.summary.duration_ns = 7654321000;
	summary__unavailable(&other.summary, "offcpu_ns", "no hook");
	cr_assert_eq(compare__add(&compare, 1, &other.summary), 0);
	cr_assert_eq(write(out, &compare, names, &options), 0);
	compare__free(&compare);
	scene__release(&other);
	rich__release(&rich);
	fclose(out);
	return text;
}

Test(golden_diff, text)
{
	golden__check("diff.txt", show(diff__write_text));
}

Test(golden_diff, json)
{
	golden__check("diff.json", golden__json_lines(show(diff__write_json)));
}

/* Five programs that only one run has, none of which used as much CPU time as another. */
Test(golden_diff, text_of_two_loads)
{
	static const char *const names[2] = { "before.tasktoll", "after.tasktoll" };
	static const __u64 cpu_ms[] = { 300, 500, 100, 400, 200 };
	const struct view_options options = { .rows = 6 };
	struct compare compare = { 0 };
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);
	int side;

	for (side = 0; side < 2; side++) {
		struct scene scene;
		struct process *process;

		scene__make(&scene, ARRAY_SIZE(cpu_ms), false, true);
		for (i = 0, process = scene.model->processes; process; process = process->hh.next) {
			process->row.n[C_ONCPU] = (cpu_ms[i] + (side ? 7 * i : 0)) * 1000000;
			snprintf(process->comm, sizeof(process->comm), "%s-%zu",
				 side ? "new" : "old", ++i);
		}
		cr_assert_eq(compare__add(&compare, side, &scene.summary), 0);
		scene__release(&scene);
	}
	cr_assert_eq(diff__write_text(out, &compare, names, &options), 0);
	compare__free(&compare);
	fclose(out);
	golden__check("diff-loads.txt", text);
}
