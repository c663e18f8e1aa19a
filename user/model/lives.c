/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births, signals, wakes and ends as they come in; what they mean is in kin.c and follow.c. */
#include "model/lives.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "model/alone.h"
#include "model/evidence.h"
#include "model/follow.h"

#define STACK_LATE_NS 15000000000ULL

struct lives {
	struct lives_config config;
	struct kins kins;
	struct case_file *cases; /* open */
	__u64 soonest;		 /* no window closes before; 0: none is open */
};

struct lives *lives__new(const struct lives_config *config)
{
	struct lives *lives = calloc(1, sizeof(*lives));

	if (lives)
		lives->config = *config;
	return lives;
}

void lives__free(struct lives *lives)
{
	struct case_file *file, *next;

	if (!lives)
		return;
	DL_FOREACH_SAFE(lives->cases, file, next)
	{
		DL_DELETE(lives->cases, file);
		crash__free(case__close(file, &lives->kins, 0, true));
	}
	kins__free(&lives->kins);
	free(lives);
}

size_t lives__count(const struct lives *lives)
{
	return HASH_CNT(hh_live, lives->kins.live);
}

/* ---- births ---- */

static int lives__spawn(struct lives *lives, const struct life_event *event)
{
	const struct who *other = &event->spawn.other;
	struct kin *creator = kins__meet(&lives->kins, &event->who), *kin;

	if (event->spawn.kind == SPAWN_THREAD || event->spawn.kind == SPAWN_KERNEL)
		return creator ? 0 : -ENOMEM;
	kin = kins__meet(&lives->kins, other);
	if (!kin || !creator)
		return -ENOMEM;
	kin->born_ns = event->now_ns;
	if (kin->parent) {
		char evidence[64];

		snprintf(evidence, sizeof(evidence), "new child of %s",
			 evidence__process(kin->parent->key.pid).text);
		kin__hit(kin, kin->parent, false, HOW_RESPAWN, event->now_ns, evidence);
	}
	return 0;
}

/* ---- what reaches others ---- */

static void lives__sigpipe(struct lives *lives, struct kin *kin, const struct life_event *event)
{
	struct kin *closer =
		kins__find(&lives->kins, event->signal.closer, event->signal.closer_ns);
	char evidence[64];

	if (!closer || !event->signal.via)
		return;
	snprintf(evidence, sizeof(evidence), "SIGPIPE, %s of %s",
		 evidence__closed(event->signal.via), evidence__process(closer->key.pid).text);
	kin__hit(kin, closer, true, HOW_SIGPIPE, event->now_ns, evidence);
}

static int lives__signal(struct lives *lives, const struct life_event *event)
{
	bool thread = event->who.flags & WHO_KTHREAD; /* of the kernel: it only happened to run */
	struct kin *to = kins__meet(&lives->kins, &event->signal.other);
	struct kin *from = thread ? NULL : kins__meet(&lives->kins, &event->who);
	const char *name = sigabbrev_np(event->signal.signal);
	bool exiting = event->who.flags & WHO_EXITING;
	int signal = event->signal.signal;
	char evidence[64];

	if (!to || (!from && !thread))
		return -ENOMEM;
	kin__remember_signal(to, event);
	if (!from)
		return 0;
	if (from == to) {
		if (signal == SIGPIPE)
			lives__sigpipe(lives, to, event);
		return 0;
	}
	if (event->signal.flags & SIGNAL_IGNORED) /* it never got there */
		return 0;
	snprintf(evidence, sizeof(evidence), "SIG%s", name ? name : "RT");
	if (event->signal.flags & SIGNAL_NAMESPACE) {
		kin__hit(to, from, false, HOW_NAMESPACE, event->now_ns,
			 "SIGKILL, the init of its PID namespace died");
	} else if (event->signal.flags & SIGNAL_EXITKILL) {
		kin__hit(to, from, false, HOW_EXITKILL, event->now_ns, "SIGKILL, its tracer died");
	} else if (event->signal.flags & SIGNAL_PDEATH) {
		kin__hit(to, from, true, HOW_PDEATHSIG, event->now_ns, evidence);
	} else if (exiting && signal == SIGHUP) {
		kin__hit(to, from, true, HOW_SIGHUP, event->now_ns, evidence);
	} else if (exiting && signal == SIGCHLD) {
		kin__hit(to, from, true, HOW_WOKEN, event->now_ns, evidence);
	} else if (!exiting && !(event->signal.flags & SIGNAL_FROM_KERNEL)) {
		kin__hit(to, from, false, HOW_SIGNAL, event->now_ns, evidence);
	}
	return 0;
}

