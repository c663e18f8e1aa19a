/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births, signals, wakes and ends as they come in; what they mean is in process_tree.c and fanout.c. */
#include "model/lifecycle/process_tracker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "model/lifecycle/alone.h"
#include "model/lifecycle/evidence.h"
#include "model/lifecycle/fanout.h"

#define STACK_LATE_NS 15000000000ULL

struct process_tracker {
	struct process_tracker_config config;
	struct process_tree tree;
	struct fanout_case *cases; /* open */
	__u64 soonest;		   /* no window closes before; 0: none is open */
};

struct process_tracker *process_tracker__new(const struct process_tracker_config *config)
{
	struct process_tracker *tracker = calloc(1, sizeof(*tracker));

	if (tracker)
		tracker->config = *config;
	return tracker;
}

void process_tracker__free(struct process_tracker *tracker)
{
	struct fanout_case *fanout, *next;

	if (!tracker)
		return;
	DL_FOREACH_SAFE(tracker->cases, fanout, next)
	{
		DL_DELETE(tracker->cases, fanout);
		crash__free(fanout_case__close(fanout, &tracker->tree, 0, true));
	}
	process_tree__free(&tracker->tree);
	free(tracker);
}

size_t process_tracker__count(const struct process_tracker *tracker)
{
	return HASH_CNT(hh_live, tracker->tree.live);
}

/* ---- births ---- */

static int process_tracker__spawn(struct process_tracker *tracker,
				  const struct lifecycle_event *event)
{
	const struct task_id *other = &event->spawn.other;
	struct process_node *creator = process_tree__meet(&tracker->tree, &event->task_id), *node;

	if (event->spawn.kind == SPAWN_THREAD || event->spawn.kind == SPAWN_KERNEL)
		return creator ? 0 : -ENOMEM;
	node = process_tree__meet(&tracker->tree, other);
	if (!node || !creator)
		return -ENOMEM;
	node->born_ns = event->now_ns;
	if (node->parent) {
		char evidence[64];

		snprintf(evidence, sizeof(evidence), "new child of %s",
			 evidence__process(node->parent->key.pid).text);
		process_node__affect(node, node->parent, false, HOW_RESPAWN, event->now_ns,
				     evidence);
	}
	return 0;
}

/* ---- what reaches others ---- */

static void process_tracker__sigpipe(struct process_tracker *tracker, struct process_node *node,
				     const struct lifecycle_event *event)
{
	struct process_node *closer =
		process_tree__find(&tracker->tree, event->signal.closer, event->signal.closer_ns);
	char evidence[64];

	if (!closer || !event->signal.via)
		return;
	snprintf(evidence, sizeof(evidence), "SIGPIPE, %s of %s",
		 evidence__closed(event->signal.via), evidence__process(closer->key.pid).text);
	process_node__affect(node, closer, true, HOW_SIGPIPE, event->now_ns, evidence);
}

static int process_tracker__signal(struct process_tracker *tracker,
				   const struct lifecycle_event *event)
{
	bool thread = event->task_id.flags &
		      TASK_ID_KTHREAD; /* of the kernel: it only happened to run */
	struct process_node *to = process_tree__meet(&tracker->tree, &event->signal.other);
	struct process_node *from = thread ? NULL :
					     process_tree__meet(&tracker->tree, &event->task_id);
	const char *name = sigabbrev_np(event->signal.signal);
	bool exiting = event->task_id.flags & TASK_ID_EXITING;
	int signal = event->signal.signal;
	char evidence[64];

	if (!to || (!from && !thread))
		return -ENOMEM;
	process_node__remember_signal(to, event);
	if (!from)
		return 0;
	if (from == to) {
		if (signal == SIGPIPE)
			process_tracker__sigpipe(tracker, to, event);
		return 0;
	}
	if (event->signal.flags & SIGNAL_IGNORED) /* it never got there */
		return 0;
	snprintf(evidence, sizeof(evidence), "SIG%s", name ? name : "RT");
	if (event->signal.flags & SIGNAL_NAMESPACE) {
		process_node__affect(to, from, false, HOW_NAMESPACE, event->now_ns,
				     "SIGKILL, the init of its PID namespace died");
	} else if (event->signal.flags & SIGNAL_EXITKILL) {
		process_node__affect(to, from, false, HOW_EXITKILL, event->now_ns,
				     "SIGKILL, its tracer died");
	} else if (event->signal.flags & SIGNAL_PDEATH) {
		process_node__affect(to, from, true, HOW_PDEATHSIG, event->now_ns, evidence);
	} else if (exiting && signal == SIGHUP) {
		process_node__affect(to, from, true, HOW_SIGHUP, event->now_ns, evidence);
	} else if (exiting && signal == SIGCHLD) {
		process_node__affect(to, from, true, HOW_WOKEN, event->now_ns, evidence);
	} else if (!exiting && !(event->signal.flags & SIGNAL_FROM_KERNEL)) {
		process_node__affect(to, from, false, HOW_SIGNAL, event->now_ns, evidence);
	}
	return 0;
}

