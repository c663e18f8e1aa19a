/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creations, ends and crashes of a period. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/rootless.h"
#include "store/reader.h"

#define FRAMES_MAX 1024

static __u32 get__u32(struct get *get)
{
	return (__u32)get__up_to(get, UINT32_MAX);
}

/* ---- creations ---- */

/* Whose they are: takes the key up to there.  NULL: nobody's, or no memory. */
static struct spawns *get__creator(struct get *get, struct model *model)
{
	static const char *const scopes[] = { "target", "process" };
	struct process *process;
	__u64 start_ns;
	__u32 pid;
	int scope;

	get__skip(get);
	scope = get__name(get, scopes, 2);
	pid = get__u32(get);
	start_ns = get__u64(get);
	if (!scope)
		return &model->spawns;
	process = store__find_process(model, pid, start_ns);
	if (!process) {
		++*get->bad;
		return NULL;
	}
	if (!process->spawns)
		process->spawns = calloc(1, sizeof(*process->spawns));
	return process->spawns;
}

/* A row for the second time, as only a damaged file has it, replaces nothing. */
static int get__phase(struct get *get, struct dist **dist, int which)
{
	struct dist *found = NULL;
	int err = get__dist(get, &found, which);

	if (*dist)
		free(found);
	else
		*dist = found;
	return err;
}

static int get__spawn(struct get *get, struct model *model)
{
	struct spawns *spawns = get__creator(get, model);
	struct spawn *spawn;
	int phase, err = 0;

	if (!spawns)
		return 0;
	spawn = &spawns->kind[get__name(get, spawn_names, SPAWN_KINDS)];
	spawn->count = get__u64(get);
	spawn->failed = get__u64(get);
	spawn->namespaces = get__u64(get);
	for (phase = 0; phase < PHASES && !err; phase++)
		err = get__phase(get, &spawn->phase[phase], D_COPY + phase);
	return err;
}

static int get__error(struct get *get, struct model *model)
{
	struct spawns *spawns = get__creator(get, model);
	struct spawn_error *error;
	int kind;

	if (!spawns)
		return 0;
	kind = get__name(get, spawn_names, SPAWN_KINDS);
	error = &spawns->kind[kind].errors[get__up_to(get, SPAWN_ERRORS - 1)];
	error->error = (__u32)get__up_to(get, 4095);
	error->count = get__u64(get);
	return 0;
}

static int get__size(struct get *get, struct model *model)
{
	struct spawns *spawns = get__creator(get, model);
	struct dist *copy = NULL;
	struct fork_size **size;
	__u64 count, rss;
	int err;

	if (!spawns)
		return 0;
	size = &spawns->sizes[get__up_to(get, FORK_SIZES - 1)];
	count = get__u64(get);
	rss = get__u64(get);
	err = get__dist(get, &copy, D_COPY);
	if (!err && count && !*size) {
		*size = calloc(1, sizeof(**size));
		if (!*size) {
			free(copy);
			return -ENOMEM;
		}
		(*size)->count = count;
		(*size)->rss = rss;
		if (copy)
			(*size)->copy = *copy;
	}
	free(copy);
	return err;
}

static int get__execs(struct get *get, struct model *model)
{
	struct spawns *spawns = get__creator(get, model);

	if (!spawns)
		return 0;
	spawns->execs = get__u64(get);
	return get__phase(get, &spawns->exec, D_EXEC);
}

static int get__process_end(struct get *get, struct model *model)
{
	struct process *process;
	__u64 start_ns;
	__u32 pid;

	get__skip(get);
	pid = get__u32(get);
	start_ns = get__u64(get);
	process = store__find_process(model, pid, start_ns);
	if (!process) {
		++*get->bad;
		return 0;
	}
	if (!process->end)
		process->end = calloc(1, sizeof(*process->end));
	if (!process->end)
		return -ENOMEM;
	get__end(get, process->end);
	return 0;
}

/* ---- crashes ---- */

/* For recordings that do not tell: a function that is called so would lie in a file. */
static bool frame__looks_like_mark(const struct crash_frame *frame)
{
	return frame->name && !frame->module &&
	       !strncmp(frame->name, ROOTLESS_MARK, strlen(ROOTLESS_MARK));
}

