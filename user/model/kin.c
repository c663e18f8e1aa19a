/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kin.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "ids.h"

/* ---- the tree ---- */

struct kin *kins__find(const struct kins *kins, __u32 pid, __u64 start_ns)
{
	struct process_key key = { .start_ns = start_ns, .pid = pid };
	struct kin *kin;

	HASH_FIND(hh, kins->all, &key, sizeof(key), kin);
	return kin;
}

struct kin *kins__find_live(const struct kins *kins, __u32 pid)
{
	struct kin *kin;

	HASH_FIND(hh_live, kins->live, &pid, sizeof(pid), kin);
	return kin;
}

void kin__set_parent(struct kin *kin, struct kin *parent)
{
	const struct kin *above;

	if (kin->parent == parent)
		return;
	for (above = parent; above; above = above->parent) {
		if (above == kin) /* a pid that is used again: nobody is their own ancestor */
			return;
	}
	if (kin->parent)
		DL_DELETE(kin->parent->children, kin);
	kin->parent = parent;
	if (parent)
		DL_APPEND(parent->children, kin);
}

static struct kin *kins__add(struct kins *kins, const struct who *who)
{
	struct kin *kin = calloc(1, sizeof(*kin)), *stale;

	if (!kin)
		return NULL;
	kin->key.pid = who->tgid;
	kin->key.start_ns = who->leader_ns;
	stale = kins__find_live(kins, who->tgid);
	if (stale) /* its end was lost */
		kins__bury(kins, stale);
	HASH_ADD(hh, kins->all, key, sizeof(kin->key), kin);
	HASH_ADD(hh_live, kins->live, key.pid, sizeof(kin->key.pid), kin);
	if (stale && !stale->hits)
		kins__let_go(kins, stale);
	return kin;
}

struct kin *kins__meet(struct kins *kins, const struct who *who)
{
	struct kin *kin = kins__find(kins, who->tgid, who->leader_ns);

	if (!kin)
		kin = kins__add(kins, who);
	if (!kin || kin->ended)
		return kin;
	kin->flags = who->flags;
	if (who->own_tgid)
		kin->own_pid = who->own_tgid;
	utf8__from_bytes(kin->comm, sizeof(kin->comm), who->leader_comm, sizeof(who->leader_comm));
	if (who->ppid && who->ppid != who->tgid) {
		struct kin *parent = kins__find_live(kins, who->ppid);

		if (parent)
			kin__set_parent(kin, parent);
	}
	return kin;
}

void kins__bury(struct kins *kins, struct kin *kin)
{
	if (kin->ended)
		return;
	kin->ended = true;
	HASH_DELETE(hh_live, kins->live, kin);
}

/* Subreapers, and the first process of each PID namespace. */
static bool kin__adopts_orphans(const struct kin *kin)
{
	return kin->flags & WHO_SUBREAPER || kin->own_pid == 1;
}

void kins__give_away_children(struct kins *kins, struct kin *kin)
{
	struct kin *to = kin->parent, *child, *next;

	while (to && (to->ended || !kin__adopts_orphans(to)))
		to = to->parent;
	if (!to)
		to = kins__find_live(kins, 1 | (kin->key.pid & ID_OUTSIDE));
	DL_FOREACH_SAFE(kin->children, child, next)
	kin__set_parent(child, to == child ? NULL : to);
}

struct kin *kin__next_below(struct kin *top, struct kin *at)
{
	if (at->children)
		return at->children;
	while (at != top && !at->next)
		at = at->parent;
	return at == top ? NULL : at->next;
}

void kins__let_go(struct kins *kins, struct kin *kin)
{
	struct kin *child, *next, *oldest = kins->dead;

	DL_FOREACH_SAFE(kin->children, child, next)
	kin__set_parent(child, NULL);
	kin__set_parent(kin, NULL);
	if (kins->dead_count < KINS_DEAD_MAX) {
		kins->dead_count++;
	} else {
		DL_DELETE(kins->dead, oldest);
		HASH_DELETE(hh, kins->all, oldest);
		free(oldest);
	}
	DL_APPEND(kins->dead, kin);
}