static int process_tracker__wake(struct process_tracker *tracker,
				 const struct lifecycle_event *event)
{
	struct wake_evidence evidence = evidence__of_wake(&tracker->config, event);
	struct process_node *from, *to;

	if (!evidence.words)
		return 0;
	if (evidence.tcp)
		from = process_tree__find(&tracker->tree, event->wake.closer,
					  event->wake.closer_ns);
	else if (event->task_id.flags & TASK_ID_EXITING)
		from = process_tree__meet(&tracker->tree, &event->task_id);
	else
		return 0;
	to = process_tree__meet(&tracker->tree, &event->wake.other);
	if (!to)
		return -ENOMEM;
	if (from)
		process_node__affect(to, from, true, HOW_WOKEN, event->now_ns, evidence.words);
	return 0;
}

static int process_tracker__lost(struct process_tracker *tracker,
				 const struct lifecycle_event *event)
{
	struct process_node *task_id = process_tree__meet(&tracker->tree, &event->task_id);
	struct process_node *closer =
		process_tree__find(&tracker->tree, event->lost.closer, event->lost.closer_ns);
	struct process_node *peer = process_tree__find_live(&tracker->tree, event->lost.peer);
	char evidence[64];

	if (!task_id)
		return -ENOMEM;
	snprintf(evidence, sizeof(evidence), "%s closed", evidence__closed(event->lost.via));
	if (closer && peer)
		process_node__affect_slightly(peer, closer, event->now_ns, evidence);
	return 0;
}

/* ---- ends ---- */

static void process_tracker__set_deadline(struct process_tracker *tracker,
					  struct fanout_case *fanout, __u64 deadline)
{
	fanout->deadline = deadline;
	if (!tracker->soonest || deadline < tracker->soonest)
		tracker->soonest = deadline;
}

/* Who sent the signal that ends it, if that was another process. */
static void fanout_case__name_killer(struct fanout_case *fanout, const struct process_node *node,
				     const struct sent *sent)
{
	if (sent && sent->sender.known && !sent->self && !process_node__is(node, &sent->from))
		fanout->killer = sent->from;
}

/* root: the process whose end affects others; NULL: it affects none. */
static struct fanout_case *process_tracker__open(struct process_tracker *tracker,
						 struct process_node *node,
						 struct process_node *root,
						 const struct lifecycle_event *event, __u64 at_ns)
{
	struct fanout_case *fanout = fanout_case__open(root, at_ns);
	struct crash *crash;

	if (!fanout)
		return NULL;
	fanout->watcher = tracker->config.watcher;
	crash = fanout->crash;
	crash->at_realtime_ns = at_ns + tracker->config.realtime_offset_ns;
	crash->traced = event->task_id.flags & TASK_ID_TRACED;
	crash->pid = node->key.pid;
	crash->own_pid = node->own_pid;
	crash->start_ns = node->key.start_ns;
	crash->ppid = event->task_id.ppid;
	memcpy(crash->comm, node->comm, sizeof(crash->comm));
	if (node->parent)
		memcpy(crash->parent_comm, node->parent->comm, sizeof(crash->parent_comm));
	crash->culprit.no_frames = "its stack was not taken";
	DL_APPEND(tracker->cases, fanout);
	process_tracker__set_deadline(tracker, fanout, event->now_ns + FANOUT_ENDING_NS);
	return fanout;
}

static void crash__name_culprit(struct crash *crash, const struct task_id *task_id)
{
	crash->culprit.tid = task_id->tid;
	utf8__from_bytes(crash->culprit.comm, sizeof(crash->culprit.comm), task_id->comm,
			 sizeof(task_id->comm));
}

/* Faults have an address; what a process sends itself has not. */
static bool fatal__has_address(int signal, int code)
{
	return code > 0 && code != SI_KERNEL &&
	       (signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE ||
		signal == SIGTRAP);
}

/* x86: numbers of exceptions */
#define TRAP_BREAKPOINT 3
#define TRAP_PROTECTION 13