/* 0 or -ENOMEM. */
static int get__frame(struct get *get, struct crash_frame *frame)
{
	char text[1024];

	get__skip(get);
	get__skip(get);
	get__text(get, text, sizeof(text));
	frame->name = strdup(text);
	if (get__is_null(get)) {
		get__skip(get);
	} else {
		get__text(get, text, sizeof(text));
		frame->module = strdup(text);
		if (!frame->module)
			return -ENOMEM;
	}
	frame->interrupted = get__later(get, 1);
	if (get__is_null(get))
		frame->mark = frame__looks_like_mark(frame);
	frame->mark |= get__later(get, 1) != 0;
	return frame->name ? 0 : -ENOMEM;
}

static int read_frames(struct store *store, __u64 number, struct crash *crash)
{
	struct query query;
	int err;

	crash->culprit.frames = calloc(FRAMES_MAX, sizeof(*crash->culprit.frames));
	if (!crash->culprit.frames)
		return -ENOMEM;
	query__begin(&query, store, TABLE_CRASH_FRAMES, NULL, "WHERE crash = ?1 ORDER BY depth",
		     number, 0);
	while ((err = query__next(&query)) > 0 && crash->culprit.frame_count < FRAMES_MAX) {
		/* counted first: what it holds is freed with it */
		err = get__frame(&query.get, &crash->culprit.frames[crash->culprit.frame_count++]);
		if (err)
			break;
	}
	query__end(&query);
	if (!crash->culprit.frame_count) {
		free(crash->culprit.frames);
		crash->culprit.frames = NULL;
		if (!crash->culprit.no_frames)
			crash->culprit.no_frames = "it is not in the recording";
	}
	return err < 0 ? err : 0;
}

static void get__victim(struct get *get, struct victim *victim)
{
	get__skip(get);
	get__skip(get);
	victim->ring = (int)get__up_to(get, 4);
	victim->pid = get__u32(get);
	victim->tid = get__u32(get);
	victim->start_ns = get__u64(get);
	get__text(get, victim->comm, sizeof(victim->comm));
	victim->outcome = get__name(get, outcome_names, OUTCOMES);
	victim->end_delay_ns = get__u64(get);
	get__end(get, &victim->end);
	victim->own_pid = get__id(get);
}

