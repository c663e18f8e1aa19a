/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last minutes become a recording, from which all views make what they made of it live. */
#include "session/keeper.h"

#include <errno.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/disk.h"
#include "../lib/proc.h"
#include "../lib/tt.h"
#include "make_rich.h"
#include "make_store.h"
#include "unit.h"

static struct keeper keeper;

static void end(void)
{
	keeper__forget(&keeper);
	recording__remove();
}

TestSuite(keeper, .fini = end);

/* A scene that has been taken. */
static void keep(const struct scene *scene)
{
	cr_assert_not(keeper__take(&keeper, scene->model, &scene->summary, SCENE_END));
}

static void write_down(void)
{
	struct failure failure = { 0 };

	cr_assert_eq(keeper__write(&keeper, recording__path(), &failure), 0, "%s", failure.text);
}

static void expect_period(struct store *store, __u32 period, const struct scene *scene)
{
	struct failure failure = { 0 };
	struct scene read;
	__u64 now;

	cr_assert_not(store__read_period(store, period, &read.model, &read.summary, &now, &failure),
		      "%s", failure.text);
	SAME(now, SCENE_END);
	cr_assert_not(model__close(read.model, now));
	cr_assert_not(summary__take(&read.summary, read.model, scene->summary.sort));
	cr_expect_not(store__is_damaged(store), "%s", store__remark(store, 0));
	read.summary.threads = scene->summary.threads;
	scenes__compare(scene, &read);
	scene__release(&read);
}

static void kept_as(const struct scene *scene)
{
	struct store *store;

	keep(scene);
	write_down();
	store = recording__open();
	SAME(store__periods(store), 1);
	cr_expect_not(store__is_cut_off(store));
	expect_period(store, 1, scene);
	store__free(store);
	cr_assert_not(unlink(recording__path()));
	keeper__forget(&keeper);
}

static void round_of(struct scene *scene)
{
	scene__take(scene);
	kept_as(scene);
}

Test(keeper, processes_and_threads)
{
	static const bool yes_no[] = { false, true };
	struct scene scene;
	size_t t, w;

	for (t = 0; t < 2; t++) {
		for (w = 0; w < 2; w++) {
			scene__fill(&scene, 30, yes_no[t], yes_no[w]);
			round_of(&scene);
			scene__release(&scene);
		}
	}
	scene__fill(&scene, 0, true, false);
	round_of(&scene);
	scene__release(&scene);
}

/* What is open when the interval ends is in its figures, and nothing is added to it. */
Test(keeper, waits_that_are_open)
{
	static const enum off ways[] = { OFF_SLEEP, OFF_DISK, OFF_PREEMPTED, OFF_OTHER };
	struct scene scene;
	size_t i;

	scene__begin(&scene, true, false);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		struct task task = task__make(i + 1, 100, 100 + (__u32)i);

		task__switch(&task, 3, 1);
		task__go_off(&task, ways[i], i * 1000000 + 5);
		task.rec.wake_ns = (SCENE_END - 1000) | (i & 1);
		task__read(&task, scene.model);
	}
	round_of(&scene);
	scene__release(&scene);
}

Test(keeper, switches_that_were_missed_or_withheld)
{
	struct task missed = task__make(1, 100, 100), withheld = task__make(2, 101, 101);
	struct task dead = task__make(3, 102, 102);
	struct cpu_slot slot = { .switches = 50, .nr_base = 3, .nr_switches = 60 };
	struct cpu_slot unknown = { .switches = 40 };
	struct scene scene;
	int round;

	for (round = 0; round < 2; round++) {
		scene__begin(&scene, true, true);
		missed.head.kernel_nv = 7;
		withheld.head.kernel_nv = 9;
		withheld.rec.flags = 0;
		dead.rec.MISSED = 4;
		task__read(&missed, scene.model);
		task__read(&withheld, scene.model);
		task__die(&dead, scene.model);
		model__apply_cpu(scene.model, 3, round ? &unknown : &slot);
		scene.model->skipped_runs = 2;
		round_of(&scene);
		scene__release(&scene);
	}
}

/* A switch that is priced stands for four: there are more of them in the buckets than were counted. */
Test(keeper, prices_of_some_switches)
{
	struct scene scene;
	struct process *process;
	struct dist *dist;
	int i;

	scene__fill(&scene, 3, true, false);
	scene.model->price = 4;
	for (process = scene.model->processes; process; process = process->hh.next) {
		dist = process->row.dist[D_SWITCH_THREAD];
		dist->sum *= 4;
		for (i = 0; i < HIST_MAX_BUCKETS; i++)
			dist->bucket[i] *= 4;
	}
	scene__take(&scene);
	SAME(scene.summary.priced.most, 4);
	cr_expect_gt(dist__weight(row__dist(scene.summary.system, D_SWITCH_THREAD)),
		     row__dist(scene.summary.system, D_SWITCH_THREAD)->count);
	kept_as(&scene);
	scene__release(&scene);
}

