/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a flight recorder keep its window: how it is written, and when it fires. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/switching/tasks.h"
#include "session/trigger.h"

#define MS 1000000ULL

static void refuse(const char *text, const char *why)
{
	struct trigger trigger = { .name = "as it was" };
	const char *wrong;

	cr_expect_neq(trigger__parse(&trigger, text, &wrong), 0, "%s", text);
	cr_expect(strstr(wrong, why), "%s: %s", text, wrong);
	cr_expect_str_eq(trigger.name, "as it was");
}

Test(trigger, is_a_crash_or_a_figure)
{
	struct trigger trigger;
	const char *wrong;

	cr_expect_eq(trigger__parse(&trigger, "crash", &wrong), 0);
	cr_expect(trigger.kind == TRIGGER_CRASH && !strcmp(trigger.name, "crash"));
	cr_expect_eq(trigger__parse(&trigger, " runq  p99 > 20ms for 10s", &wrong), 0);
	cr_expect_eq(trigger.kind, TRIGGER_FIGURE);
	cr_expect_eq(trigger.dist, D_RUNQ);
	cr_expect_eq(trigger.percent, 99);
	cr_expect_eq(trigger.above_ns, 20 * MS);
	cr_expect_eq(trigger.for_ns, 10000 * MS);
	cr_expect_str_eq(trigger.name, "runq-p99");
	cr_expect_eq(trigger__parse(&trigger, "disk p50 > 3us", &wrong), 0);
	cr_expect_eq(trigger.dist, D_OFF_DISK);
	cr_expect_eq(trigger.for_ns, 0);
	cr_expect_eq(trigger__parse(&trigger, "process p7 > 1", &wrong), 0);
	cr_expect_eq(trigger.dist, D_SWITCH_PROCESS);
}

Test(trigger, is_a_request)
{
	struct trigger trigger;
	const char *wrong;

	cr_expect_eq(trigger__parse(&trigger, "http", &wrong), 0);
	cr_expect_eq(trigger.kind, TRIGGER_HTTP);
	cr_expect_str_eq(trigger.name, "http");
	cr_expect_str_empty(trigger__where(&trigger));
	cr_expect_eq(trigger__parse(&trigger, " http  127.0.0.1:9", &wrong), 0);
	cr_expect_str_eq(trigger__where(&trigger), "127.0.0.1:9");
	cr_expect_null(trigger__why_never(&trigger, NULL, NULL));
	cr_expect_not(trigger__look(&trigger, NULL, 1, NULL, 0));
	cr_expect_eq(trigger__find(&trigger, 1, TRIGGER_HTTP), &trigger);
	cr_expect_null(trigger__find(&trigger, 1, TRIGGER_CRASH));
	cr_expect_null(trigger__find(&trigger, 0, TRIGGER_HTTP));
	refuse("http 127.0.0.1:9 more", "metric");
	refuse("https", "metric");
}

Test(trigger, is_refused_with_a_reason)
{
	char text[200];

	refuse("", "form");
	refuse("runq", "form");
	refuse("runq p99 < 20ms", "form");
	refuse("runq p99 > 20ms over 3s", "form");
	refuse("runq p99 > 20ms for 3s more", "form");
	refuse("runq_ns p99 > 20ms", "metric");
	refuse("../x p99 > 20ms", "metric");
	refuse("runq p100 > 20ms", "percentile");
	refuse("runq p0 > 20ms", "percentile");
	refuse("runq 99 > 20ms", "percentile");
	refuse("runq p99 > fast", "durations");
	refuse("runq p99 > 20ms for ever", "durations");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	refuse(text, "form");
}

/* ---- looking at a model ---- */

struct scene {
	struct model *model;
	struct process *process;
	struct trigger trigger;
	char reason[200];
};

static void scene__make(struct scene *scene, const char *text)
{
	const char *wrong;

	scene->model = model__new(false, true);
	scene->process = calloc(1, sizeof(*scene->process));
	scene->process->key.pid = 7;
	model__put_process(scene->model, scene->process);
	cr_assert_eq(trigger__parse(&scene->trigger, text, &wrong), 0);
}

static void wait_for(struct scene *scene, int count, __u64 ns)
{
	while (count--)
		cr_assert_eq(row__add_sample(&scene->process->row, D_RUNQ, ns), 0);
}