static int read_victims(struct store *store, __u64 number, struct crash *crash)
{
	struct victim *grown;
	size_t room = 0;
	struct query query;
	int err;

	query__begin(&query, store, TABLE_VICTIMS, NULL, "WHERE crash = ?1 ORDER BY victim", number,
		     0);
	while ((err = query__next(&query)) > 0 && crash->victim_count < CRASH_VICTIMS_MAX * 2) {
		if (crash->victim_count == room) {
			room = room ? 2 * room : 16;
			grown = realloc(crash->victims, room * sizeof(*grown));
			if (!grown) {
				err = -ENOMEM;
				break;
			}
			crash->victims = grown;
		}
		memset(&crash->victims[crash->victim_count], 0, sizeof(*crash->victims));
		get__victim(&query.get, &crash->victims[crash->victim_count++]);
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

static int read_links(struct store *store, __u64 number, struct crash *crash)
{
	struct query query;
	int err;

	query__begin(&query, store, TABLE_LINKS, NULL, "WHERE crash = ?1 ORDER BY victim, link",
		     number, 0);
	while ((err = query__next(&query)) > 0) {
		struct victim *victim;
		struct link *link;
		__u64 place;

		get__skip(&query.get);
		place = get__u64(&query.get);
		get__skip(&query.get);
		victim = place < crash->victim_count ? &crash->victims[place] : NULL;
		if (!victim || victim->link_count == VICTIM_LINKS) {
			store->bad++;
			continue;
		}
		link = &victim->links[victim->link_count++];
		link->how = get__name(&query.get, how_names, HOWS);
		link->by_pid = get__u32(&query.get);
		link->delay_ns = get__u64(&query.get);
		link->slight = get__bool(&query.get);
		get__text(&query.get, link->evidence, sizeof(link->evidence));
	}
	query__end(&query);
	return err;
}

/* Why the signal came, and which one a handler had taken before. */
static void get__handled(struct get *get, struct crash *crash)
{
	if (get__is_null(get))
		get__skip(get);
	else
		crash->reason = get__name(get, reason_names, REASONS);
	crash->handled.signal = (int)get__later(get, 128);
	if (get__is_null(get))
		get__skip(get);
	else
		crash->handled.code = (int)get__signed(get, INT32_MIN, INT32_MAX);
	crash->handled.has_address = !get__is_null(get);
	if (crash->handled.has_address)
		crash->handled.address = get__bits(get);
	else
		get__skip(get);
	crash->handled.before_ns = get__later(get, INT64_MAX);
}

static void get__crash(struct get *get, struct store *store, struct crash *crash)
{
	char why[256];

	crash->at_ns = get__u64(get);
	crash->at_realtime_ns = get__u64(get);
	crash->window_ns = get__u64(get);
	crash->cut_short = get__bool(get);
	crash->ended = get__bool(get);
	crash->traced = get__bool(get);
	crash->pid = get__u32(get);
	crash->start_ns = get__u64(get);
	crash->ppid = get__u32(get);
	get__text(get, crash->comm, sizeof(crash->comm));
	get__text(get, crash->parent_comm, sizeof(crash->parent_comm));
	get__end(get, &crash->end);
	crash->end_delay_ns = get__u64(get);
	crash->code = (int)get__signed(get, INT32_MIN, INT32_MAX);
	crash->has_address = !get__is_null(get);
	if (crash->has_address)
		crash->address = get__bits(get);
	else
		get__skip(get);
	get__handled(get, crash);
	crash->culprit.tid = get__u32(get);
	get__text(get, crash->culprit.comm, sizeof(crash->culprit.comm));
	if (get__is_null(get)) {
		get__skip(get);
	} else {
		get__text(get, why, sizeof(why));
		crash->culprit.no_frames = store__keep(store, why);
	}
	crash->victims_left_out = get__u64(get);
	crash->fan_out = get__u64(get);
	crash->own_pid = get__id(get);
	crash->thread_only = get__later(get, 1);
	if (get__is_null(get))
		get__skip(get);
	else
		crash->syscall.nr = (int)get__signed(get, INT32_MIN, INT32_MAX);
	crash->syscall.arch = get__id(get);
}

static int read_crash(struct store *store, struct get *get, struct model *model)
{
	struct crash *crash = calloc(1, sizeof(*crash));
	__u64 number;
	int err;

	if (!crash)
		return -ENOMEM;
	model->crashes[model->crash_count++] = crash;
	number = get__bits(get);
	get__skip(get);
	get__crash(get, store, crash);
	err = read_frames(store, number, crash);
	if (!err)
		err = read_victims(store, number, crash);
	return err ? err : read_links(store, number, crash);
}

/* In the order in which the model keeps them: of equal ones the earlier first. */
static int read_crashes(struct store *store, __u32 period, struct model *model)
{
	struct query query;
	int err;

	model->crashes = calloc(MODEL_CRASHES_MAX + 1, sizeof(*model->crashes));
	if (!model->crashes)
		return -ENOMEM;
	query__begin(&query, store, TABLE_CRASHES, NULL,
		     "WHERE period = ?1 ORDER BY fan_out DESC, crash", period, 0);
	while ((err = query__next(&query)) > 0 && model->crash_count < MODEL_CRASHES_MAX) {
		err = read_crash(store, &query.get, model);
		if (err)
			break;
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

/* ---- all of it ---- */

int store__read_lives(struct store *store, __u32 period, struct model *model)
{
	static const struct {
		enum store_table table;
		int (*take)(struct get *get, struct model *model);
	} parts[] = {
		{ TABLE_SPAWNS, get__spawn },	  { TABLE_SPAWN_ERRORS, get__error },
		{ TABLE_FORK_SIZES, get__size },  { TABLE_EXECS, get__execs },
		{ TABLE_ENDS, get__process_end },
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++) {
		struct query query;

		query__begin(&query, store, parts[i].table, NULL, "WHERE period = ?1", period, 0);
		while ((err = query__next(&query)) > 0) {
			err = parts[i].take(&query.get, model);
			if (err)
				break;
		}
		query__end(&query);
	}
	return err ? err : read_crashes(store, period, model);
}