/* The kernel forces SIGSEGV for several reasons; which, where that can be told for certain. */
static enum crash_reason fatal__reason(const struct lifecycle_event *event)
{
	const struct lifecycle_handled *handled = &event->fatal.handled;
	bool forced_before = handled->signal == SIGSEGV && handled->code == SI_KERNEL;

	if (event->fatal.code != SI_KERNEL)
		return REASON_NONE;
	if (event->fatal.signal == SIGTRAP)
		return event->fatal.trap == TRAP_BREAKPOINT ? REASON_BREAKPOINT : REASON_NONE;
	if (event->fatal.signal != SIGSEGV)
		return REASON_NONE;
	if (handled->now_ns && handled->flags & HANDLED_AT_ONCE && !forced_before)
		return REASON_NO_ROOM;
	/* the exception may have been an earlier one, that a handler took */
	if (event->fatal.trap == TRAP_PROTECTION &&
	    (!forced_before || handled->flags & HANDLED_AT_ONCE))
		return REASON_PROTECTION;
	return REASON_NONE;
}

/* Beyond its signal: why the kernel forced it, and which other one its handler had taken. */
static void crash__explain(struct crash *crash, const struct lifecycle_event *event)
{
	const struct lifecycle_handled *handled = &event->fatal.handled;

	crash->reason = fatal__reason(event);
	if (!handled->now_ns || handled->tid != event->task_id.tid)
		return;
	/* it gave up within the handler, or that could not be called */
	if (crash->reason != REASON_NO_ROOM &&
	    !(handled->flags & HANDLED_RUNS && event->fatal.code <= 0))
		return;
	crash->handled.signal = handled->signal;
	crash->handled.code = handled->code;
	crash->handled.has_address = fatal__has_address(handled->signal, handled->code);
	crash->handled.address = handled->address;
	crash->handled.before_ns = event->now_ns - handled->now_ns;
}

static int process_tracker__fatal(struct process_tracker *tracker,
				  const struct lifecycle_event *event)
{
	struct process_node *node = process_tree__meet(&tracker->tree, &event->task_id);
	struct fanout_case *fanout;
	const struct sent *sent;
	struct lifecycle_event as_end = { .end.code = (__u32)event->fatal.signal };
	struct end end;
	__u64 at = event->now_ns;

	if (!node)
		return -ENOMEM;
	if (node->ended || node->fatal) /* a second thread: the first one is the culprit */
		return 0;
	node->fatal = event->fatal.signal;
	node->fatal_code = event->fatal.code;
	node->fatal_from = event->fatal.sender;
	node->handled = event->fatal.handled;
	process_node__judge(node, &as_end, &end);
	if (end.class != END_CRASH && !tracker->config.all)
		return 0;
	sent = process_node__signal(node, event->fatal.signal);
	if (sent && sent->now_ns < at)
		at = sent->now_ns;
	fanout = process_tracker__open(tracker, node, node, event, at);
	if (!fanout)
		return -ENOMEM;
	fanout_case__name_killer(fanout, node,
				 process_node__first_signal(node, event->fatal.signal));
	crash__explain(fanout->crash, event);
	fanout->stack_id = event->fatal.id;
	fanout->wants_stack = end.class == END_CRASH && tracker->config.stacks;
	fanout->crash->end = end;
	fanout->crash->end.threads = event->fatal.threads;
	fanout->crash->code = event->fatal.code;
	fanout->crash->has_address = fatal__has_address(node->fatal, node->fatal_code);
	fanout->crash->address = event->fatal.address;
	fanout->crash->syscall.nr = event->fatal.syscall_nr;
	fanout->crash->syscall.arch = event->fatal.syscall_arch;
	crash__name_culprit(fanout->crash, &event->task_id);
	return 0;
}

/*
 * A thread that is ended alone takes nobody with it, and how its process ends is told for
 * itself.  Of a leader the case is open until then: its pid is there as long.
 */
static int process_tracker__alone(struct process_tracker *tracker,
				  const struct lifecycle_event *event)
{
	struct process_node *node = process_tree__meet(&tracker->tree, &event->task_id);
	struct fanout_case *fanout;

	if (!node)
		return -ENOMEM;
	if (node->ended)
		return 0;
	fanout = process_tracker__open(tracker, node, NULL, event, event->now_ns);
	if (!fanout)
		return -ENOMEM;
	alone__fill(fanout, event);
	fanout->wants_stack = event->alone.id && tracker->config.stacks;
	crash__name_culprit(fanout->crash, &event->task_id);
	process_tracker__set_deadline(tracker, fanout,
				      fanout_case__is_of_leader(fanout) ?
					      FANOUT_FOR_EVER :
					      event->now_ns + tracker->config.window_ns);
	return 0;
}

