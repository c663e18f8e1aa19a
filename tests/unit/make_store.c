/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_store.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "unit.h"

const char *recording__path(void)
{
	static char path[4096];

	if (!*path)
		snprintf(path, sizeof(path), "%s", tt__temp("a.tasktoll"));
	return path;
}

struct store_writer *recording__create(void)
{
	struct failure failure = { 0 };
	struct store_writer *writer;
	struct summary meta;

	scene__describe(&meta);
	cr_assert_eq(store__create(&writer, recording__path(), true, &meta, &failure), 0, "%s",
		     failure.text);
	return writer;
}

void recording__begin(struct store_writer *writer)
{
	struct failure failure = { 0 };

	cr_assert_eq(store__begin(writer, &failure), 0, "%s", failure.text);
}

void recording__commit(struct store_writer *writer)
{
	struct failure failure = { 0 };

	cr_assert_eq(store__commit(writer, &failure), 0, "%s", failure.text);
}

void recording__end(struct store_writer *writer, bool ended)
{
	struct failure failure = { 0 };

	cr_assert_eq(store__close(writer, ended, &failure), 0, "%s", failure.text);
}

void recording__remove(void)
{
	tt__cleanup();
}

void recording__put(struct store_writer *writer, __u32 period, const struct scene *scene,
		    const struct summary *summary, __u64 now)
{
	struct failure failure = { 0 };

	recording__begin(writer);
	cr_assert_eq(store__put_period(writer, period, scene->model, summary, now, &failure), 0,
		     "%s", failure.text);
	recording__commit(writer);
}

void recording__change(const char *sql)
{
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(recording__path(), &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s", sql,
		     sqlite3_errmsg(db));
	sqlite3_close(db);
}

static long long ask(const char *path, const char *sql)
{
	sqlite3_stmt *query;
	long long number;
	sqlite3 *db;

	cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL),
		     SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK, "%s: %s", sql,
		     sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_step(query), SQLITE_ROW, "%s", sql);
	number = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	sqlite3_close(db);
	return number;
}

long long recording__number(const char *sql)
{
	return ask(recording__path(), sql);
}

long long recording__number_now(const char *sql)
{
	char uri[4096 + 32];

	snprintf(uri, sizeof(uri), "file:%s?immutable=1", recording__path());
	return ask(uri, sql);
}

struct store *recording__open(void)
{
	struct failure failure = { 0 };
	struct store *store;

	cr_assert_eq(store__open(&store, recording__path(), &failure), 0, "%s", failure.text);
	return store;
}

void recording__read(struct store *store, __u32 period, struct scene *ret_scene)
{
	struct failure failure = { 0 };
	__u64 now;

	cr_assert_eq(store__read_period(store, period, &ret_scene->model, &ret_scene->summary, &now,
					&failure),
		     0, "%s", failure.text);
	cr_assert_eq(model__close(ret_scene->model, now), 0);
	cr_assert_eq(summary__take(&ret_scene->summary, ret_scene->model, sort__find("switches")),
		     0);
	cr_expect_not(store__is_damaged(store), "%s", store__remark(store, 0));
}

void scenes__compare(const struct scene *scene, const struct scene *other)
{
	static const struct view *const views[] = { &view_text, &view_json, &view_csv };
	const struct view_options options = { .rows = 20, .first = true };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(views); i++) {
		char *expected = scene__show(scene, views[i], &options);
		char *actual = scene__show(other, views[i], &options);

		cr_expect_str_eq(actual, expected, "%s from the recording:\n%s\nlive:\n%s",
				 views[i]->name, actual, expected);
		free(expected);
		free(actual);
	}
}

void scene__round(struct scene *scene)
{
	struct store_writer *writer = recording__create();
	struct summary summary;
	struct store *store;
	struct scene read;

	scene__describe(&summary);
	recording__put(writer, 1, scene, &summary, SCENE_END);
	recording__end(writer, true);
	scene__take(scene);
	store = recording__open();
	SAME(store__periods(store), 1);
	recording__read(store, 1, &read);
	scenes__compare(scene, &read);
	scene__release(&read);
	store__free(store);
}

/* ---- births, ends, crashes ---- */

#define CREATOR 101

static void create(struct story *story)
{
	story->copy_ns = 16384;
	story->exec_ns = 262144;
	story->rss = 1 << 20;
	story__fork(story, CREATOR, 200);
	story->copy_ns *= 32;
	story->rss *= 64;
	story->namespaces = 1;
	story__fork(story, CREATOR, 201);
	story__thread(story, CREATOR, 202);
	story__return(story, CREATOR, SPAWN_PROCESS, 2048, 0);
	story__return(story, CREATOR, SPAWN_PROCESS, 0, EAGAIN);
	story__return(story, CREATOR, SPAWN_PROCESS, 0, 4095);
	story__exec(story, 201, "ls");
	story__die(story, 201, EXIT_CODE(3));
}

static void crash(struct story *story, struct process_tracker *tracker, __u32 pid, __u32 orphans)
{
	struct crash_frame *frames = calloc(3, sizeof(*frames));
	__u32 i;

	frames[0].name = strdup("abort");
	frames[1].name = strdup("do, \"it\"\n");
	frames[1].module = strdup("server");
	frames[1].interrupted = true;
	frames[2].name = strdup("[truncated: damaged]");
	frames[2].mark = true;
	story__fork(story, CREATOR, pid);
	story__thread(story, pid, pid + 50);
	for (i = 1; i <= orphans; i++)
		story__fork(story, pid, pid + i);
	story__fault(story, pid, SIGSEGV, SEGV_MAPERR);
	process_tracker__take_stack(tracker, story->now_ns - STORY_STEP_NS, frames, 3, NULL);
	story__down(story, pid + 50, SIGSEGV);
	story__signal(story, pid, CREATOR, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, pid, WITH_CORE(SIGSEGV));
	story__signal(story, CREATOR, 200, SIGTERM, SIGNAL_DEFAULT);
}

void scene__fill_lifecycle(struct scene *scene, struct story *story)
{
	struct process_tracker_config config = { .window_ns = STORY_WINDOW_NS,
						 .stacks = true,
						 .kernel_name = story__kernel_name };
	struct task task = task__make(CREATOR, CREATOR, CREATOR);

	scene__begin(scene, true, true);
	cr_assert_eq(model__track_processes(scene->model, &config), 0);
	story__begin(story, model__apply_lifecycle, scene->model);
	story__census(story, 1, 0, "init");
	story__census(story, CREATOR, 1, "creator");
	task__read(&task, scene->model);
	create(story);
	crash(story, scene->model->tracker, 300, 3);
	crash(story, scene->model->tracker, 400, 0);
	story__die(story, 200, SIGTERM);
	story__fork(story, CREATOR, 500);
	story__oom(story, 500, SIGKILL);
	process_tracker__advance(scene->model->tracker, story->now_ns, true);
}
