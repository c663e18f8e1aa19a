/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/lifecycle/process_tree.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/hash.h"
#include "ids.h"

/* ---- the tree ---- */

struct process_node *process_tree__find(const struct process_tree *tree, __u32 pid, __u64 start_ns)
{
	struct process_key key = { .start_ns = start_ns, .pid = pid };
	struct process_node *node;

	HASH_FIND(hh, tree->all, &key, sizeof(key), node);
	return node;
}

struct process_node *process_tree__find_live(const struct process_tree *tree, __u32 pid)
{
	struct process_node *node;

	HASH_FIND(hh_live, tree->live, &pid, sizeof(pid), node);
	return node;
}

void process_node__set_parent(struct process_node *node, struct process_node *parent)
{
	const struct process_node *above;

	if (node->parent == parent)
		return;
	for (above = parent; above; above = above->parent) {
		if (above == node) /* a pid that is used again: nobody is their own ancestor */
			return;
	}
	if (node->parent)
		DL_DELETE(node->parent->children, node);
	node->parent = parent;
	if (parent)
		DL_APPEND(parent->children, node);
}

static struct process_node *process_tree__add(struct process_tree *tree,
					      const struct task_id *task_id)
{
	struct process_node *node = calloc(1, sizeof(*node)), *stale;

	if (!node)
		return NULL;
	node->key.pid = task_id->tgid;
	node->key.start_ns = task_id->leader_ns;
	stale = process_tree__find_live(tree, task_id->tgid);
	if (stale) /* its end was lost */
		process_tree__bury(tree, stale);
	HASH_ADD(hh, tree->all, key, sizeof(node->key), node);
	HASH_ADD(hh_live, tree->live, key.pid, sizeof(node->key.pid), node);
	if (stale && !stale->affected)
		process_tree__let_go(tree, stale);
	return node;
}

struct process_node *process_tree__meet(struct process_tree *tree, const struct task_id *task_id)
{
	struct process_node *node = process_tree__find(tree, task_id->tgid, task_id->leader_ns);

	if (!node)
		node = process_tree__add(tree, task_id);
	if (!node || node->ended)
		return node;
	node->flags = task_id->flags;
	if (task_id->own_tgid)
		node->own_pid = task_id->own_tgid;
	utf8__from_bytes(node->comm, sizeof(node->comm), task_id->leader_comm,
			 sizeof(task_id->leader_comm));
	if (task_id->ppid && task_id->ppid != task_id->tgid) {
		struct process_node *parent = process_tree__find_live(tree, task_id->ppid);

		if (parent)
			process_node__set_parent(node, parent);
	}
	return node;
}

void process_tree__bury(struct process_tree *tree, struct process_node *node)
{
	if (node->ended)
		return;
	node->ended = true;
	HASH_DELETE(hh_live, tree->live, node);
}

/* Subreapers, and the first process of each PID namespace. */
static bool process_node__adopts_orphans(const struct process_node *node)
{
	return node->flags & TASK_ID_SUBREAPER || node->own_pid == 1;
}

void process_tree__give_away_children(struct process_tree *tree, struct process_node *node)
{
	struct process_node *to = node->parent, *child, *next;

	while (to && (to->ended || !process_node__adopts_orphans(to)))
		to = to->parent;
	if (!to)
		to = process_tree__find_live(tree, 1 | (node->key.pid & ID_OUTSIDE));
	DL_FOREACH_SAFE(node->children, child, next)
	process_node__set_parent(child, to == child ? NULL : to);
}

struct process_node *process_node__next_below(struct process_node *top, struct process_node *at)
{
	if (at->children)
		return at->children;
	while (at != top && !at->next)
		at = at->parent;
	return at == top ? NULL : at->next;
}

void process_tree__let_go(struct process_tree *tree, struct process_node *node)
{
	struct process_node *child, *next, *oldest = tree->dead;

	DL_FOREACH_SAFE(node->children, child, next)
	process_node__set_parent(child, NULL);
	process_node__set_parent(node, NULL);
	if (tree->dead_count < PROCESS_TREE_DEAD_MAX) {
		tree->dead_count++;
	} else {
		DL_DELETE(tree->dead, oldest);
		HASH_DELETE(hh, tree->all, oldest);
		free(oldest);
	}
	DL_APPEND(tree->dead, node);
}

