/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_store.h"

#include <stdlib.h>

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
