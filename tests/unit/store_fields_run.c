/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a run, and its stacks, written and read again: each field is the same. */
#include <stdlib.h>
#include <string.h>

#include "make_rich.h"
#include "unit.h"

static struct rich_round made;

static void begin(void)
{
	rich_round__begin(&made);
}

static void end(void)
{
	rich_round__end(&made);
}

TestSuite(store_fields_run, .init = begin, .fini = end);

#define FIELD(a, b, field)	SAME((a)->field, (b)->field)
#define TEXT_FIELD(a, b, field) SAME_TEXT((a)->field, (b)->field)

static void same_text_or_null(const char *a, const char *b)
{
	cr_assert_eq(a == NULL, b == NULL, "%s and %s", a ? a : "NULL", b ? b : "NULL");
	if (a)
		SAME_TEXT(a, b);
}

/* ---- the run ---- */

Test(store_fields_run, the_run)
{
	struct summary live;
	int i;

	rich__describe(&live, made.rich.scene.model, false);
	SAME_TEXT(made.again.summary.host, live.host);
	SAME_TEXT(made.again.summary.kernel, live.kernel);
	SAME_TEXT(made.again.summary.boot_id, live.boot_id);
	SAME_TEXT(made.again.summary.target, live.target);
	SAME(made.again.summary.cpus, live.cpus);
	SAME(made.again.summary.start_realtime_ns, live.start_realtime_ns);
	SAME(made.again.summary.duration_ns, live.duration_ns);
	SAME(made.again.summary.lost.events, live.lost.events);
	SAME(made.again.summary.lost.tasks, live.lost.tasks);
	SAME(made.again.summary.lost.switches, live.lost.switches);
	SAME(made.again.summary.lost.stacks, live.lost.stacks);
	SAME(made.again.summary.lost.edges, live.lost.edges);
	SAME(made.again.summary.tlb_unattributed, live.tlb_unattributed);
	SAME(made.again.summary.self.known, live.self.known);
	SAME_TEXT(made.again.summary.self.why_not, live.self.why_not);
	cr_expect_eq(made.again.summary.self.ns_per_switch, live.self.ns_per_switch);
	SAME(made.again.summary.self.bpf_ns, live.self.bpf_ns);
	SAME(made.again.summary.self.cpu_ns, live.self.cpu_ns);
	SAME(made.again.summary.self.rss_bytes, live.self.rss_bytes);
	SAME(made.again.summary.self.kernel_bytes, live.self.kernel_bytes);
	SAME(made.again.summary.cost_source, live.cost_source);
	cr_expect(made.again.summary.has_failed);
	for (i = 0; i < ROW_COUNTERS; i++)
		SAME(made.again.summary.has_counter[i], i != C_SHOOT_SENT);
	for (i = 0; i < ROW_DISTS; i++)
		cr_expect(made.again.summary.has_dist[i]);
	for (i = 0; i < PHASES; i++)
		SAME(made.again.summary.has_phase[i], i != PHASE_LIFE);
	cr_assert_eq(made.again.summary.unavailable_count, 2);
	SAME_TEXT(made.again.summary.unavailable[0].measure, "tlb_shootdowns_sent");
	SAME_TEXT(made.again.summary.unavailable[0].reason, "it is emulated");
	SAME_TEXT(made.again.summary.unavailable[1].measure, "life_ns");
	SAME_TEXT(made.again.summary.unavailable[1].reason, "no hook");
}

/* ---- stacks ---- */

static int same_sample(void *context, const struct sample *read)
{
	size_t i, w, *count = context;

	for (i = 0; i < RICH_SAMPLES; i++) {
		const struct sample *live = &made.profile.samples[i];

		if (live->thread != read->thread || live->stack != read->stack ||
		    live->waker != read->waker)
			continue;
		for (w = 0; w < WEIGHTS; w++)
			FIELD(read, live, weight[w]);
		++*count;
	}
	return 0;
}

Test(store_fields_run, samples)
{
	struct failure failure = { 0 };
	size_t count = 0;

	cr_assert_eq(store__each_sample(made.store, 1, (1U << WEIGHTS) - 1, same_sample, &count,
					&failure),
		     0);
	SAME(count, RICH_SAMPLES);
}

Test(store_fields_run, stacks_and_threads)
{
	struct failure failure = { 0 };
	struct profile *a, *b = made.profile.profile;
	__u32 i;

	cr_assert_eq(store__read_profile(made.store, &a, &failure), 0);
	cr_assert_eq(profile__module_count(a), profile__module_count(b));
	cr_assert_eq(profile__frame_count(a), profile__frame_count(b));
	cr_assert_eq(profile__stack_count(a), profile__stack_count(b));
	cr_assert_eq(profile__thread_count(a), profile__thread_count(b));
	for (i = 1; i <= profile__module_count(b); i++) {
		FIELD(profile__get_module(a, i), profile__get_module(b, i), kind);
		TEXT_FIELD(profile__get_module(a, i), profile__get_module(b, i), path);
		TEXT_FIELD(profile__get_module(a, i), profile__get_module(b, i), build_id);
		FIELD(profile__get_module(a, i), profile__get_module(b, i), identity);
	}
	for (i = 1; i <= profile__frame_count(b); i++) {
		const struct profile_frame *x = profile__get_frame(a, i);
		const struct profile_frame *y = profile__get_frame(b, i);

		FIELD(x, y, module);
		FIELD(x, y, offset);
		same_text_or_null(x->name, y->name);
		same_text_or_null(x->inlined, y->inlined);
	}
	for (i = 1; i <= profile__stack_count(b); i++) {
		FIELD(profile__get_stack(a, i), profile__get_stack(b, i), caller);
		FIELD(profile__get_stack(a, i), profile__get_stack(b, i), frame);
	}
	for (i = 1; i <= profile__thread_count(b); i++) {
		const struct profile_thread *x = profile__get_thread(a, i);
		const struct profile_thread *y = profile__get_thread(b, i);

		FIELD(x, y, id);
		FIELD(x, y, tid);
		FIELD(x, y, pid);
		FIELD(x, y, start_ns);
		FIELD(x, y, process_start_ns);
		TEXT_FIELD(x, y, comm);
		TEXT_FIELD(x, y, process_comm);
	}
	profile__free(a);
}