void process_tree__free(struct process_tree *tree)
{
	HASH_CLEAR(hh_live, tree->live);
	HASH_FREE_ALL(tree->all);
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
static bool sent__is_of(const struct lifecycle_event *event, const struct process_node *node)
{
	return event->task_id.tgid == node->key.pid &&
	       event->task_id.leader_ns == node->key.start_ns;
}

static void sent__fill(struct sent *sent, const struct process_node *node,
		       const struct lifecycle_event *event)
{
	const struct task_id *from = &event->task_id;

	sent->signal = event->signal.signal;
	sent->now_ns = event->now_ns;
	sent->kernel = event->signal.flags & SIGNAL_FROM_KERNEL;
	sent->self = sent__is_of(event, node);
	sent->from = (struct process_key){ .start_ns = from->leader_ns, .pid = from->tgid };
	sent->sender.known = !sent->kernel;
	sent->sender.kernel = sent->kernel;
	sent->sender.pid = from->tgid;
	utf8__from_bytes(sent->sender.comm, sizeof(sent->sender.comm), from->leader_comm,
			 sizeof(from->leader_comm));
}

void process_node__remember_signal(struct process_node *node, const struct lifecycle_event *event)
{
	struct sent *sent = NULL, *oldest = node->sent;
	int i;

	if (event->signal.flags & SIGNAL_IGNORED)
		return;
	if (!(event->signal.flags & (SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL)) &&
	    !sent__is_of(event, node) && signal__asks_to_end(event->signal.signal))
		sent__fill(&node->taken, node, event);
	for (i = 0; i < PROCESS_NODE_SIGNALS; i++) {
		if (node->sent[i].signal == event->signal.signal)
			sent = &node->sent[i];
		if (node->sent[i].now_ns < oldest->now_ns)
			oldest = &node->sent[i];
	}
	if (sent && event->signal.flags & SIGNAL_PENDING)
		return; /* the one that is pending is the one that counts */
	sent__fill(sent ? sent : oldest, node, event);
}

bool process_node__is(const struct process_node *node, const struct process_key *key)
{
	return node->key.pid == key->pid && node->key.start_ns == key->start_ns;
}

const struct sent *process_node__signal(const struct process_node *node, int signal)
{
	int i;

	for (i = 0; i < PROCESS_NODE_SIGNALS; i++) {
		if (signal && node->sent[i].signal == signal)
			return &node->sent[i];
	}
	return NULL;
}

/* si_pid is as its receiver's namespace has it. */
static bool process_node__is_sender_itself(const struct process_node *node)
{
	return node->fatal_from == (node->own_pid ? node->own_pid : node->key.pid);
}

/* A handler takes its time, to write a report; what comes later has other reasons. */
#define TAKEN_NS 60000000000ULL

/*
 * Does an end by a signal that the process sent itself come of one that another process
 * had sent, and that was handled?  It is the same one, raised again; or the handler of one
 * of a crash still ran, and gave up.
 */
static bool process_node__raised_again(const struct process_node *node, const struct sent *sent)
{
	const struct sent *taken = &node->taken;
	const struct lifecycle_handled *handled = &node->handled;

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

const struct sent *process_node__first_signal(const struct process_node *node, int signal)
{
	const struct sent *sent = process_node__signal(node, signal);

	return sent && process_node__raised_again(node, sent) ? &node->taken : sent;
}

/* Was it its own doing?  What was sent says it best, then what was delivered. */
static bool process_node__did_it(const struct process_node *node, int signal)
{
	const struct sent *sent = process_node__first_signal(node, signal);

	if (sent)
		return sent->kernel || sent->self;
	if (node->fatal == signal && node->fatal_code <= 0)
		return process_node__is_sender_itself(node);
	/* a fault; or its beginning was before the run, and only a crash is likely */
	return true;
}

/* By what was delivered, as the sending was not seen. */
static void process_node__name_sender(const struct process_node *node, struct sender *sender)
{
	sender->kernel = node->fatal_code > 0;
	if (sender->kernel || !node->fatal_from ||
	    (node->own_pid && !process_node__is_sender_itself(node)))
		return;
	sender->known = true;
	sender->pid = node->own_pid ? node->key.pid : node->fatal_from;
}

/* How long after a signal that was handled an end still is told to come after it. */
#define AFTER_NS 10000000000ULL

/*
 * A failure after a signal: its handler left the program, or another process had asked it
 * to end a moment before.
 */
static void process_node__explain_failure(const struct process_node *node,
					  const struct lifecycle_event *event, struct end *end)
{
	const struct lifecycle_handled *handled = &event->end.handled;
	const struct sent *taken = &node->taken;
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

void process_node__judge(const struct process_node *node, const struct lifecycle_event *event,
			 struct end *ret_end)
{
	__u32 code = event->end.code;
	int signal = code & 0x7f;
	const struct sent *sent = process_node__first_signal(node, signal);

	memset(ret_end, 0, sizeof(*ret_end));
	ret_end->signal = signal;
	ret_end->core = code & 0x80;
	ret_end->code = signal ? 0 : (code >> 8) & 0xff;
	ret_end->life_ns = event->end.life_ns;
	ret_end->threads = node->downs + 1;
	if (!signal) {
		ret_end->class = ret_end->code ? END_FAILED : END_CLEAN;
		if (ret_end->code)
			process_node__explain_failure(node, event, ret_end);
		return;
	}
	if (event->end.oom && signal == SIGKILL && (!sent || sent->kernel)) {
		ret_end->class = END_OOM;
		ret_end->sender.kernel = true;
		return;
	}
	ret_end->class = signal__is_of_crash(signal) && process_node__did_it(node, signal) ?
				 END_CRASH :
				 END_KILLED;
	if (sent && sent->sender.known)
		ret_end->sender = sent->sender;
	else if (sent)
		ret_end->sender.kernel = true;
	else if (node->fatal == signal)
		process_node__name_sender(node, &ret_end->sender);
}
