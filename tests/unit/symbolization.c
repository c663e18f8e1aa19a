/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session: stacks that are taken, followed in turns, unwound in batches, or given up. */
#include "callstack/symbolization_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/address_spaces.h"
#include "callstack/dso_cache.h"
#include "callstack/kernel_symbols.h"
#include "core/clock.h"
#include "make_stack.h"
#include "unit.h"

static struct symbolization *session;
static struct profile *profile;
static size_t taught;

static void teach(void *context, __u64 space, __u64 pc, __u64 rule)
{
	(void)context;
	(void)space;
	(void)pc;
	(void)rule;
	taught++;
}

static void forget(void *context, __u64 id)
{
	(void)context;
	(void)id;
}

static void begin(void)
{
	struct failure failure = { 0 };
	struct symbolization_config config = {
		.switches = true, .bytes = 16 << 20, .teach = teach, .forget = forget
	};

	config.profile = profile = profile__new();
	cr_assert_eq(symbolization__open(&session, &config, &failure), 0, "%s", failure.text);
}

static void end(void)
{
	symbolization__close(session);
	profile__free(profile);
}

TestSuite(session, .init = begin, .fini = end);

/* ---- stacks that need no unwinder ---- */

/* Of the kernel alone, at addresses of its own. */
static void take_kernel(__u64 id)
{
	struct stack_event event = { .id = id,
				     .hook = STACK_EVENT_SWITCH,
				     .now_ns = clock__monotonic(),
				     .kernel_count = 2,
				     .unwind = STACK_EVENT_UNWIND_NONE,
				     .kernel = { 2 * id, 2 * id + 1 } };

	cr_assert_eq(symbolization__take(session, &event, sizeof(event)), 0);
}

static bool turn(void)
{
	bool more;

	cr_assert_eq(symbolization__turn(session, &more), 0);
	return more;
}

/* ~0: nobody has seen it. */
static __u32 stack_of(__u64 id)
{
	__u32 stack;

	return symbolization__find(session, id, &stack) ? stack : ~0U;
}

static size_t depth_of(__u32 stack)
{
	const struct profile_stack *entry = profile__get_stack(profile, stack);

	return entry ? 1 + depth_of(entry->caller) : 0;
}

/* What has come in meanwhile is not held up by all that waits. */
Test(session, a_turn_is_short)
{
	__u64 id;

	for (id = 1; id <= 600; id++)
		take_kernel(id);
	SAME(symbolization__waiting(session), 600);
	SAME(symbolization__resolved(session), 0);
	cr_expect(turn());
	SAME(symbolization__resolved(session), 256);
	SAME(stack_of(256), profile__stack_count(profile));
	SAME(stack_of(257), 0);
	take_kernel(601);
	cr_expect(turn());
	SAME(symbolization__resolved(session), 512);
	cr_expect_not(turn());
	SAME(symbolization__resolved(session), 601);
	SAME(symbolization__waiting(session), 0);
	SAME(depth_of(stack_of(601)), 2);
	SAME(stack_of(602), ~0U);
}

/* A stack of a waker has its name below, so that those of others are apart. */
Test(session, a_waker_has_its_name_below)
{
	struct stack_event event = { .id = 5,
				     .hook = STACK_EVENT_WAKER,
				     .kernel_count = 1,
				     .unwind = STACK_EVENT_UNWIND_NONE,
				     .kernel = { 77 },
				     .task_id.comm = "waker" };
	const struct profile_stack *stack;

	cr_assert_eq(symbolization__take(session, &event, sizeof(event)), 0);
	symbolization__resolve(session, 1);
	turn();
	SAME(depth_of(stack_of(5)), 2);
	stack = profile__get_stack(profile, profile__get_stack(profile, stack_of(5))->caller);
	cr_assert_not_null(stack);
	SAME_TEXT(profile__get_frame(profile, stack->frame)->name, "waker");
}