/* Creations, ends, a crash that takes others with it, and its stack. */
Test(keeper, what_was_created_and_what_ended)
{
	struct story story;
	struct scene scene;

	scene__fill_lifecycle(&scene, &story);
	scene__take(&scene);
	scene.summary.threads = false; /* one of them was off CPU all the time: it is left out */
	kept_as(&scene);
	scene__release(&scene);
	story__end(&story);
}

Test(keeper, everything)
{
	struct store *store;
	struct rich rich;

	rich__make(&rich, false);
	keep(&rich.scene);
	write_down();
	store = recording__open();
	expect_period(store, 1, &rich.scene);
	store__free(store);
	rich__release(&rich);
}

/* Each interval is a period, and what goes on in the model meanwhile changes none. */
Test(keeper, intervals)
{
	struct scene scene, first;
	struct store *store;

	scene__make(&first, 3, true, true);
	keep(&first);
	scene__make(&scene, 30, true, true);
	keep(&scene);
	model__begin(scene.model);
	write_down();
	store = recording__open();
	SAME(store__periods(store), 2);
	expect_period(store, 1, &first);
	store__free(store);
	scene__release(&first);
	scene__release(&scene);
}

Test(keeper, ten_minutes_are_kept_and_no_more)
{
	struct scene scene;
	int i;

	scene__make(&scene, 3, true, true);
	SAME(scene.summary.duration_ns, 2000000000);
	for (i = 0; i < 400; i++)
		keep(&scene);
	SAME(keeper.count, 300);
	SAME(keeper.ns, 600000000000);
	cr_expect_lt(keeper.bytes, 5U << 20);
	scene.summary.duration_ns = 3600000000000;
	keep(&scene);
	SAME(keeper.count, 1); /* longer than that, and the newest */
	scene__release(&scene);
}

Test(keeper, a_file_that_is_there_stays)
{
	struct failure failure = { 0 };
	struct scene scene;
	char *text;

	scene__make(&scene, 3, true, true);
	keep(&scene);
	fclose(fopen(recording__path(), "w"));
	SAME(keeper__write(&keeper, recording__path(), &failure), -EEXIST);
	text = file__read(recording__path());
	cr_expect_str_eq(text, "");
	free(text);
	scene__release(&scene);
}

Test(keeper, a_full_disk_leaves_nothing)
{
	char directory[4096], path[4200];
	struct failure failure = { 0 };
	struct scene scene;
	struct stat status;
	int i;

	snprintf(directory, sizeof(directory), "%s", tt__temp("disk"));
	cr_assert_not(mkdir(directory, 0700));
	disk__make(directory, "300k");
	snprintf(path, sizeof(path), "%s/a.tasktoll", directory);
	scene__make(&scene, 80, true, true);
	for (i = 0; i < 30; i++)
		keep(&scene);
	SAME(keeper__write(&keeper, path, &failure), -ENOSPC);
	cr_expect(stat(path, &status) && errno == ENOENT);
	strcat(path, "-journal");
	cr_expect(stat(path, &status) && errno == ENOENT);
	umount(directory);
	scene__release(&scene);
}

/* In a process of its own, with words for what comes of it. */
Test(keeper, it_says_what_came_of_it)
{
	char text[320], cwd[4096], at[4096];
	struct scene scene;

	cr_assert(getcwd(cwd, sizeof(cwd)));
	snprintf(at, sizeof(at), "%s", tt__temp("here"));
	cr_assert(!mkdir(at, 0700) && !chdir(at));
	cr_expect_not(keeper__has_written(&keeper, true, text, sizeof(text)));
	scene__make(&scene, 3, true, true);
	keep(&scene);
	keeper__start_writing(&keeper, text, sizeof(text));
	cr_expect_eq(strncmp(text, "keeping the last 2.00s (1 interval) in tasktoll-", 48), 0, "%s",
		     text);
	cr_expect(keeper__has_written(&keeper, true, text, sizeof(text)));
	cr_expect_eq(strncmp(text, "kept the last 2.00s (1 interval) in tasktoll-", 45), 0, "%s",
		     text);
	cr_expect_not(access(keeper.path, R_OK));
	/* in the same second, or the next one */
	keeper__start_writing(&keeper, text, sizeof(text));
	cr_expect(keeper__has_written(&keeper, true, text, sizeof(text)));
	cr_expect(strstr(text, "File exists (press R again)") || !strncmp(text, "kept", 4), "%s",
		  text);
	keeper__forget(&keeper);
	sleep(1);
	keeper__start_writing(&keeper, text, sizeof(text));
	cr_expect(keeper__has_written(&keeper, true, text, sizeof(text)));
	cr_expect(strstr(text, "nothing is kept"), "%s", text);
	cr_assert_not(chdir(cwd));
	scene__release(&scene);
}
