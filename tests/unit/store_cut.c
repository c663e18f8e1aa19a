/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A write that a signal cuts short: the next call goes on with it, or it leaves no trace. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/tt.h"
#include "core/halt.h"
#include "core/number.h"
#include "make_store.h"
#include "unit.h"

#define MANY 80 /* processes: more than there are rows between two looks at the signal */

static struct store_writer *writer;
static struct summary summary;
static struct scene scene;
static struct halt *halt;

static void begin(void)
{
	cr_assert_eq(halt__begin(&halt), 0);
	scene__fill(&scene, MANY, true, true);
	scene__describe(&summary);
	writer = recording__create();
}

static void end(void)
{
	scene__release(&scene);
	halt__end(halt);
	tt__cleanup();
}

TestSuite(store_cut, .init = begin, .fini = end, .timeout = 60);

static void send_signal(void)
{
	struct pollfd wait = { .fd = halt__fd(halt), .events = POLLIN };

	kill(getpid(), SIGTERM);
	while (poll(&wait, 1, -1) < 0)
		;
}

static void put(__u64 now)
{
	struct failure failure = { 0 };

	cr_assert_eq(store__put_period(writer, 1, scene.model, &summary, now, &failure), 0, "%s",
		     failure.text);
}

static void change(void)
{
	struct process *process = scene.model->processes;

	for (; process; process = process->hh.next)
		process->row.n[C_VOLUNTARY] += 7;
}

/* The recording says what the scene is. */
static void compare(void)
{
	struct store *store = recording__open();
	struct scene read;

	scene__take(&scene);
	recording__read(store, 1, &read);
	scenes__compare(&scene, &read);
	scene__release(&read);
	store__free(store);
}

Test(store_cut, not_without_a_signal)
{
	store__heed(writer, halt, 0);
	recording__begin(writer);
	put(SCENE_END);
	cr_expect_not(store__is_cut(writer));
	recording__commit(writer);
	recording__end(writer, true);
	compare();
}

Test(store_cut, not_before_it_is_due)
{
	store__heed(writer, halt, 3600000000000ULL);
	send_signal();
	recording__begin(writer);
	put(SCENE_END);
	cr_expect_not(store__is_cut(writer));
	recording__commit(writer);
	recording__end(writer, true);
	compare();
}

Test(store_cut, the_next_call_goes_on)
{
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	change();
	store__heed(writer, halt, 0);
	send_signal();
	recording__begin(writer);
	put(SCENE_END);
	cr_expect(store__is_cut(writer));
	store__heed(writer, halt, 3600000000000ULL);
	cr_expect_not(store__is_cut(writer));
	put(SCENE_END);
	cr_expect_not(store__is_cut(writer));
	recording__commit(writer);
	recording__end(writer, true);
	compare();
}

/* What is in the file is what was committed before, and it says since when something is missing. */
Test(store_cut, without_a_commit_it_is_as_it_was)
{
	struct store *store;
	char told[64];

	recording__put(writer, 1, &scene, &summary, SCENE_END);
	change();
	store__heed(writer, halt, 0);
	store__set_end(writer, SCENE_END + 800000000);
	send_signal();
	recording__begin(writer);
	put(SCENE_END + 800000000);
	cr_expect(store__is_cut(writer));
	recording__end(writer, false);
	store = recording__open();
	cr_expect(store__is_cut_off(store));
	snprintf(told, sizeof(told), "its last %s at most are missing",
		 number__duration(809000000).text); /* rounded up */
	cr_expect_not_null(strstr(store__remark(store, 0), told), "%s", store__remark(store, 0));
	store__free(store);
	for (struct process *process = scene.model->processes; process; process = process->hh.next)
		process->row.n[C_VOLUNTARY] -= 7;
	compare();
}

static void put_profile(struct profile *profile)
{
	struct failure failure = { 0 };

	cr_assert_eq(store__put_profile(writer, profile, &failure), 0, "%s", failure.text);
}

/* Stacks and names that were not put are put by the next call. */
Test(store_cut, of_a_profile_nothing_is_forgotten)
{
	struct profile *profile = profile__new(), *read;
	struct failure failure = { 0 };
	struct store *store;
	__u32 stack = 0, i;

	for (i = 0; i < MANY; i++)
		stack = profile__stack(profile, i % 2 ? stack : 0,
				       profile__mark(profile, "[idle]"));
	cr_assert(stack);
	store__heed(writer, halt, 0);
	send_signal();
	recording__begin(writer);
	put_profile(profile);
	cr_expect(store__is_cut(writer));
	cr_expect_not(store__has_all(writer, profile));
	store__heed(writer, NULL, 0);
	put_profile(profile);
	cr_expect(store__has_all(writer, profile));
	recording__commit(writer);
	recording__end(writer, true);
	store = recording__open();
	cr_assert_eq(store__read_profile(store, &read, &failure), 0, "%s", failure.text);
	SAME(profile__stack_count(read), profile__stack_count(profile));
	SAME(profile__frame_count(read), profile__frame_count(profile));
	profile__free(read);
	store__free(store);
	profile__free(profile);
}

static int count(void *context, const struct sample *sample)
{
	__s64 *switches = context;

	*switches += sample->weight[WEIGHT_SWITCHES];
	return 0;
}

/* Open samples, too; those that were paid are put in any case. */
Test(store_cut, of_samples_only_the_open_ones)
{
	struct sample sample = { .thread = 1, .stack = 1, .weight[WEIGHT_SWITCHES] = 3 };
	struct failure failure = { 0 };
	struct store *store;
	__s64 switches = 0;

	store__heed(writer, halt, 0);
	send_signal();
	recording__begin(writer);
	cr_assert_eq(store__put_open(writer, 1, &sample, &failure), 0);
	cr_expect(store__is_cut(writer));
	cr_assert_eq(store__put_sample(writer, 1, &sample, &failure), 0);
	recording__commit(writer);
	recording__end(writer, true);
	store = recording__open();
	cr_assert_eq(store__each_sample(store, 0, ~0U, count, &switches, &failure), 0, "%s",
		     failure.text);
	SAME(switches, 3);
	store__free(store);
}