/* By frame pointers, as many as there is room for; the last of them is there, too. */
Test(session, a_chain_that_is_full)
{
	struct stack_event event = { .id = 5,
				     .hook = STACK_EVENT_SWITCH,
				     .now_ns = clock__monotonic(),
				     .unwind = STACK_EVENT_UNWIND_PARTIAL,
				     .once = 1,
				     .user_count = STACK_EVENT_USER,
				     .task_id.tgid = 1 << 23 }; /* more than the kernel gives */
	const struct profile_stack *stack;
	__u32 i;

	for (i = 0; i < STACK_EVENT_USER; i++)
		event.user[i] = 0x1000 + i;
	cr_assert_eq(symbolization__take(session, &event, sizeof(event)), 0);
	symbolization__resolve(session, 1);
	turn();
	SAME(depth_of(stack_of(5)), STACK_EVENT_USER + 1);
	stack = profile__get_stack(profile, stack_of(5));
	SAME(profile__get_frame(profile, stack->frame)->offset, 0x1000);
	SAME(taught, 1); /* that nobody can tell */
	for (i = 1; i < STACK_EVENT_USER; i++)
		stack = profile__get_stack(profile, stack->caller);
	SAME(profile__get_frame(profile, stack->frame)->offset, 0x1000 + STACK_EVENT_USER - 1);
	stack = profile__get_stack(profile, stack->caller);
	SAME_TEXT(profile__get_frame(profile, stack->frame)->name,
		  "[truncated: mappings not known]");
}

/* A number that no reading has referred to is forgotten, if there are many. */
Test(session, numbers_are_forgotten)
{
	__u64 id;
	int i;

	for (id = 1; id <= 40000; id++) {
		take_kernel(id);
		if (id % 2048 && id < 40000)
			continue;
		symbolization__resolve(session, ~0UL);
		while (turn())
			;
	}
	SAME(symbolization__resolved(session), 40000);
	for (i = 0; i < 30; i++) {
		stack_of(7);
		symbolization__next_reading(session);
	}
	cr_expect_gt(stack_of(7), 0);
	SAME(stack_of(8), ~0U);
}

/* The first frames are those of tracing itself, as far down as those can lie. */
Test(session, frames_of_tracing_are_left_out)
{
	static const struct {
		const char *frames; /* t: of tracing */
		size_t depth;
	} stacks[] = {
		{ "t", 0 },	{ "p", 1 },	   { "tp", 1 },	       { "ptp", 1 },
		{ "ttppp", 3 }, { "pppppppt", 0 }, { "ppppppptp", 1 }, { "pppppppptp", 10 }
	};
	__u64 tracing = kernel_symbols__address(session->kernel, "bpf_trace_run4"),
	      plain = kernel_symbols__address(session->kernel, "schedule");
	size_t i, k;

	if (!tracing || !plain)
		cr_skip_test("the kernel shows no addresses");
	for (i = 0; i < ARRAY_SIZE(stacks); i++) {
		struct stack_event event = { .id = 100 + i,
					     .hook = STACK_EVENT_SWITCH,
					     .now_ns = clock__monotonic(),
					     .unwind = STACK_EVENT_UNWIND_NONE };

		event.kernel_count = (__u32)strlen(stacks[i].frames);
		for (k = 0; k < event.kernel_count; k++)
			event.kernel[k] = (stacks[i].frames[k] == 't' ? tracing : plain) + 1;
		cr_assert_eq(symbolization__take(session, &event, sizeof(event)), 0);
	}
	symbolization__resolve(session, ~0UL);
	while (turn())
		;
	for (i = 0; i < ARRAY_SIZE(stacks); i++)
		SAME(depth_of(stack_of(100 + i)), stacks[i].depth);
}

/* ---- what is told of it ---- */

Test(session, why_it_does_not_hear_of_mappings)
{
	session->mmaps_error = -EPERM;
	SAME_TEXT(symbolization__why_not(session), "Operation not permitted");
	session->mmaps_error = 0;
	cr_expect_null(symbolization__why_not(session));
}

Test(session, what_was_lost_or_left)
{
	SAME(symbolization__lost(session), 0);
	SAME(symbolization__left(session), 0);
	session->events.left = 7;
	SAME(symbolization__left(session), 7);
	cr_expect_eq(symbolization__kernel(session), session->kernel);
}

/* ---- processes that ended ---- */

Test(session, code_of_one_that_ended_before)
{
	const struct process_map map = { .start = 0x1000, .end = 0x2000, .path = "" };
	__u32 kept, gone;

	cr_assert_eq(address_spaces__exec(session->address_spaces, 1 << 23, 500), 0);
	cr_assert_eq(address_spaces__exec(session->address_spaces, (1 << 23) + 1, 500), 0);
	address_spaces__end(session->address_spaces, 1 << 23, 1000);
	address_spaces__end(session->address_spaces, (1 << 23) + 1, 2000);
	gone = dso_cache__number(session->files, &map, 1 << 23);
	kept = dso_cache__number(session->files, &map, (1 << 23) + 1);
	symbolization__forget(session, 2000);
	SAME(dso_cache__number(session->files, &map, (1 << 23) + 1), kept);
	cr_expect_neq(dso_cache__number(session->files, &map, 1 << 23), gone);
}

