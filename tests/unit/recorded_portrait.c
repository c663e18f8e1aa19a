/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seven rows from a recording: what it has is what was there, and what it has not is told. */
#include "session/recorded_portrait.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "make_rich.h"
#include "unit.h"
#include "view/portrait.h"

TestSuite(recorded_portrait, .fini = recording__remove);
TestSuite(golden_recorded);

#define MS    1000000ULL
#define FIRST 10 /* two of its three threads live at once; it forks */
#define CHILD 20
#define LATER 21 /* a child of that one */
#define OTHER 30

/* ---- a run ---- */

struct run {
	struct scene scene;
	struct story story;
	struct summary summary;
	struct store_writer *writer;
	__u32 periods;
};

/* From and to: ms since the run began. */
static void live(struct run *run, __u32 pid, __u32 tid, __u64 from, __u64 to, bool dies)
{
	struct task task = task__make(tid, pid, tid);
	const struct task_id *id = &run->story.tasks[pid];

	task__rename(&task, "thread", pid == OTHER ? "other" : "server");
	task.head.leader_ns = id->leader_ns;
	task.head.start_ns = tid == pid ? id->start_ns : birth_of(tid);
	task.head.ppid = id->ppid;
	task__switch(&task, tid, 2);
	task.rec.IN_THREAD = 3;
	task.rec.IN_PROCESS = tid - 1;
	task.rec.since_ns = SCENE_START + from * MS;
	task.rec.off = OFF_NONE;
	task.rec.off_ns = SCENE_START + to * MS;
	task.rec.ONCPU = (to - from) * MS / 2;
	task__sample(&task, D_RUNQ, (to - from) * MS / 4);
	if (dies)
		task__die(&task, run->scene.model);
	else
		task__read(&task, run->scene.model);
}

static void run__begin(struct run *run, bool whole_machine)
{
	const struct process_tracker_config config = { .window_ns = STORY_WINDOW_NS };

	*run = (struct run){ .periods = 0 };
	scene__begin(&run->scene, true, whole_machine);
	cr_assert_eq(model__track_processes(run->scene.model, &config), 0);
	story__begin(&run->story, model__apply_lifecycle, run->scene.model);
	story__census(&run->story, 1, 0, "init");
	story__census(&run->story, FIRST, 1, "server");
	story__census(&run->story, OTHER, 1, "other");
	scene__describe(&run->summary);
	strcpy(run->summary.target, "process 10");
	run->writer = recording__create();
}

/* Who lives in 2 s. */
static void run__tell(struct run *run)
{
	run->story.copy_ns = 5000;
	story__fork(&run->story, FIRST, CHILD);
	story__return(&run->story, FIRST, SPAWN_PROCESS, 7000, 0);
	story__thread(&run->story, FIRST, 11);
	story__fork(&run->story, CHILD, LATER);
	live(run, FIRST, FIRST, 0, 2000, false);
	live(run, FIRST, 11, 100, 200, true);
	live(run, FIRST, 12, 200, 300, true);
	live(run, CHILD, CHILD, 150, 1000, true);
	live(run, LATER, LATER, 1000, 1500, true);
	live(run, OTHER, OTHER, 0, 2000, false);
}

static void run__crash(struct run *run)
{
	story__fault(&run->story, CHILD, SIGSEGV, 1);
	story__die(&run->story, CHILD, SIGSEGV);
	process_tracker__advance(run->scene.model->tracker, run->story.now_ns, true);
}

static void run__put(struct run *run, __u64 until_ms)
{
	__u64 now = SCENE_START + until_ms * MS;

	recording__put(run->writer, ++run->periods, &run->scene, &run->summary, now);
	cr_assert_eq(model__close(run->scene.model, now), 0);
	model__begin(run->scene.model);
}

static void run__end(struct run *run)
{
	recording__end(run->writer, true);
	model__free(run->scene.model);
	story__end(&run->story);
}

static void record(bool whole_machine)
{
	struct run run;

	run__begin(&run, whole_machine);
	run__tell(&run);
	run__crash(&run);
	run__put(&run, 2000);
	run__end(&run);
}

/* ---- and its portrait ---- */

static int take(struct portrait *portrait, const struct recorded_aim *aim, const char *text)
{
	const struct recorded_part part = { .path = recording__path(),
					    .aim = aim ? *aim : (struct recorded_aim){ 0 },
					    .text = text };
	struct recorded_portrait recorded = { 0 };
	struct failure failure = { 0 };
	int err;

	*portrait = (struct portrait){ .prices = { 1, 2, 3, 4, 5 } };
	err = recorded_portrait__take(&recorded, portrait, &part, &failure);
	if (!err)
		cr_expect_not(store__is_damaged(recorded.recorded.store), "%s",
			      store__remark(recorded.recorded.store, 0));
	cr_expect_eq(!err, !*failure.text);
	recorded_portrait__end(&recorded);
	if (!err)
		portrait__draw(portrait);
	return err;
}