static int lives__wake(struct lives *lives, const struct life_event *event)
{
	struct wake_evidence evidence = evidence__of_wake(&lives->config, event);
	struct kin *from, *to;

	if (!evidence.words)
		return 0;
	if (evidence.tcp)
		from = kins__find(&lives->kins, event->wake.closer, event->wake.closer_ns);
	else if (event->who.flags & WHO_EXITING)
		from = kins__meet(&lives->kins, &event->who);
	else
		return 0;
	to = kins__meet(&lives->kins, &event->wake.other);
	if (!to)
		return -ENOMEM;
	if (from)
		kin__hit(to, from, true, HOW_WOKEN, event->now_ns, evidence.words);
	return 0;
}

static int lives__lost(struct lives *lives, const struct life_event *event)
{
	struct kin *who = kins__meet(&lives->kins, &event->who);
	struct kin *closer = kins__find(&lives->kins, event->lost.closer, event->lost.closer_ns);
	struct kin *peer = kins__find_live(&lives->kins, event->lost.peer);
	char evidence[64];

	if (!who)
		return -ENOMEM;
	snprintf(evidence, sizeof(evidence), "%s closed", evidence__closed(event->lost.via));
	if (closer && peer)
		kin__brush(peer, closer, event->now_ns, evidence);
	return 0;
}

/* ---- ends ---- */

static void lives__set_deadline(struct lives *lives, struct case_file *file, __u64 deadline)
{
	file->deadline = deadline;
	if (!lives->soonest || deadline < lives->soonest)
		lives->soonest = deadline;
}

/* Who sent the signal that ends it, if that was another process. */
static void case__name_killer(struct case_file *file, const struct kin *kin,
			      const struct sent *sent)
{
	if (sent && sent->sender.known && !sent->self && !kin__is(kin, &sent->from))
		file->killer = sent->from;
}

/* root: whose end hits others; NULL: nobody's. */
static struct case_file *lives__open(struct lives *lives, struct kin *kin, struct kin *root,
				     const struct life_event *event, __u64 at_ns)
{
	struct case_file *file = case__open(root, at_ns);
	struct crash *crash;

	if (!file)
		return NULL;
	crash = file->crash;
	crash->at_realtime_ns = at_ns + lives->config.realtime_offset_ns;
	crash->traced = event->who.flags & WHO_TRACED;
	crash->pid = kin->key.pid;
	crash->own_pid = kin->own_pid;
	crash->start_ns = kin->key.start_ns;
	crash->ppid = event->who.ppid;
	memcpy(crash->comm, kin->comm, sizeof(crash->comm));
	if (kin->parent)
		memcpy(crash->parent_comm, kin->parent->comm, sizeof(crash->parent_comm));
	crash->culprit.no_frames = "its stack was not taken";
	DL_APPEND(lives->cases, file);
	lives__set_deadline(lives, file, event->now_ns + CASE_ENDING_NS);
	return file;
}