/* It is kept as long as something waits for a name in it, and its number is nobody else's. */
Test(session, code_of_a_process_that_ended)
{
	const struct process_map map = { .start = 0x1000, .end = 0x2000, .path = "" };
	struct dso_cache *files = session->files;
	const __u32 pid = 1 << 23; /* more than the kernel gives */
	__u32 number = dso_cache__number(files, &map, pid), frame;
	int i;

	frame = dso_cache__frame(files, number, 0x1000, 0, 0x1100, false);
	dso_cache__forget(files, pid);
	for (i = 0; i < 3; i++) { /* so often it is asked for */
		SAME(dso_cache__frame(files, number, 0x1000, 0, 0x1100, false), frame);
		dso_cache__ask(files);
	}
	cr_expect_neq(dso_cache__frame(files, number, 0x1000, 0, 0x1100, false), frame);
	cr_expect_neq(dso_cache__number(files, &map, pid), number);
}

/* ---- stacks of ours ---- */

#ifndef __SANITIZE_ADDRESS__ /* which wants more address space than the helper may have */

static struct snapshot snapshot;

static void take_here(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	snapshot__take(&snapshot, context);
}

/* As the kernel's side sends it where no rule leads on. */
static struct stack_event *own_event(void)
{
	struct sigaction action = { .sa_sigaction = take_here, .sa_flags = SA_SIGINFO };
	struct stack_event *event = calloc(1, sizeof(*event) + STACK_EVENT_LONG);

	cr_assert_not_null(event);
	cr_assert_eq(sigaction(SIGUSR1, &action, NULL), 0);
	cr_assert_eq(raise(SIGUSR1), 0);
	event->hook = STACK_EVENT_SWITCH;
	event->unwind = STACK_EVENT_UNWIND_PARTIAL;
	event->once = 1;
	event->now_ns = clock__monotonic();
	event->task_id.tgid = event->task_id.tid = (__u32)getpid();
	event->task_id.leader_ns = 1;
	event->ip = snapshot.regs[PC];
	memcpy(event->regs, snapshot.regs, sizeof(event->regs));
	event->stack_at = snapshot.regs[SP];
	event->stack_size = STACK_EVENT_LONG;
	memcpy(event->stack, snapshot.bytes, STACK_EVENT_LONG);
	event->stack_there = ~0ULL;
	event->user_count = snapshot.stack.chain_count;
	memcpy(event->user, snapshot.chain, event->user_count * sizeof(event->user[0]));
	return event;
}

/* So many of a process; of several spaces, what one teaches is of no use for another. */
static void take_of(__u64 first, size_t count, __u64 leader_ns, bool several_spaces)
{
	struct stack_event *event = own_event();
	size_t i;

	event->task_id.leader_ns = leader_ns;
	for (i = 0; i < count; i++) {
		event->id = first + i;
		event->space = several_spaces ? first + i : 1;
		cr_assert_eq(symbolization__take(session, event, sizeof(*event) + STACK_EVENT_LONG),
			     0);
	}
	free(event);
}

/* Different ones have numbers of their own. */
static void take_own(__u64 first, size_t count, __u64 leader_ns)
{
	take_of(first, count, leader_ns, true);
}

/* Turns until all is resolved that was asked for. */
static void settle(void)
{
	struct pollfd ready = { .fd = symbolization__fd(session), .events = POLLIN };

	while (symbolization__is_resolving(session)) {
		bool more = turn();

		if (!more && symbolization__is_resolving(session))
			cr_assert_eq(poll(&ready, 1, 20000), 1, "no answer");
		symbolization__poll(session);
	}
}

/* It is asked for and comes later; the kernel's side learns how it is done. */
Test(session, a_stack_is_unwound_later)
{
	take_own(1, 1, 1);
	SAME(stack_of(1), 0);
	symbolization__resolve(session, 1);
	turn();
	SAME(stack_of(1), 0);
	SAME(symbolization__waiting(session), 1);
	settle();
	SAME(symbolization__waiting(session), 0);
	SAME(symbolization__resolved(session), 1);
	cr_expect_gt(depth_of(stack_of(1)), 3);
	SAME(taught, depth_of(stack_of(1))); /* it is complete */
}