static struct portrait draw(const struct recorded_aim *aim, const char *text)
{
	struct portrait portrait;

	cr_assert_eq(take(&portrait, aim, text), 0);
	return portrait;
}

static const struct recorded_aim first = { .pids = (const __u32[]){ FIRST },
					   .pid_count = 1,
					   .children = true };

/* FIRST, CHILD and LATER: what a live target would have been told as. */
static void expect_first(const struct portrait *portrait)
{
	const struct shape *shape = &portrait->shape;

	SAME(shape->duration_ns, 2000 * MS);
	SAME(shape->processes, 3);
	SAME(shape->threads, 5);
	SAME(shape->together.processes, 2);
	SAME(shape->together.threads, 3);
	SAME(shape->together.largest, 2);
	cr_expect_not(shape->together.at_least);
	SAME(shape->created[SPAWN_PROCESS], 2);
	SAME(shape->created[SPAWN_THREAD], 1);
	SAME(shape->create_ns, 3 * 5000 + 7000);
	SAME(shape->crashes, 1);
	SAME(shape->ends[END_CRASH], 1);
	SAME(shape->n[C_IN_THREAD], 15);
	SAME(shape->n[C_IN_PROCESS], 9 + 10 + 11 + 19 + 20);
	SAME(shape__switches(shape), 10 + 11 + 12 + 20 + 21 + 5 * 2);
	SAME(shape->n[C_ONCPU], (2000 + 100 + 100 + 850 + 500) / 2 * MS);
	cr_expect_float_eq(shape__cpus_obtained(shape), 0.8875, 1e-9);
	cr_expect_float_eq(shape__cpus_wanted(shape), 0.8875 * 1.5, 1e-9);
	SAME_TEXT(portrait->rows[ROW_MEMORY].has,
		  "not known: a recording keeps no memory of its processes");
	SAME_TEXT(portrait->rows[ROW_ISOLATION].has,
		  "2 address spaces, 3 threads at once (3 and 5 in all); a crash takes down 2 "
		  "threads at most");
	SAME_TEXT(portrait->rows[ROW_COMMUNICATION].has,
		  "not known: the recording does not say who wakes whom (record --wakes keeps it)");
	SAME_TEXT(portrait->rows[ROW_CRASH].has, "1 crash seen; the worst took 1 task down");
	SAME_TEXT(portrait->rows[ROW_CREATION].has,
		  "0.50 threads and 1 processes a second; 22.0us in the calls");
	SAME_TEXT(portrait->rows[ROW_SWITCHING].has,
		  "7.50 thread and 34.5 process switches a second; direct cost of all 0.0% of a "
		  "CPU");
}

Test(recorded_portrait, rows_are_those_of_the_run)
{
	struct portrait portrait;

	record(true);
	portrait = draw(&first, "process 10");
	expect_first(&portrait);
	SAME_TEXT(portrait.target, "process 10");
	SAME_TEXT(portrait.recording, recording__path());
}

/* Its price list is this machine's: it says nothing of "host". */
Test(recorded_portrait, prices_of_another_machine_do_not_count)
{
	struct portrait portrait;

	record(true);
	portrait = draw(&first, "process 10");
	cr_expect(isnan(portrait.prices.fork));
	cr_expect(strstr(portrait.rows[ROW_CREATION].known, "of another machine or kernel"), "%s",
		  portrait.rows[ROW_CREATION].known);
}

Test(recorded_portrait, targets_inside)
{
	const struct recorded_aim alone = { .pids = first.pids, .pid_count = 1 };
	const struct recorded_aim missing = { .pids = (const __u32[]){ 4711 }, .pid_count = 1 };
	struct recorded_aim named = { 0 };
	struct target_glob glob;
	struct portrait portrait;

	record(true);
	portrait = draw(&alone, "process 10");
	SAME(portrait.shape.processes, 1);
	SAME(portrait.shape.threads, 3);
	SAME(portrait.shape.created[SPAWN_PROCESS], 1);
	SAME(portrait.shape.crashes, 0);
	cr_assert_eq(glob__compile("oth*", &glob), 0);
	named.comm = &glob;
	portrait = draw(&named, "tasks named oth*");
	SAME(portrait.shape.processes, 1);
	SAME(shape__switches(&portrait.shape), OTHER + 2);
	SAME(portrait.shape.crashes, 0);
	named = (struct recorded_aim){ .pids = (const __u32[]){ 1 },
				       .pid_count = 1,
				       .children = true };
	portrait = draw(&named, "process 1"); /* which did nothing, and has no row */
	SAME(portrait.shape.processes, 4);
	portrait = draw(NULL, NULL);
	SAME_TEXT(portrait.target, "all processes but kernel threads");
	SAME(portrait.shape.processes, 4);
	cr_expect_eq(take(&portrait, &missing, "process 4711"), -ESRCH);
}