void kins__free(struct kins *kins)
{
	struct kin *kin, *next;

	HASH_CLEAR(hh_live, kins->live);
	HASH_ITER(hh, kins->all, kin, next) {
		HASH_DELETE(hh, kins->all, kin);
		free(kin);
	}
}

/* ---- signals and ends ---- */

/* Signals that a task brings on itself when it goes wrong. */
static bool signal__is_of_crash(int signal)
{
	switch (signal) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGTRAP:
	case SIGSYS:
	case SIGABRT:
		return true;
	default:
		return false;
	}
}

/* Signals by which others ask a process to end. */
static bool signal__asks_to_end(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGHUP ||
	       signal__is_of_crash(signal);
}

/* Did the process send it itself? */
static bool sent__is_of(const struct life_event *event, const struct kin *kin)
{
	return event->who.tgid == kin->key.pid && event->who.leader_ns == kin->key.start_ns;
}

static void sent__fill(struct sent *sent, const struct kin *kin, const struct life_event *event)
{
	const struct who *from = &event->who;

	sent->signal = event->signal.signal;
	sent->now_ns = event->now_ns;
	sent->kernel = event->signal.flags & SIGNAL_FROM_KERNEL;
	sent->self = sent__is_of(event, kin);
	sent->from = (struct process_key){ .start_ns = from->leader_ns, .pid = from->tgid };
	sent->sender.known = !sent->kernel;
	sent->sender.kernel = sent->kernel;
	sent->sender.pid = from->tgid;
	utf8__from_bytes(sent->sender.comm, sizeof(sent->sender.comm), from->leader_comm,
			 sizeof(from->leader_comm));
}

void kin__remember_signal(struct kin *kin, const struct life_event *event)
{
	struct sent *sent = NULL, *oldest = kin->sent;
	int i;

	if (event->signal.flags & SIGNAL_IGNORED)
		return;
	if (!(event->signal.flags & (SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL)) &&
	    !sent__is_of(event, kin) && signal__asks_to_end(event->signal.signal))
		sent__fill(&kin->taken, kin, event);
	for (i = 0; i < KIN_SIGNALS; i++) {
		if (kin->sent[i].signal == event->signal.signal)
			sent = &kin->sent[i];
		if (kin->sent[i].now_ns < oldest->now_ns)
			oldest = &kin->sent[i];
	}
	if (sent && event->signal.flags & SIGNAL_PENDING)
		return; /* the one that is pending is the one that counts */
	sent__fill(sent ? sent : oldest, kin, event);
}

bool kin__is(const struct kin *kin, const struct process_key *key)
{
	return kin->key.pid == key->pid && kin->key.start_ns == key->start_ns;
}

const struct sent *kin__signal(const struct kin *kin, int signal)
{
	int i;

	for (i = 0; i < KIN_SIGNALS; i++) {
		if (signal && kin->sent[i].signal == signal)
			return &kin->sent[i];
	}
	return NULL;
}

/* si_pid is as its receiver's namespace has it. */
static bool kin__is_sender_itself(const struct kin *kin)
{
	return kin->fatal_from == (kin->own_pid ? kin->own_pid : kin->key.pid);
}

/* A handler takes its time, to write a report; what comes later has other reasons. */
#define TAKEN_NS 60000000000ULL

/*
 * Does an end by a signal that the process sent itself come of one that another process
 * had sent, and that was handled?  It is the same one, raised again; or the handler of one
 * of a crash still ran, and gave up.
 */