Test(session, only_the_oldest_are_resolved)
{
	take_own(1, 10, 1);
	turn(); /* nobody has asked for them */
	SAME(session->batches[0].count, 0);
	symbolization__resolve(session, 4);
	turn();
	SAME(session->batches[0].count, 4);
	SAME(session->events.unwinds.count, 6);
	settle();
	SAME(symbolization__unwound(session), 4);
	cr_expect_gt(stack_of(4), 0);
	SAME(stack_of(5), 0);
}

/* A stack that is followed already is had at once, however many wait for an unwinder before it. */
Test(session, nobody_waits_for_those_that_are_unwound)
{
	take_own(1, 40, 1);
	symbolization__resolve(session, ~0UL);
	turn();
	take_kernel(101);
	SAME(symbolization__waiting(session), 41);
	SAME(symbolization__unwinding(session), 40);
	turn();
	cr_expect_gt(stack_of(101), 0);
	SAME(symbolization__waiting(session), 40);
	SAME(symbolization__unwound(session), 0);
	SAME(symbolization__resolved(session), 1);
}

/*
 * A few of a process first, since what they teach may spare the others; all others wait
 * for these, and those of another process do not, as long as a batch is free.
 */
Test(session, batches_of_processes)
{
	take_own(1, 40, 1);
	take_own(101, 40, 2);
	take_own(201, 40, 3);
	symbolization__resolve(session, ~0UL);
	turn();
	SAME(session->batches[0].count, 16);
	SAME(session->batches[1].count, 16);
	SAME(session->events.unwinds.count, 120 - 32);
	SAME(symbolization__waiting(session), 120);
	cr_expect_not(turn());
	SAME(session->events.unwinds.count, 120 - 32);
	settle();
	SAME(symbolization__resolved(session), 120);
	cr_expect_gt(depth_of(stack_of(40)), 3);
	cr_expect_gt(depth_of(stack_of(140)), 3);
	cr_expect_gt(depth_of(stack_of(240)), 3);
}

/* Of those that need the same rule a few go to the helper, and the others by what they teach. */
Test(session, a_batch_without_the_like)
{
	__u64 id;

	take_of(1, 40, 1, false);
	symbolization__resolve(session, ~0UL);
	turn();
	SAME(session->batches[0].count, 4);
	SAME(symbolization__waiting(session), 40);
	settle();
	SAME(session->asked, 1);
	SAME(symbolization__resolved(session), 40);
	SAME(symbolization__waiting(session), 0);
	cr_expect_gt(depth_of(stack_of(1)), 3);
	for (id = 2; id <= 40; id++)
		SAME(stack_of(id), stack_of(1));
}

/* Without time frame pointers have to do, and an answer that comes later is none. */
Test(session, what_is_asked_for_is_given_up)
{
	struct pollfd ready = { .fd = symbolization__fd(session), .events = POLLIN };
	__u32 stack;

	take_own(1, 20, 1);
	symbolization__resolve(session, ~0UL);
	turn();
	SAME(session->batches[0].count, 16);
	symbolization__give_up(session, ~0ULL);
	SAME(symbolization__waiting(session), 0);
	SAME(symbolization__resolved(session), 20);
	SAME(symbolization__given_up(session), 0);
	stack = stack_of(1);
	cr_expect_gt(depth_of(stack), 1);
	while (symbolization__pending(session)) {
		cr_assert_eq(poll(&ready, 1, 20000), 1, "no answer");
		symbolization__poll(session);
	}
	SAME(stack_of(1), stack);
	SAME(symbolization__resolved(session), 20);
}

#endif

/* And when there is no time for that either, they are lost, and counted. */
Test(session, without_time_they_are_lost)
{
	__u64 id;

	for (id = 1; id <= 300; id++)
		take_kernel(id);
	turn();
	symbolization__give_up(session, 0);
	SAME(symbolization__resolved(session), 300);
	SAME(symbolization__given_up(session), 300 - 256);
	SAME(symbolization__waiting(session), 0);
	cr_expect_gt(stack_of(256), 0);
	SAME(stack_of(257), ~0U);
	cr_expect_not(symbolization__is_resolving(session));
}
