/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is paid on stacks without their root is added up while it is paid, and what would help is said at the end. */
#include "model/profile/rootless_sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/record_hints.h"
#include "lib/stacks.h"
#include "unit.h"

static struct profile *profile;
static struct rootless_sums sums;

static void begin(void)
{
	memset(&sums, 0, sizeof(sums));
	profile = profile__new();
	cr_assert_not_null(profile);
}

static void end(void)
{
	profile__free(profile);
}

TestSuite(rootless_sums, .init = begin, .fini = end);

static void add(const char *stack, __s64 sleep, __s64 runq)
{
	struct sample sample = {
		.stack = stacks__add(profile, stack),
		.thread = stacks__thread(profile, 40, 41, "server"),
		.weight = { [WEIGHT_SLEEP] = sleep, [WEIGHT_RUNQ] = runq, [WEIGHT_SWITCHES] = 1000 }
	};

	rootless_sums__add(&sums, profile, &sample);
}

/* On code that a process of that name made. */
static void add_jit(const char *mark, __u32 pid, const char *comm, __s64 sleep)
{
	__u32 module = profile__module(profile, MODULE_JIT, "", pid | 3ULL << 32, NULL);
	__u32 stack = profile__stack(profile, 0, profile__mark(profile, mark));
	struct sample sample = { .thread = stacks__thread(profile, pid, pid, comm),
				 .weight = { [WEIGHT_SLEEP] = sleep } };

	stack = profile__stack(profile, stack, profile__frame(profile, module, 0x1000));
	sample.stack = profile__stack(profile, stack, profile__frame(profile, module, 0x2000));
	rootless_sums__add(&sums, profile, &sample);
}

/* ---- sums ---- */

static void check(size_t i, const char *mark, __s64 offcpu, __s64 runq)
{
	SAME_TEXT(sums.list[i].mark, mark);
	SAME(sums.list[i].weight[ROOTLESS_OFFCPU], offcpu);
	SAME(sums.list[i].weight[ROOTLESS_RUNQ], runq);
}

Test(rootless_sums, by_reason_and_place)
{
	add("_start > main > work", 100, 7);
	add("=[truncated: damaged] > one > two > three", 20, 3);
	add("=[truncated: damaged] > four", 5, 0);
	add("=[truncated: no unwind information] > one > two", 2, 2);
	add("=[truncated: mappings not known]", 1, 0);
	add("=bash > =[truncated: damaged] > waker", 50, 0);
	add("[truncated: not a mark] > main", 60, 0);
	SAME(sums.count, 3);
	check(0, "[truncated: damaged]", 28, 3);
	check(1, "[truncated: no unwind information]", 4, 2);
	check(2, "[truncated: mappings not known]", 1, 0);
	SAME(sums.total[ROOTLESS_OFFCPU], 250);
	SAME(sums.total[ROOTLESS_RUNQ], 12);
	SAME(sums.list[0].kind, MODULE_FILE);
	SAME_TEXT(sums.list[0].path, "/usr/bin/app");
	SAME(sums.list[2].module, 0);
	SAME(sums.list[2].kind, MODULE_MARK);
}

/* An interval that went on is taken back in the next period. */
Test(rootless_sums, what_is_taken_back)
{
	enum rootless_metric metric;

	add("=[truncated: damaged] > one", 20, 8);
	add("=[truncated: damaged] > one", -20, 0);
	add("_start > main", 100, 8);
	check(0, "[truncated: damaged]", 8, 8);
	cr_expect_float_eq(rootless_sums__share(&sums, &sums.list[0], &metric), 0.5, 1e-9);
	SAME(metric, ROOTLESS_RUNQ);
}

Test(rootless_sums, stacks_that_are_forgotten_are_counted_and_not_told)
{
	struct sample sample = { .stack = stacks__add(profile, "=[truncated: damaged] > one"),
				 .weight = { [WEIGHT_SLEEP] = 9 } };
	__u32 one = stacks__add(profile, "_start > main"), other;

	profile__forget_stacks(profile);
	rootless_sums__add(&sums, profile, &sample);
	other = profile__stack(profile, one, profile__mark(profile, "work"));
	sample.stack = profile__stack(profile, other, profile__mark(profile, "more"));
	SAME(profile__get_stack(profile, sample.stack)->outer, 0);
	rootless_sums__add(&sums, profile, &sample);
	SAME(sums.count, 0);
	SAME(sums.total[ROOTLESS_OFFCPU], 18);
}

Test(rootless_sums, outermost_frames)
{
	__u32 one = profile__stack(profile, 0, profile__mark(profile, "a"));
	__u32 two = profile__stack(profile, one, profile__mark(profile, "b"));
	__u32 three = profile__stack(profile, two, profile__mark(profile, "c"));
	__u32 four = profile__stack(profile, three, profile__mark(profile, "d"));

	SAME(profile__get_stack(profile, one)->outer, one);
	SAME(profile__get_stack(profile, two)->outer, two);
	SAME(profile__get_stack(profile, three)->outer, two);
	SAME(profile__get_stack(profile, four)->outer, two);
}