/* Ends that nothing fatal was delivered for are followed only if asked for; from when? */
static int process_tracker__follow_end(struct process_tracker *tracker, struct process_node *node,
				       const struct lifecycle_event *event, const struct end *end)
{
	const struct sent *sent = process_node__signal(node, end->signal);
	__u64 at = sent && sent->now_ns < event->now_ns ? sent->now_ns : event->now_ns;
	struct fanout_case *fanout;

	if (process_node__case(node) || end->class == END_CLEAN)
		return 0;
	if (fanout_cases__tell_end(tracker->cases, node, end))
		return 0;
	if (end->class != END_CRASH && !tracker->config.all)
		return 0;
	fanout = process_tracker__open(tracker, node, node, event, at);
	if (!fanout)
		return -ENOMEM;
	fanout_case__name_killer(fanout, node, process_node__first_signal(node, end->signal));
	fanout->crash->end = *end;
	fanout->crash->culprit.no_frames = end->class == END_CRASH ?
						   "it began to crash before tracing began" :
						   "it did not crash";
	return 0;
}

static int process_tracker__down(struct process_tracker *tracker,
				 const struct lifecycle_event *event)
{
	struct process_node *node = process_tree__meet(&tracker->tree, &event->task_id);
	struct fanout_case *fanout;
	struct end end;

	if (!node)
		return -ENOMEM;
	if (event->end.code & 0x7f && !node->ended) {
		process_node__judge(node, event, &end);
		if (process_tracker__follow_end(tracker, node, event, &end))
			return -ENOMEM;
	}
	node->downs++;
	fanout = process_node__case(node);
	return fanout ? fanout_case__add_sibling(fanout, event) : 0;
}

/* The process has died: in which cases, and of what? */
static void process_tracker__settle(struct process_tracker *tracker, struct process_node *node,
				    const struct lifecycle_event *event, const struct end *end)
{
	struct affected *affected;

	LL_FOREACH2(node->affected, affected, next_of_node)
	{
		struct fanout_case *fanout = affected->owner;

		if (event->now_ns > fanout->deadline)
			continue;
		affected->end = *end;
		affected->died = affected->root || (affected->link_count && !affected->respawned);
		affected->died_ns = event->now_ns;
		if (affected__is_lost(affected) && node->parent)
			fanout_case__child_lost(fanout, node->parent);
		if (!affected->root)
			continue;
		fanout->crash->ended = true;
		fanout->crash->end = *end;
		fanout->crash->end_delay_ns = event->now_ns - fanout->crash->at_ns;
		process_tracker__set_deadline(tracker, fanout,
					      event->now_ns + tracker->config.window_ns);
	}
}

/* Its leader may have been ended alone, before. */
static void process_tracker__settle_leader(struct process_tracker *tracker,
					   const struct process_node *node,
					   const struct lifecycle_event *event,
					   const struct end *end)
{
	struct fanout_case *fanout = fanout_cases__of_leader(tracker->cases, node);

	if (!fanout)
		return;
	fanout->crash->ended = true;
	fanout->crash->end.life_ns = end->life_ns;
	fanout->crash->end_delay_ns = event->now_ns - fanout->crash->at_ns;
	process_tracker__set_deadline(tracker, fanout, event->now_ns + tracker->config.window_ns);
}

static int process_tracker__end(struct process_tracker *tracker,
				const struct lifecycle_event *event)
{
	struct process_node *node = process_tree__meet(&tracker->tree, &event->task_id);
	struct fanout_case *fanout;
	struct end end;
	int err;

	if (!node)
		return -ENOMEM;
	if (node->ended) { /* two last threads each took themselves for the last one */
		fanout = process_node__case(node);
		return fanout ? fanout_case__add_sibling(fanout, event) : 0;
	}
	process_node__judge(node, event, &end);
	err = process_tracker__follow_end(tracker, node, event, &end);
	if (err)
		return err;
	fanout = process_node__case(node);
	if (fanout) {
		err = fanout_case__add_sibling(fanout, event);
		if (fanout->crash->end.threads >
		    end.threads) /* none that ended meanwhile is forgotten */
			end.threads = fanout->crash->end.threads;
	}
	process_tracker__settle(tracker, node, event, &end);
	process_tracker__settle_leader(tracker, node, event, &end);
	process_node__orphan_children(node, event->now_ns);
	process_tree__give_away_children(&tracker->tree, node);
	process_tree__bury(&tracker->tree, node);
	if (tracker->config.on_end)
		tracker->config.on_end(tracker->config.context, &event->task_id, &end);
	if (!node->affected)
		process_tree__let_go(&tracker->tree, node);
	return err;
}