static bool kin__raised_again(const struct kin *kin, const struct sent *sent)
{
	const struct sent *taken = &kin->taken;
	const struct life_handled *handled = &kin->handled;

	if (!sent->self || sent->kernel || !taken->signal ||
	    sent->now_ns - taken->now_ns > TAKEN_NS)
		return false;
	if (handled->now_ns > taken->now_ns && handled->code > 0) /* a fault of its own */
		return false;
	if (taken->signal == sent->signal)
		return true;
	return signal__is_of_crash(taken->signal) && signal__is_of_crash(sent->signal) &&
	       handled->signal == taken->signal && handled->flags & HANDLED_RUNS;
}

const struct sent *kin__first_signal(const struct kin *kin, int signal)
{
	const struct sent *sent = kin__signal(kin, signal);

	return sent && kin__raised_again(kin, sent) ? &kin->taken : sent;
}

/* Was it its own doing?  What was sent says it best, then what was delivered. */
static bool kin__did_it(const struct kin *kin, int signal)
{
	const struct sent *sent = kin__first_signal(kin, signal);

	if (sent)
		return sent->kernel || sent->self;
	if (kin->fatal == signal && kin->fatal_code <= 0)
		return kin__is_sender_itself(kin);
	/* a fault; or its beginning was before the run, and only a crash is likely */
	return true;
}

/* By what was delivered, as the sending was not seen. */
static void kin__name_sender(const struct kin *kin, struct sender *sender)
{
	sender->kernel = kin->fatal_code > 0;
	if (sender->kernel || !kin->fatal_from || (kin->own_pid && !kin__is_sender_itself(kin)))
		return;
	sender->known = true;
	sender->pid = kin->own_pid ? kin->key.pid : kin->fatal_from;
}

/* How long after a signal that was handled an end still is told to come after it. */
#define AFTER_NS 10000000000ULL

/*
 * A failure after a signal: its handler left the program, or another process had asked it
 * to end a moment before.
 */
static void kin__explain_failure(const struct kin *kin, const struct life_event *event,
				 struct end *end)
{
	const struct life_handled *handled = &event->end.handled;
	const struct sent *taken = &kin->taken;
	bool recent = taken->signal && event->now_ns - taken->now_ns <= AFTER_NS;

	if (handled->now_ns && handled->flags & HANDLED_RUNS) {
		end->after.signal = handled->signal;
		end->after.before_ns = event->now_ns - handled->now_ns;
		if (handled->code > 0)
			end->after.sender.kernel = true;
		else if (taken->signal == handled->signal)
			end->after.sender = taken->sender;
	} else if (recent) {
		end->after.signal = taken->signal;
		end->after.before_ns = event->now_ns - taken->now_ns;
		end->after.sender = taken->sender;
	}
}

void kin__judge(const struct kin *kin, const struct life_event *event, struct end *ret_end)
{
	__u32 code = event->end.code;
	int signal = code & 0x7f;
	const struct sent *sent = kin__first_signal(kin, signal);

	memset(ret_end, 0, sizeof(*ret_end));
	ret_end->signal = signal;
	ret_end->core = code & 0x80;
	ret_end->code = signal ? 0 : (code >> 8) & 0xff;
	ret_end->life_ns = event->end.life_ns;
	ret_end->threads = kin->downs + 1;
	if (!signal) {
		ret_end->class = ret_end->code ? END_FAILED : END_CLEAN;
		if (ret_end->code)
			kin__explain_failure(kin, event, ret_end);
		return;
	}
	if (event->end.oom && signal == SIGKILL && (!sent || sent->kernel)) {
		ret_end->class = END_OOM;
		ret_end->sender.kernel = true;
		return;
	}
	ret_end->class = signal__is_of_crash(signal) && kin__did_it(kin, signal) ? END_CRASH :
										   END_KILLED;
	if (sent && sent->sender.known)
		ret_end->sender = sent->sender;
	else if (sent)
		ret_end->sender.kernel = true;
	else if (kin->fatal == signal)
		kin__name_sender(kin, &ret_end->sender);
}
