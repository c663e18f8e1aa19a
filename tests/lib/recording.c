/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recording.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"

#define START_NS  1000000000ULL
#define PERIOD_NS 1000000000ULL
#define DEPTH	  24

static struct failure failure;

static void must(int err)
{
	cr_assert_eq(err, 0, "%s", failure.text);
}

static void describe(struct summary *summary, const struct recording_plan *plan)
{
	memset(summary, 0, sizeof(*summary));
	strcpy(summary->host, "elsewhere");
	strcpy(summary->kernel, "6.18.0");
	strcpy(summary->target, "the whole machine");
	summary->cpus = 2;
	summary->start_realtime_ns = 1795348800123456789ULL;
	summary->duration_ns = PERIOD_NS;
	summary->self.known = true;
	summary->cost_source = COST_TRACEPOINT;
	summary->lost.events = plan->lossy;
	memset(summary->has_counter, true, sizeof(summary->has_counter));
	memset(summary->has_dist, true, sizeof(summary->has_dist));
	memset(summary->has_phase, true, sizeof(summary->has_phase));
}

/* ---- tasks ---- */

static void apply(struct model *model, __u32 tgid, __u32 tid, __u32 switches)
{
	struct wire_task head = { .type = WIRE_LIVE,
				  .tid = tid,
				  .tgid = tgid,
				  .ppid = 1,
				  .start_ns = tid,
				  .leader_ns = tgid,
				  .kernel_nv = switches };
	struct task_rec rec = { .id = tid, .flags = REC_SEEN, .k_nv = switches };

	snprintf(head.comm, sizeof(head.comm), "thread-%u", tid % 100);
	snprintf(head.leader_comm, sizeof(head.leader_comm), "process-%u", tgid % 100);
	rec.VOLUNTARY = rec.IN_PROCESS = switches;
	rec.ONCPU = switches * 1000ULL;
	rec.off_ns = START_NS + switches;
	rec.PICK.sum = rec.SWITCH_PROCESS.sum = rec.RUNQ.sum = switches * 2000ULL;
	rec.PICK.max = rec.SWITCH_PROCESS.max = rec.RUNQ.max = 4000;
	rec.PICK.bucket[10] = rec.SWITCH_PROCESS.bucket[12] = rec.RUNQ.bucket[2] = switches;
	wire__tell_all(head.ends);
	must(model__apply_task(model, &head, &rec, &rec.PICK));
}

static void make_tasks(struct model *model, const struct recording_plan *plan, __u32 period)
{
	__u32 i, times = plan->faster ? 2 : 1;

	for (i = 1; i <= plan->processes; i++)
		apply(model, i, i, times * period * (1 + i % 50));
	for (i = 1; i <= plan->threads; i++)
		apply(model, 1, plan->processes + i, times * period);
}

/* ---- stacks: chains of DEPTH frames that share their beginnings ---- */

static void make_stacks(struct profile *profile, const struct recording_plan *plan)
{
	__u32 module = profile__module(profile, MODULE_FILE, "/usr/lib/libmany.so", 77, "abcdef");
	__u32 kernel = profile__module(profile, MODULE_KERNEL, "", 0, NULL), i;

	for (i = 0; profile__stack_count(profile) < plan->stacks; i++) {
		__u32 stack = 0, depth;

		for (depth = 0; depth < DEPTH; depth++) {
			__u32 choice = depth < DEPTH / 2 ? i % (1 + depth * 3) : i;
			__u32 frame = profile__frame(profile, depth == DEPTH - 1 ? kernel : module,
						     depth * 4096 + choice % 512);
			char name[64];

			snprintf(name, sizeof(name), "function_%u_%u", depth, choice % 512);
			if (!profile__get_frame(profile, frame)->name)
				must(profile__name(profile, frame, name, NULL));
			stack = profile__stack(profile, stack, frame);
		}
	}
}

static void make_threads(struct profile *profile, const struct recording_plan *plan)
{
	__u32 i;

	for (i = 1; i <= plan->processes; i++) {
		struct profile_thread thread = { .id = i,
						 .tid = i,
						 .pid = i,
						 .start_ns = i,
						 .process_start_ns = i,
						 .comm = "thread",
						 .process_comm = "process" };

		cr_assert_eq(profile__thread(profile, &thread), i);
	}
}

static struct sample sample_of(const struct recording_plan *plan, const struct profile *profile,
			       __u32 i)
{
	__u32 stacks = profile__stack_count(profile);
	struct sample sample = { .thread = 1 + i % plan->processes,
				 .stack = 1 + (__u32)(i * 2654435761ULL % stacks),
				 .waker = i % 3 ? 1 + i % 1000 % stacks : 0 };

	sample.weight[WEIGHT_SWITCHES] = 1;
	sample.weight[WEIGHT_SLEEP] = 1000 + i;
	sample.weight[WEIGHT_RUNQ] = i % 100;
	sample.weight[WEIGHT_COST] = 2000;
	sample.weight[WEIGHT_WAKE] = 1;
	return sample;
}

__u64 recording__sleep_ns(const struct recording_plan *plan)
{
	__u64 n = plan->samples;

	return 1000 * n + n * (n - 1) / 2;
}

static void make_samples(struct store_writer *writer, const struct recording_plan *plan)
{
	struct profile *profile = profile__new();
	__u32 i;

	make_stacks(profile, plan);
	make_threads(profile, plan);
	must(store__begin(writer, &failure));
	must(store__put_profile(writer, profile, &failure));
	for (i = 0; i < plan->samples; i++) {
		struct sample sample = sample_of(plan, profile, i);

		if (i % 1000 == 999)
			must(store__put_open(writer, 1, &sample, &failure));
		else
			must(store__put_sample(writer, 1, &sample, &failure));
	}
	must(store__commit(writer, &failure));
	profile__free(profile);
}

void recording__make(const char *path, const struct recording_plan *plan)
{
	struct model *model = model__new(true, false);
	struct store_writer *writer;
	struct summary summary;
	__u32 period, periods = plan->periods ? plan->periods : 1;

	describe(&summary, plan);
	model->run_start = START_NS;
	must(store__create(&writer, path, true, &summary, &failure));
	for (period = 1; period <= periods; period++) {
		__u64 now = START_NS + period * PERIOD_NS;

		make_tasks(model, plan, period);
		must(store__begin(writer, &failure));
		must(store__put_period(writer, period, model, &summary, now, &failure));
		must(store__commit(writer, &failure));
		must(model__close(model, now));
		model__begin(model);
		summary.start_realtime_ns += PERIOD_NS;
	}
	if (plan->samples)
		make_samples(writer, plan);
	must(store__close(writer, !plan->cut_off, &failure));
	model__free(model);
}
