/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks and samples.  Each table is numbered from 1 without gaps, and refers only to
 * what is there; of a table where that is not so, the rest is left out.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/reader.h"

#define TEXT_MAX 16384

/* Room for two texts of a row. */
struct texts {
	char a[TEXT_MAX], b[TEXT_MAX];
};

static __u32 get__number(struct get *get, __u32 most)
{
	return (__u32)get__up_to(get, most);
}

static __u32 get__module(struct get *get, struct profile *profile, struct texts *texts)
{
	enum module_kind kind = get__name(get, module_kind_names, MODULE_KINDS);

	get__text(get, texts->a, sizeof(texts->a));
	get__text(get, texts->b, sizeof(texts->b));
	return profile__module(profile, kind, texts->a, get__bits(get), texts->b);
}

static __u32 get__frame(struct get *get, struct profile *profile, struct texts *texts)
{
	__u32 module = get__number(get, profile__module_count(profile)), number;
	__u64 offset = get__bits(get);
	bool named = !get__is_null(get), inlined;

	number = profile__frame(profile, module, offset);
	if (!number || !named)
		return number;
	get__text(get, texts->a, sizeof(texts->a));
	inlined = !get__is_null(get);
	if (inlined)
		get__text(get, texts->b, sizeof(texts->b));
	return profile__name(profile, number, texts->a, inlined ? texts->b : NULL) ? 0 : number;
}

/* A caller comes before those that it calls: there is no way round in a circle. */
static __u32 get__stack(struct get *get, struct profile *profile, struct texts *texts)
{
	__u32 caller = get__number(get, profile__stack_count(profile));

	(void)texts;
	return profile__stack(profile, caller, get__number(get, profile__frame_count(profile)));
}

static __u32 get__profile_thread(struct get *get, struct profile *profile, struct texts *texts)
{
	struct profile_thread thread = { .comm = texts->a, .process_comm = texts->b };

	thread.id = get__bits(get);
	thread.tid = get__number(get, UINT32_MAX);
	thread.start_ns = get__u64(get);
	thread.pid = get__number(get, UINT32_MAX);
	thread.process_start_ns = get__u64(get);
	get__text(get, texts->a, UTF8_COMM);
	get__text(get, texts->b, UTF8_COMM);
	return profile__thread(profile, &thread);
}

typedef __u32 (*take_entry)(struct get *get, struct profile *profile, struct texts *texts);

static int read_table(struct store *store, enum store_table table, const char *order,
		      struct profile *profile, struct texts *texts, take_entry take)
{
	struct query query;
	__u32 expected = 0;
	int err;

	query__begin(&query, store, table, NULL, order, 0, 0);
	while ((err = query__next(&query)) > 0) {
		__u64 number = get__u64(&query.get);
		__u32 got = number == ++expected ? take(&query.get, profile, texts) : ~0U;

		if (got == expected)
			continue;
		if (!got)
			err = -ENOMEM;
		else
			store->broken[table] = true;
		break;
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

int store__read_profile(struct store *store, struct profile **ret_profile, struct failure *failure)
{
	struct profile *profile = profile__new();
	struct texts *texts = malloc(sizeof(*texts));
	int err = profile && texts ? 0 : -ENOMEM;

	*ret_profile = NULL;
	if (!err)
		err = read_table(store, TABLE_MODULES, "ORDER BY module", profile, texts,
				 get__module);
	if (!err)
		err = read_table(store, TABLE_FRAMES, "ORDER BY frame", profile, texts, get__frame);
	if (!err)
		err = read_table(store, TABLE_STACKS, "ORDER BY stack", profile, texts, get__stack);
	if (!err)
		err = read_table(store, TABLE_THREADS, "ORDER BY thread", profile, texts,
				 get__profile_thread);
	free(texts);
	if (err) {
		profile__free(profile);
		return failure__set(failure, err, NULL, NULL, "cannot read the recording %s",
				    store->path);
	}
	profile__forget_named(profile);
	store->stacks = profile__stack_count(profile);
	store->threads = profile__thread_count(profile);
	store->counted = true;
	*ret_profile = profile;
	return 0;
}

/* ---- samples ---- */

static __u32 count_rows(struct store *store, enum store_table table, const char *sql)
{
	struct query query;
	__u32 count = 0;

	query__begin(&query, store, table, sql, NULL, 0, 0);
	if (query__next(&query) > 0 && !get__is_null(&query.get))
		count = get__number(&query.get, UINT32_MAX);
	query__end(&query);
	return count;
}

/* Only the columns that are asked for: each one more costs time, a million times. */
static char *samples__sql(enum store_table table, __u32 period, __u32 weights)
{
	char *sql = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&sql, &size);
	int w;

	if (!out)
		return NULL;
	fputs("SELECT thread, stack, waker", out);
	for (w = 0; w < WEIGHTS; w++) {
		if (weights & (1U << w))
			fprintf(out, ", %s", weight_infos[w].column);
	}
	fprintf(out, " FROM %s%s", table_names[table], period ? " WHERE period = ?1" : "");
	if (!fclose(out))
		return sql;
	free(sql);
	return NULL;
}

/* Returns whether it has any of the weights. */
static bool get__sample(struct get *get, const struct store *store, __u32 weights,
			struct sample *sample)
{
	bool any = false;
	int w;

	sample->thread = get__number(get, store->threads);
	sample->stack = get__number(get, store->stacks);
	sample->waker = get__number(get, store->stacks);
	for (w = 0; w < WEIGHTS; w++) {
		if (!(weights & (1U << w)))
			continue;
		/* of intervals that go on from an earlier period what that was told is taken off */
		sample->weight[w] = get__signed(get, -(INT64_MAX >> 8), INT64_MAX >> 8);
		any = any || sample->weight[w];
	}
	return any;
}

static int each_of_table(struct store *store, enum store_table table, __u32 period, __u32 weights,
			 int (*take)(void *context, const struct sample *sample), void *context)
{
	char *sql = samples__sql(table, period, weights);
	struct sample sample = { 0 };
	struct query query;
	int err;

	if (!sql)
		return -ENOMEM;
	query__begin(&query, store, table, sql, NULL, period, 0);
	free(sql);
	while ((err = query__next(&query)) > 0) {
		if (!get__sample(&query.get, store, weights, &sample))
			continue;
		err = take(context, &sample);
		if (err)
			break;
	}
	query__end(&query);
	return err;
}

int store__each_sample(struct store *store, __u32 period, __u32 weights,
		       int (*take)(void *context, const struct sample *sample), void *context,
		       struct failure *failure)
{
	int err;

	if (!store->counted) {
		store->stacks = count_rows(store, TABLE_STACKS, "SELECT max(stack) FROM stacks");
		store->threads =
			count_rows(store, TABLE_THREADS, "SELECT max(thread) FROM threads");
		store->counted = true;
	}
	err = each_of_table(store, TABLE_SAMPLES, period, weights, take, context);
	if (!err)
		err = each_of_table(store, TABLE_OPEN_SAMPLES, period, weights, take, context);
	if (err == -ENOMEM)
		failure__set(failure, err, NULL, NULL, "cannot read the samples of %s",
			     store->path);
	return err;
}