Test(rootless_sums, more_places_than_there_is_room_for)
{
	__u32 pid;

	for (pid = 1; pid <= 2 * ROOTLESS_SUMS; pid++)
		add_jit("[truncated: damaged]", pid, "many", 1);
	SAME(sums.count, ROOTLESS_SUMS);
	SAME(sums.list[ROOTLESS_SUMS - 1].pid, ROOTLESS_SUMS);
	SAME(sums.total[ROOTLESS_OFFCPU], 2 * ROOTLESS_SUMS);
}

/* ---- what is said ---- */

static char *said(bool of_names)
{
	FILE *keep = stderr;
	char *text = NULL;
	size_t size;

	stderr = open_memstream(&text, &size);
	cr_assert_not_null(stderr);
	if (of_names)
		record_hints__tell_nameless(profile, false);
	else
		record_hints__tell_rootless(&sums);
	fclose(stderr);
	stderr = keep;
	return text;
}

static void expect_said(bool of_names, const char *expected)
{
	char *text = said(of_names);

	SAME_TEXT(text, expected);
	free(text);
}

Test(rootless_sums, nothing_to_say)
{
	expect_said(false, "");
	add("_start > main", 96, 100);
	add("=[truncated: damaged] > one", 4, 4);
	expect_said(false, "");
	expect_said(true, "");
}

Test(rootless_sums, the_three_heaviest_and_what_would_help)
{
	add("_start > main", 25, 0);
	add("=[truncated: no unwind information] > one", 20, 0);
	add_jit("[truncated: no unwind information]", 77, "java", 30);
	add_jit("[truncated: no unwind information]", 78, "lua\033[1m", 15);
	add("=[truncated: deeper than 127 frames] > one", 10, 0);
	expect_said(
		false,
		"tasktoll: 30.0% of time off CPU is on stacks without their root: no unwind information in code "
		"that java (77) made at run time (start it with -XX:+PreserveFramePointer)\n"
		"tasktoll: 20.0% of time off CPU is on stacks without their root: no unwind information in app "
		"(build it with -fasynchronous-unwind-tables)\n"
		"tasktoll: 15.0% of time off CPU is on stacks without their root: no unwind information in code "
		"that lua?[1m (78) made at run time (start it so that this code keeps frame pointers)\n");
}

Test(rootless_sums, a_reason_that_nothing_helps)
{
	add("_start > main", 90, 90);
	add("=[truncated: deeper than 127 frames] > one", 0, 10);
	expect_said(false, "tasktoll: 10.0% of run-queue wait is on stacks without their root: "
			   "deeper than 127 frames, beyond app\n");
}

Test(rootless_sums, a_reason_of_the_beginning)
{
	add("_start > main", 90, 0);
	add("=[truncated: stack beyond 8 KiB not copied] > one", 10, 0);
	expect_said(
		false,
		"tasktoll: 10.0% of time off CPU is on stacks without their root: stack beyond 8 KiB not "
		"copied, beyond app (a longer recording: the ways through new stacks are learned meanwhile)\n");
}

/* ---- names ---- */

static void add_frames(__u32 module, __u32 named, __u32 nameless)
{
	__u32 i;

	for (i = 0; i < named + nameless; i++) {
		__u32 frame = profile__frame(profile, module, 16 * (i + 1));

		if (i < named)
			cr_assert_eq(profile__name(profile, frame, "name", NULL), 0);
	}
}

Test(rootless_sums, programs_without_names)
{
	__u32 node = profile__module(profile, MODULE_JIT, "", 90 | 1ULL << 32, NULL);
	__u32 gone = profile__module(profile, MODULE_JIT, "", 91, NULL);
	__u32 plain = profile__module(profile, MODULE_FILE, "/opt/lib/libplain.so", 1, "00");
	__u32 named = profile__module(profile, MODULE_FILE, "/opt/lib/libnamed.so", 2, "01");
	__u32 kernel = profile__module(profile, MODULE_KERNEL, "", 0, NULL);

	stacks__thread(profile, 90, 92, "node");
	add_frames(node, 0, 30);
	add_frames(gone, 0, 1000);
	add_frames(plain, 10, 20);
	add_frames(named, 40, 40);
	add_frames(kernel, 0, 500);
	expect_said(
		true,
		"tasktoll: 30 places in code that node (90) made at run time have no names (start it with "
		"--perf-basic-prof)\n"
		"tasktoll: 20 places in libplain.so have no names (install its debug symbols, or record "
		"with --debuginfod)\n");
}