static void crash__name_culprit(struct crash *crash, const struct who *who)
{
	crash->culprit.tid = who->tid;
	utf8__from_bytes(crash->culprit.comm, sizeof(crash->culprit.comm), who->comm,
			 sizeof(who->comm));
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
static enum crash_reason fatal__reason(const struct life_event *event)
{
	const struct life_handled *handled = &event->fatal.handled;
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
static void crash__explain(struct crash *crash, const struct life_event *event)
{
	const struct life_handled *handled = &event->fatal.handled;

	crash->reason = fatal__reason(event);
	if (!handled->now_ns || handled->tid != event->who.tid)
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

static int lives__fatal(struct lives *lives, const struct life_event *event)
{
	struct kin *kin = kins__meet(&lives->kins, &event->who);
	struct case_file *file;
	const struct sent *sent;
	struct life_event as_end = { .end.code = (__u32)event->fatal.signal };
	struct end end;
	__u64 at = event->now_ns;

	if (!kin)
		return -ENOMEM;
	if (kin->ended || kin->fatal) /* a second thread: the first one is the culprit */
		return 0;
	kin->fatal = event->fatal.signal;
	kin->fatal_code = event->fatal.code;
	kin->fatal_from = event->fatal.sender;
	kin->handled = event->fatal.handled;
	kin__judge(kin, &as_end, &end);
	if (end.class != END_CRASH && !lives->config.all)
		return 0;
	sent = kin__signal(kin, event->fatal.signal);
	if (sent && sent->now_ns < at)
		at = sent->now_ns;
	file = lives__open(lives, kin, kin, event, at);
	if (!file)
		return -ENOMEM;
	case__name_killer(file, kin, kin__first_signal(kin, event->fatal.signal));
	crash__explain(file->crash, event);
	file->stack_id = event->fatal.id;
	file->wants_stack = end.class == END_CRASH && lives->config.stacks;
	file->crash->end = end;
	file->crash->end.threads = event->fatal.threads;
	file->crash->code = event->fatal.code;
	file->crash->has_address = fatal__has_address(kin->fatal, kin->fatal_code);
	file->crash->address = event->fatal.address;
	file->crash->syscall.nr = event->fatal.syscall_nr;
	file->crash->syscall.arch = event->fatal.syscall_arch;
	crash__name_culprit(file->crash, &event->who);
	return 0;
}

/*
 * A thread that is ended alone takes nobody with it, and how its process ends is told for
 * itself.  Of a leader the case is open until then: its pid is there as long.
 */
static int lives__alone(struct lives *lives, const struct life_event *event)
{
	struct kin *kin = kins__meet(&lives->kins, &event->who);
	struct case_file *file;

	if (!kin)
		return -ENOMEM;
	if (kin->ended)
		return 0;
	file = lives__open(lives, kin, NULL, event, event->now_ns);
	if (!file)
		return -ENOMEM;
	alone__fill(file, event);
	file->wants_stack = event->alone.id && lives->config.stacks;
	crash__name_culprit(file->crash, &event->who);
	lives__set_deadline(lives, file,
			    case__is_of_leader(file) ? CASE_FOR_EVER :
						       event->now_ns + lives->config.window_ns);
	return 0;
}

/* Ends that nothing fatal was delivered for are followed only if asked for; from when? */
static int lives__follow_end(struct lives *lives, struct kin *kin, const struct life_event *event,
			     const struct end *end)
{
	const struct sent *sent = kin__signal(kin, end->signal);
	__u64 at = sent && sent->now_ns < event->now_ns ? sent->now_ns : event->now_ns;
	struct case_file *file;

	if (kin__case(kin) || end->class == END_CLEAN)
		return 0;
	if (cases__tell_end(lives->cases, kin, end))
		return 0;
	if (end->class != END_CRASH && !lives->config.all)
		return 0;
	file = lives__open(lives, kin, kin, event, at);
	if (!file)
		return -ENOMEM;
	case__name_killer(file, kin, kin__first_signal(kin, end->signal));
	file->crash->end = *end;
	file->crash->culprit.no_frames = end->class == END_CRASH ?
						 "it began to crash before tracing began" :
						 "it did not crash";
	return 0;
}

static int lives__down(struct lives *lives, const struct life_event *event)
{
	struct kin *kin = kins__meet(&lives->kins, &event->who);
	struct case_file *file;
	struct end end;

	if (!kin)
		return -ENOMEM;
	if (event->end.code & 0x7f && !kin->ended) {
		kin__judge(kin, event, &end);
		if (lives__follow_end(lives, kin, event, &end))
			return -ENOMEM;
	}
	kin->downs++;
	file = kin__case(kin);
	return file ? case__add_sibling(file, event) : 0;
}

/* The process has died: in which cases, and of what? */
static void lives__settle(struct lives *lives, struct kin *kin, const struct life_event *event,
			  const struct end *end)
{
	struct hit *hit;

	LL_FOREACH2(kin->hits, hit, next_of_kin)
	{
		struct case_file *file = hit->owner;

		if (event->now_ns > file->deadline)
			continue;
		hit->end = *end;
		hit->died = hit->root || (hit->link_count && !hit->respawned);
		hit->died_ns = event->now_ns;
		if (hit__is_lost(hit) && kin->parent)
			case__child_lost(file, kin->parent);
		if (!hit->root)
			continue;
		file->crash->ended = true;
		file->crash->end = *end;
		file->crash->end_delay_ns = event->now_ns - file->crash->at_ns;
		lives__set_deadline(lives, file, event->now_ns + lives->config.window_ns);
	}
}

/* Its leader may have been ended alone, before. */
static void lives__settle_leader(struct lives *lives, const struct kin *kin,
				 const struct life_event *event, const struct end *end)
{
	struct case_file *file = cases__of_leader(lives->cases, kin);

	if (!file)
		return;
	file->crash->ended = true;
	file->crash->end.life_ns = end->life_ns;
	file->crash->end_delay_ns = event->now_ns - file->crash->at_ns;
	lives__set_deadline(lives, file, event->now_ns + lives->config.window_ns);
}

static int lives__end(struct lives *lives, const struct life_event *event)
{
	struct kin *kin = kins__meet(&lives->kins, &event->who);
	struct case_file *file;
	struct end end;
	int err;

	if (!kin)
		return -ENOMEM;
	if (kin->ended) { /* two last threads each took themselves for the last one */
		file = kin__case(kin);
		return file ? case__add_sibling(file, event) : 0;
	}
	kin__judge(kin, event, &end);
	err = lives__follow_end(lives, kin, event, &end);
	if (err)
		return err;
	file = kin__case(kin);
	if (file) {
		err = case__add_sibling(file, event);
		if (file->crash->end.threads >
		    end.threads) /* none that ended meanwhile is forgotten */
			end.threads = file->crash->end.threads;
	}
	lives__settle(lives, kin, event, &end);
	lives__settle_leader(lives, kin, event, &end);
	kin__orphan_children(kin, event->now_ns);
	kins__give_away_children(&lives->kins, kin);
	kins__bury(&lives->kins, kin);
	if (lives->config.on_end)
		lives->config.on_end(lives->config.context, &event->who, &end);
	if (!kin->hits)
		kins__let_go(&lives->kins, kin);
	return err;
}

static int lives__exec(struct lives *lives, const struct life_event *event)
{
	struct kin *kin = kins__meet(&lives->kins, &event->who);

	if (!kin)
		return -ENOMEM;
	kin->execed = true;
	return 0;
}

int lives__apply(struct lives *lives, const struct life_event *event)
{
	if (event->who.flags & WHO_KTHREAD && event->type != LIFE_WAKE &&
	    event->type != LIFE_SIGNAL)
		return 0;
	if (lives->soonest && event->now_ns >= lives->soonest)
		lives__advance(lives, event->now_ns, false);
	switch (event->type) {
	case LIFE_SPAWN:
		return lives__spawn(lives, event);
	case LIFE_EXEC:
		return lives__exec(lives, event);
	case LIFE_SIGNAL:
		return lives__signal(lives, event);
	case LIFE_WAKE:
		return lives__wake(lives, event);
	case LIFE_LOST:
		return lives__lost(lives, event);
	case LIFE_FATAL:
		return lives__fatal(lives, event);
	case LIFE_ALONE:
		return lives__alone(lives, event);
	case LIFE_DOWN:
		return lives__down(lives, event);
	case LIFE_END:
		return lives__end(lives, event);
	default:
		return kins__meet(&lives->kins, &event->who) ? 0 : -ENOMEM;
	}
}

/* ---- stacks and windows ---- */

static struct case_file *lives__of_stack(const struct lives *lives, __u64 id)
{
	struct case_file *file;

	DL_FOREACH(lives->cases, file) {
		if (id && file->stack_id == id)
			return file;
	}
	return NULL;
}

bool lives__wants_stack(const struct lives *lives, __u64 id)
{
	const struct case_file *file = lives__of_stack(lives, id);

	return file && file->wants_stack;
}

void lives__take_stack(struct lives *lives, __u64 id, struct crash_frame *frames, size_t count,
		       const char *why_none)
{
	struct case_file *file = lives__of_stack(lives, id);

	if (!file)
		return;
	file->wants_stack = false;
	file->crash->culprit.frames = frames;
	file->crash->culprit.frame_count = count;
	file->crash->culprit.no_frames = why_none;
	lives__set_deadline(lives, file, file->deadline); /* it may be closed now */
}

bool lives__follows_target(const struct lives *lives, __u64 began_ns)
{
	const struct case_file *file;

	DL_FOREACH(lives->cases, file) {
		if (file->crash->traced || case__hits_target(file))
			return true;
		if (file->crash->at_ns < began_ns && !file->crash->thread_only)
			return true;
	}
	return false;
}

__u64 lives__next(const struct lives *lives)
{
	return lives->soonest;
}

/* When a case is closed: a stack that is late is waited for, others have gone before it. */
static __u64 case__closes(const struct case_file *file)
{
	return file->deadline + (file->wants_stack ? STACK_LATE_NS : 0);
}

void lives__advance(struct lives *lives, __u64 now, bool end)
{
	struct case_file *file, *next;

	lives->soonest = 0;
	DL_FOREACH_SAFE(lives->cases, file, next)
	{
		bool over = file->deadline <= now;
		struct crash *crash;

		if (case__closes(file) > now && !end) {
			if (!lives->soonest || case__closes(file) < lives->soonest)
				lives->soonest = case__closes(file);
			continue;
		}
		DL_DELETE(lives->cases, file);
		crash = case__close(file, &lives->kins, now, !over);
		if (crash->end.class == END_CLEAN) /* it had not got that far */
			crash->end.class = END_CRASH;
		lives->config.on_crash(lives->config.context, crash);
	}
}