static int process_tracker__exec(struct process_tracker *tracker,
				 const struct lifecycle_event *event)
{
	struct process_node *node = process_tree__meet(&tracker->tree, &event->task_id);

	if (!node)
		return -ENOMEM;
	node->execed = true;
	return 0;
}

int process_tracker__apply(struct process_tracker *tracker, const struct lifecycle_event *event)
{
	if (event->task_id.flags & TASK_ID_KTHREAD && event->type != LIFECYCLE_WAKE &&
	    event->type != LIFECYCLE_SIGNAL)
		return 0;
	if (tracker->soonest && event->now_ns >= tracker->soonest)
		process_tracker__advance(tracker, event->now_ns, false);
	switch (event->type) {
	case LIFECYCLE_SPAWN:
		return process_tracker__spawn(tracker, event);
	case LIFECYCLE_EXEC:
		return process_tracker__exec(tracker, event);
	case LIFECYCLE_SIGNAL:
		return process_tracker__signal(tracker, event);
	case LIFECYCLE_WAKE:
		return process_tracker__wake(tracker, event);
	case LIFECYCLE_LOST:
		return process_tracker__lost(tracker, event);
	case LIFECYCLE_FATAL:
		return process_tracker__fatal(tracker, event);
	case LIFECYCLE_ALONE:
		return process_tracker__alone(tracker, event);
	case LIFECYCLE_DOWN:
		return process_tracker__down(tracker, event);
	case LIFECYCLE_END:
		return process_tracker__end(tracker, event);
	default:
		return process_tree__meet(&tracker->tree, &event->task_id) ? 0 : -ENOMEM;
	}
}

/* ---- stacks and windows ---- */

static struct fanout_case *process_tracker__of_stack(const struct process_tracker *tracker,
						     __u64 id)
{
	struct fanout_case *fanout;

	DL_FOREACH(tracker->cases, fanout) {
		if (id && fanout->stack_id == id)
			return fanout;
	}
	return NULL;
}

bool process_tracker__wants_stack(const struct process_tracker *tracker, __u64 id)
{
	const struct fanout_case *fanout = process_tracker__of_stack(tracker, id);

	return fanout && fanout->wants_stack;
}

void process_tracker__take_stack(struct process_tracker *tracker, __u64 id,
				 struct crash_frame *frames, size_t count, const char *why_none)
{
	struct fanout_case *fanout = process_tracker__of_stack(tracker, id);

	if (!fanout)
		return;
	fanout->wants_stack = false;
	fanout->crash->culprit.frames = frames;
	fanout->crash->culprit.frame_count = count;
	fanout->crash->culprit.no_frames = why_none;
	process_tracker__set_deadline(tracker, fanout, fanout->deadline); /* it may be closed now */
}

bool process_tracker__follows_target(const struct process_tracker *tracker, __u64 began_ns)
{
	const struct fanout_case *fanout;

	DL_FOREACH(tracker->cases, fanout) {
		if (fanout->crash->traced || fanout_case__affects_target(fanout))
			return true;
		if (fanout->crash->at_ns < began_ns && !fanout->crash->thread_only)
			return true;
	}
	return false;
}

__u64 process_tracker__next(const struct process_tracker *tracker)
{
	return tracker->soonest;
}

/* When a case is closed: a stack that is late is waited for, others have gone before it. */
static __u64 fanout_case__closes(const struct fanout_case *fanout)
{
	return fanout->deadline + (fanout->wants_stack ? STACK_LATE_NS : 0);
}

void process_tracker__advance(struct process_tracker *tracker, __u64 now, bool end)
{
	struct fanout_case *fanout, *next;

	tracker->soonest = 0;
	DL_FOREACH_SAFE(tracker->cases, fanout, next)
	{
		bool over = fanout->deadline <= now;
		struct crash *crash;

		if (fanout_case__closes(fanout) > now && !end) {
			if (!tracker->soonest || fanout_case__closes(fanout) < tracker->soonest)
				tracker->soonest = fanout_case__closes(fanout);
			continue;
		}
		DL_DELETE(tracker->cases, fanout);
		crash = fanout_case__close(fanout, &tracker->tree, now, !over);
		if (crash->end.class == END_CLEAN) /* it had not got that far */
			crash->end.class = END_CRASH;
		tracker->config.on_crash(tracker->config.context, crash);
	}
}