/* Nothing is taken out: it is what was recorded. */
Test(recorded_portrait, target_of_the_recording)
{
	struct portrait portrait;

	record(false);
	portrait = draw(NULL, NULL);
	SAME_TEXT(portrait.target, "the whole machine"); /* as make_store describes it */
	SAME(portrait.shape.processes, 4);
	SAME(portrait.shape.together.processes, 3);
	SAME(portrait.shape.together.threads, 4);
}

/* One run in two periods is one run: who lives in both is one, and is there from the begin of each. */
Test(recorded_portrait, periods_add_up)
{
	struct portrait portrait;
	struct run run;

	run__begin(&run, true);
	run.summary.duration_ns = 1000 * MS;
	story__fork(&run.story, FIRST, CHILD);
	live(&run, FIRST, FIRST, 0, 900, false);
	live(&run, FIRST, 11, 100, 200, true);
	live(&run, CHILD, CHILD, 150, 1000, true);
	run__put(&run, 1000);
	story__fork(&run.story, FIRST, LATER);
	live(&run, FIRST, FIRST, 0, 2000, false);
	live(&run, FIRST, 12, 1200, 1300, true);
	live(&run, LATER, LATER, 1400, 1500, true);
	run__put(&run, 2000);
	run__end(&run);
	portrait = draw(&first, "process 10");
	SAME(portrait.shape.duration_ns, 2000 * MS);
	SAME(portrait.shape.processes, 3);
	SAME(portrait.shape.threads, 5);
	SAME(portrait.shape.together.threads, 3);
	SAME(portrait.shape.together.processes, 2);
	SAME(portrait.shape.created[SPAWN_PROCESS], 2);
	SAME(portrait.shape.runs, 1);
	SAME(portrait.shape.n[C_ONCPU], (2000 + 100 + 100 + 850 + 100) / 2 * MS);
}

/* ---- what others have made ---- */

/* Of who had ended it is not known when they lived: there were at least those that were left. */
Test(recorded_portrait, without_the_times_of_threads)
{
	struct portrait portrait;

	record(true);
	recording__change("ALTER TABLE thread_rows DROP COLUMN since_ns");
	portrait = draw(&first, "process 10");
	SAME(portrait.shape.processes, 3);
	SAME(portrait.shape.together.threads, 1);
	cr_expect(portrait.shape.together.at_least);
	cr_expect(!strncmp(portrait.rows[ROW_ISOLATION].has, "at least 1 address space, 1 thread",
			   34),
		  "%s", portrait.rows[ROW_ISOLATION].has);
}

Test(recorded_portrait, without_creations)
{
	struct portrait portrait;

	record(true);
	recording__change("UPDATE periods SET lives_followed = 0");
	portrait = draw(&first, "process 10");
	SAME_TEXT(portrait.rows[ROW_CREATION].has,
		  "not known: the recording did not follow creations, ends and crashes");
	SAME_TEXT(portrait.rows[ROW_CRASH].has,
		  "not known: the recording did not follow creations, ends and crashes");
}

Test(recorded_portrait, without_states)
{
	struct portrait portrait;

	record(true);
	recording__change("UPDATE measures SET available = 0 WHERE measure = 'lifetime_ns'");
	portrait = draw(&first, "process 10");
	cr_expect(!portrait.shape.has_states);
	SAME_TEXT(portrait.rows[ROW_USE].known,
		  "not known: the recording does not tell run-queue wait from sleep");
}

/* A way up that goes round ends. */
Test(recorded_portrait, parents_that_go_round)
{
	struct portrait portrait;

	record(true);
	recording__change("UPDATE processes SET creator_pid = 21, creator_start_ns = "
			  "(SELECT process_start_ns FROM processes WHERE pid = 21) WHERE pid = 20");
	portrait = draw(&first, "process 10");
	SAME(portrait.shape.processes, 1);
}

Test(recorded_portrait, processes_without_a_row_are_told)
{
	struct portrait portrait;

	record(true);
	recording__change("UPDATE periods SET folded_processes = 7");
	portrait = draw(&first, "process 10");
	SAME(portrait.unplaced, 7);
	cr_expect(strstr(portrait.verdict.doubt, "7 ended processes have no row of their own"),
		  "%s", portrait.verdict.doubt);
}

/* ---- as printed ---- */

static char *show(bool json)
{
	struct rich_round made = { 0 };
	struct portrait portrait;
	char *text = NULL;
	size_t size;
	FILE *out;

	rich_round__begin(&made);
	portrait = draw(NULL, NULL);
	portrait.recording = "run.tasktoll";
	if (json) {
		json_t *object = portrait__to_json(&portrait);

		text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
		json_decref(object);
	} else {
		out = open_memstream(&text, &size);
		text__portrait(out, &portrait);
		fclose(out);
	}
	rich_round__end(&made);
	return text;
}

Test(golden_recorded, portrait_text)
{
	golden__check("portrait-recording.txt", show(false));
}

Test(golden_recorded, portrait_json)
{
	golden__check("portrait-recording.json", golden__json_lines(show(true)));
}
