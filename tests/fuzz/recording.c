/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording with some of its bytes changed: whatever is read of it keeps the
 * promises that the rest of the program relies on.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "view/columns.h"
#include "view/view.h"

#define PATCH	  4 /* bytes: where (three), what */
#define FILE_ROOM (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];
static char image[FILE_ROOM];
static size_t image_size;

static void check(int holds)
{
	if (!holds)
		abort();
}

/* ---- a small recording that is whole ---- */

static void make_model(struct model *model)
{
	__u32 i;

	for (i = 1; i <= 8; i++) {
		struct wire_task head = { .type = i == 8 ? WIRE_DEAD : WIRE_LIVE,
					  .tid = i,
					  .tgid = 1 + i / 3,
					  .start_ns = i,
					  .leader_ns = 1 + i / 3,
					  .comm = "thread",
					  .leader_comm = "leader" };
		struct task_rec rec = { .id = i, .flags = REC_SEEN, .off_ns = 50, .wake_ns = 60 };

		rec.VOLUNTARY = i;
		rec.RUNQ.sum = rec.RUNQ.max = 5000;
		rec.RUNQ.bucket[3] = i;
		wire__tell_all(head.ends);
		check(!model__apply_task(model, &head, &rec, &rec.PICK));
	}
}

static void make_profile(struct profile *profile)
{
	struct profile_thread thread = { .id = 1, .comm = "a", .process_comm = "b" };
	__u32 stack = 0, i;

	for (i = 0; i < 6; i++) {
		char name[16];

		snprintf(name, sizeof(name), "frame %u", i);
		stack = profile__stack(profile, stack, profile__mark(profile, name));
	}
	check(profile__thread(profile, &thread) == 1);
}

static void make_recording(void)
{
	struct sample sample = { .thread = 1, .stack = 3, .waker = 2, .weight = { 1, 2, 3 } };
	struct model *model = model__new(true, true);
	struct profile *profile = profile__new();
	struct summary summary = { .cpus = 1, .duration_ns = 100 };
	struct store_writer *writer;
	struct failure failure;
	FILE *file;

	make_model(model);
	make_profile(profile);
	check(!store__create(&writer, path, true, &summary, &failure));
	check(!store__begin(writer, &failure));
	check(!store__put_period(writer, 1, model, &summary, 100, &failure));
	check(!store__put_profile(writer, profile, &failure));
	check(!store__put_sample(writer, 1, &sample, &failure));
	check(!store__put_open(writer, 1, &sample, &failure));
	check(!store__commit(writer, &failure));
	check(!store__close(writer, true, &failure));
	file = fopen(path, "re");
	image_size = fread(image, 1, sizeof(image), file);
	check(image_size && image_size < sizeof(image));
	fclose(file);
	profile__free(profile);
	model__free(model);
}

static void forget(void)
{
	unlink(path);
}

/* ---- what is read ---- */

static int check_sample(void *context, const struct sample *sample)
{
	const struct profile *profile = context;
	const __s64 most = INT64_MAX >> 8;
	int w;

	check(sample->thread <= profile__thread_count(profile));
	check(sample->stack <= profile__stack_count(profile));
	check(sample->waker <= profile__stack_count(profile));
	/* what was told too early is taken back by weights below 0 */
	for (w = 0; w < WEIGHTS; w++)
		check(sample->weight[w] >= -most && sample->weight[w] <= most);
	return 0;
}

static void read_profile(struct store *store)
{
	struct failure failure;
	struct profile *profile;
	__u32 i;

	if (store__read_profile(store, &profile, &failure))
		return;
	for (i = 1; i <= profile__stack_count(profile); i++) {
		const struct profile_stack *stack = profile__get_stack(profile, i);

		check(stack->caller < i && stack->frame <= profile__frame_count(profile));
	}
	store__each_sample(store, 0, (1U << WEIGHTS) - 1, check_sample, profile, &failure);
	profile__free(profile);
}

static void read_period(struct store *store, FILE *nowhere)
{
	static const struct view *const views[] = { &view_text, &view_json, &view_csv };
	const struct view_options options = { .rows = 100, .first = true };
	struct failure failure;
	struct model *model;
	struct summary summary;
	size_t i;
	__u64 now;

	if (store__read_period(store, 1, &model, &summary, &now, &failure))
		return;
	check(!model__close(model, now));
	check(!summary__take(&summary, model, &sorts[0]));
	for (i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		views[i]->write(nowhere, &summary, &options);
	for (i = 0; i < model->crash_count; i++)
		view_text.write_crash(nowhere, model->crashes[i], &options);
	summary__release(&summary);
	model__free(model);
}

static void write_patched(const uint8_t *data, size_t size)
{
	char *copy = malloc(image_size);
	FILE *file = fopen(path, "we");

	check(copy && file);
	memcpy(copy, image, image_size);
	for (; size >= PATCH; size -= PATCH, data += PATCH) {
		size_t at = (data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16) % image_size;

		copy[at] = (char)data[3];
	}
	check(fwrite(copy, 1, image_size, file) == image_size && !fclose(file));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct failure failure = { 0 };
	struct store *store;

	if (!nowhere) {
		snprintf(path, sizeof(path), "/dev/shm/tasktoll-fuzz-%d", getpid());
		atexit(forget);
		make_recording();
		nowhere = fopen("/dev/null", "we");
	}
	write_patched(data, size);
	if (store__open(&store, path, &failure)) {
		check(failure.error < 0 && strchr(failure.text, ':'));
		return 0;
	}
	read_period(store, nowhere);
	read_profile(store);
	store__free(store);
	return 0;
}