static bool look(struct scene *scene, __u64 now_ms)
{
	return trigger__look(&scene->trigger, scene->model, now_ms * MS, scene->reason,
			     sizeof(scene->reason));
}

/* Only what came since the last look counts. */
Test(trigger, fires_when_a_percentile_stays_above_its_bound)
{
	struct scene scene = { 0 };

	scene__make(&scene, "runq p90 > 20ms for 2s");
	wait_for(&scene, 1000, 1 * MS);
	cr_expect_not(look(&scene, 1000));
	wait_for(&scene, 80, 1 * MS);
	wait_for(&scene, 20, 50 * MS);
	cr_expect_not(look(&scene, 2000), "it is above since now");
	wait_for(&scene, 100, 50 * MS);
	cr_expect_not(look(&scene, 3000));
	wait_for(&scene, 100, 1 * MS);
	cr_expect_not(look(&scene, 4000), "it is not above any more");
	wait_for(&scene, 10, 50 * MS);
	cr_expect_not(look(&scene, 5000));
	row__clear(&scene.process->row); /* a period is over */
	trigger__next(&scene.trigger);
	wait_for(&scene, 10, 50 * MS);
	cr_expect_not(look(&scene, 6000));
	wait_for(&scene, 10, 50 * MS);
	cr_expect(look(&scene, 7000));
	cr_expect(strstr(scene.reason, "runq p90 of 5") &&
			  strstr(scene.reason, "above 20.0ms for 2.00s"),
		  "%s", scene.reason);
	cr_expect_not(look(&scene, 8000), "nothing came");
	model__free(scene.model);
}

Test(trigger, of_a_crash_fires_once_for_each)
{
	struct crash old = { .at_ns = 10, .pid = 1, .comm = "old", .end.signal = 6 };
	struct crash new = { .at_ns = 20, .pid = 2, .comm = "new", .end.signal = 11 };
	struct crash *crashes[] = { &new, &old };
	struct scene scene = { 0 };

	scene__make(&scene, "crash");
	cr_expect_not(look(&scene, 1));
	scene.model->crashes = crashes;
	scene.model->crash_count = 2;
	cr_expect(look(&scene, 2));
	cr_expect_str_eq(scene.reason, "a crash: new (2), SIGSEGV");
	cr_expect_not(look(&scene, 3));
	trigger__next(&scene.trigger);
	cr_expect(look(&scene, 4));
	scene.model->crashes = NULL;
	scene.model->crash_count = 0;
	model__free(scene.model);
}

static const char *why_never(const char *text, bool whole_machine, bool follows,
			     const char *unavailable)
{
	struct model *model = model__new(false, false);
	struct summary same = { 0 };
	static char why[200];
	struct trigger trigger;
	const char *wrong, *reason;
	int i;

	model->whole_machine = whole_machine;
	for (i = 0; i < ROW_DISTS; i++)
		same.has_dist[i] = true;
	if (unavailable)
		summary__unavailable(&same, unavailable, "no such probe");
	if (follows)
		model->tracker = (struct process_tracker *)model; /* is not looked at */
	cr_assert_eq(trigger__parse(&trigger, text, &wrong), 0);
	cr_expect_str_eq(trigger.text, text);
	reason = trigger__why_never(&trigger, model, &same);
	snprintf(why, sizeof(why), "%s", reason ? reason : "");
	model->tracker = NULL;
	model__free(model);
	return why;
}

/* It would wait for ever, and is told at the beginning. */
Test(trigger, that_can_never_fire_has_a_reason)
{
	cr_expect_str_eq(why_never("runq p99 > 20ms", true, true, NULL), "");
	cr_expect_str_eq(why_never("idle p99 > 20ms", true, true, NULL), "");
	cr_expect_str_eq(why_never("crash", true, true, NULL), "");
	cr_expect(strstr(why_never("crash", true, false, NULL), "cannot be followed"));
	cr_expect(strstr(why_never("idle p99 > 20ms", false, true, NULL), "no target"));
	cr_expect_str_eq(why_never("pick p99 > 20ms", true, true, "pick_ns"), "no such probe");
	cr_expect_str_eq(why_never("process p9 > 2ms", true, true, "switch_ns"), "no such probe");
	cr_expect_str_eq(why_never("runq p99 > 20ms", true, true, "pick_ns"), "");
}
