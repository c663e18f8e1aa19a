/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/lifecycle/fanout.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/array.h"
#include "model/lifecycle/evidence.h"

/* ---- cases and whom they affected ---- */

struct fanout_case *process_node__case(const struct process_node *node)
{
	const struct affected *affected;

	LL_FOREACH2(node->affected, affected, next_of_node)
	{
		if (affected->root)
			return affected->owner;
	}
	return NULL;
}

static struct affected *fanout_case__find(struct fanout_case *fanout,
					  const struct process_node *node)
{
	struct affected *affected;

	LL_FOREACH2(node->affected, affected, next_of_node)
	{
		if (affected->owner == fanout)
			return affected;
	}
	return NULL;
}

static bool affected__watches(const struct affected *affected)
{
	return affected->owner->watcher && affected->node->key.pid == affected->owner->watcher;
}

static struct affected *fanout_case__meet(struct fanout_case *fanout, struct process_node *node)
{
	struct affected *affected = fanout_case__find(fanout, node);

	if (affected)
		return affected;
	if (fanout->affected_count >= CRASH_VICTIMS_MAX) {
		fanout->left_out++;
		return NULL;
	}
	affected = calloc(1, sizeof(*affected));
	if (!affected) {
		fanout->left_out++;
		return NULL;
	}
	affected->node = node;
	affected->owner = fanout;
	affected->spared = (fanout->killer.pid && process_node__is(node, &fanout->killer)) ||
			   affected__watches(affected);
	LL_PREPEND2(node->affected, affected, next_of_node);
	DL_APPEND(fanout->affected, affected);
	fanout->affected_count++;
	return affected;
}

struct fanout_case *fanout_case__open(struct process_node *root, __u64 at_ns)
{
	struct fanout_case *fanout = calloc(1, sizeof(*fanout));
	struct affected *affected;

	if (!fanout)
		return NULL;
	fanout->crash = calloc(1, sizeof(*fanout->crash));
	affected = fanout->crash && root ? fanout_case__meet(fanout, root) : NULL;
	if (!fanout->crash || (root && !affected)) {
		free(fanout->crash);
		free(fanout);
		return NULL;
	}
	if (affected)
		affected->root = true;
	fanout->crash->at_ns = at_ns;
	return fanout;
}

int fanout_case__add_sibling(struct fanout_case *fanout, const struct lifecycle_event *event)
{
	struct sibling *sibling;

	if (event->now_ns > fanout->deadline)
		return 0;
	if (!ARRAY_ROOM(fanout->siblings, fanout->sibling_count, fanout->sibling_room, 16))
		return -ENOMEM;
	sibling = &fanout->siblings[fanout->sibling_count++];
	sibling->tid = event->task_id.tid;
	sibling->start_ns = event->task_id.start_ns;
	sibling->now_ns = event->now_ns;
	utf8__from_bytes(sibling->comm, sizeof(sibling->comm), event->task_id.comm,
			 sizeof(event->task_id.comm));
	return 0;
}

void fanout_case__child_lost(struct fanout_case *fanout, struct process_node *parent)
{
	struct affected *affected = parent->ended ? NULL : fanout_case__meet(fanout, parent);

	if (affected)
		affected->children_lost++;
}

/* ---- links ---- */

static __u64 fanout_case__delay(const struct fanout_case *fanout, __u64 now_ns)
{
	return now_ns > fanout->crash->at_ns ? now_ns - fanout->crash->at_ns : 0;
}

static void affected__link(struct affected *affected, const struct link *new)
{
	struct link *link;
	int i;

	for (i = 0; i < affected->link_count; i++) {
		link = &affected->links[i];
		if (link->how == new->how && link->by_pid == new->by_pid &&
		    !strcmp(link->evidence, new->evidence)) {
			link->slight = link->slight && new->slight;
			return; /* a signal sent to the process and to its group is one link */
		}
	}
	i = affected->link_count < VICTIM_LINKS ? affected->link_count++ : VICTIM_LINKS - 1;
	affected->links[i] = *new;
}

/* Was it reached by anything that has a weight of its own? */
static bool affected__is_reached(const struct affected *affected)
{
	int i;

	for (i = 0; i < affected->link_count; i++) {
		if (!affected->links[i].slight)
			return true;
	}
	return false;
}

static bool link__is_of_signal(const struct link *link)
{
	return link->how == HOW_SIGNAL || link->how == HOW_SIGPIPE || link->how == HOW_SIGHUP ||
	       link->how == HOW_PDEATHSIG || link->how == HOW_NAMESPACE ||
	       link->how == HOW_EXITKILL;
}

/*
 * Did it die of it?  Of a signal in whatever way it ended; of a wakeup, or of
 * what touched it slightly, if it came to a bad end.
 */
static bool affected__died_of_it(const struct affected *affected)
{
	int i;

	for (i = 0; affected->died && i < affected->link_count; i++) {
		/* an orphan that ends has its own reasons, unless something else reached it */
		if (affected->links[i].how == HOW_ORPHAN)
			continue;
		if (link__is_of_signal(&affected->links[i]) || affected->end.class != END_CLEAN)
			return true;
	}
	return false;
}

bool affected__is_lost(const struct affected *affected)
{
	return affected->root || (!affected->spared && affected__died_of_it(affected));
}

/* A process that was created after the crash is no victim. */
static bool fanout_case__can_affect(const struct fanout_case *fanout,
				    const struct process_node *node, enum how how)
{
	return how == HOW_RESPAWN || node->born_ns <= fanout->crash->at_ns;
}

/* Does what this one does come from the case?  only_dead: does its death? */
static bool affected__acts(const struct affected *affected, bool only_dead, enum how how)
{
	if (affected->respawned) /* what takes its place has a life of its own */
		return false;
	if (affected->spared) /* it had its own reasons; but a killer may replace its victim */
		return how == HOW_RESPAWN && !affected__watches(affected);
	if (affected__is_lost(affected))
		return true;
	/* it was reached, or has lost a child: then what it does counts */
	return !only_dead && !affected->died &&
	       (affected__is_reached(affected) || affected->children_lost);
}

static void process_node__link(struct process_node *node, const struct process_node *cause,
			       bool only_dead, __u64 now_ns, const struct link *link)
{
	struct affected *from, *affected;

	if (node == cause || node->ended)
		return;
	LL_FOREACH2(cause->affected, from, next_of_node)
	{
		struct link own = *link;

		if (now_ns > from->owner->deadline || !affected__acts(from, only_dead, link->how))
			continue;
		if (!fanout_case__can_affect(from->owner, node, link->how))
			continue;
		if (link->how == HOW_RESPAWN && from->children_new >= from->children_lost)
			continue;
		affected = fanout_case__meet(from->owner, node);
		if (!affected || affected->root)
			continue;
		own.by_pid = cause->key.pid;
		own.delay_ns = fanout_case__delay(from->owner, now_ns);
		affected__link(affected, &own);
		memcpy(affected->comm, node->comm, sizeof(affected->comm));
		if (link->how == HOW_RESPAWN) {
			from->children_new++;
			affected->respawned = true;
		}
	}
}

void process_node__affect(struct process_node *node, const struct process_node *cause,
			  bool only_dead, enum how how, __u64 now_ns, const char *evidence)
{
	struct link link = { .how = how };

	snprintf(link.evidence, sizeof(link.evidence), "%s", evidence);
	process_node__link(node, cause, only_dead, now_ns, &link);
}

void process_node__affect_slightly(struct process_node *node, const struct process_node *cause,
				   __u64 now_ns, const char *evidence)
{
	struct link link = { .how = HOW_WOKEN, .slight = true };

	snprintf(link.evidence, sizeof(link.evidence), "%s", evidence);
	process_node__link(node, cause, true, now_ns, &link);
}

void process_node__orphan_children(struct process_node *node, __u64 now_ns)
{
	struct process_node *at = node;
	char evidence[64];

	while ((at = process_node__next_below(node, at))) {
		if (at->ended)
			continue;
		snprintf(evidence, sizeof(evidence), "%s of %s",
			 at->parent == node ? "child" : "descendant",
			 evidence__process(node->key.pid).text);
		process_node__affect(at, node, true, HOW_ORPHAN, now_ns, evidence);
	}
}

bool fanout_case__affects_target(const struct fanout_case *fanout)
{
	const struct affected *affected;

	DL_FOREACH(fanout->affected, affected) {
		if (affected->node->flags & TASK_ID_TRACED)
			return true;
	}
	return false;
}

/* ---- the end of a case ---- */

static const int ring_of[HOWS] = {
	[HOW_SIBLING] = 0,  [HOW_ORPHAN] = 1,  [HOW_PDEATHSIG] = 1, [HOW_NAMESPACE] = 1,
	[HOW_EXITKILL] = 1, [HOW_WOKEN] = 2,   [HOW_SIGNAL] = 3,    [HOW_SIGPIPE] = 3,
	[HOW_SIGHUP] = 3,   [HOW_RESPAWN] = 4,
};

static bool link__names_signal(const struct link *link, int signal)
{
	const char *name = signal ? sigabbrev_np(signal) : NULL;

	return name && link__is_of_signal(link) && strstr(link->evidence, name);
}

/*
 * How much a link explains of what became of a victim.  Of a death: the signal
 * that it died of, then any signal, then a wakeup; losing its parent kills nobody.
 */
static int link__weight(const struct affected *affected, const struct link *link)
{
	if (link->how == HOW_RESPAWN)
		return 5;
	if (link->slight && !affected__is_lost(affected))
		return 0;
	if (affected__is_lost(affected)) {
		if (link__names_signal(link, affected->end.signal))
			return 4;
		if (link__is_of_signal(link))
			return 3;
		return link->how == HOW_WOKEN ? 2 : 1;
	}
	if (ring_of[link->how] == 1)
		return link->how == HOW_ORPHAN ? 3 : 4;
	return link->how == HOW_WOKEN ? 2 : 1;
}

static void affected__put_best_first(struct affected *affected)
{
	struct link best;
	int i, at = 0;

	for (i = 1; i < affected->link_count; i++) {
		if (link__weight(affected, &affected->links[i]) >
		    link__weight(affected, &affected->links[at]))
			at = i;
	}
	best = affected->links[at];
	memmove(&affected->links[1], &affected->links[0], (size_t)at * sizeof(best));
	affected->links[0] = best;
}

/* A signal that its receiver usually does not survive. */
static bool link__is_grave(const struct link *link)
{
	static const int grave[] = { SIGTERM, SIGKILL, SIGINT, SIGQUIT, SIGABRT, SIGHUP };
	size_t i;

	for (i = 0; i < sizeof(grave) / sizeof(grave[0]); i++) {
		if (link__names_signal(link, grave[i]))
			return true;
	}
	return false;
}

static enum outcome affected__outcome(const struct affected *affected)
{
	int i;

	if (affected->respawned)
		return OUTCOME_RESPAWNED;
	if (affected__died_of_it(affected))
		return OUTCOME_DIED;
	for (i = 0; i < affected->link_count; i++) {
		if (ring_of[affected->links[i].how] == 1)
			return OUTCOME_ORPHANED;
	}
	return OUTCOME_WOKEN;
}

/*
 * A new child stands in for a dead one if it bears the name of one, or has not
 * yet become anybody: a shell that goes on with its next command brings nothing back.
 */
static bool fanout_case__is_stand_in(const struct fanout_case *fanout,
				     const struct affected *affected)
{
	const struct process_node *node = affected->node, *parent = node->parent;
	const struct affected *other;

	if (parent && !node->execed && !strcmp(node->comm, parent->comm))
		return true;
	DL_FOREACH(fanout->affected, other) {
		if (affected__is_lost(other) && !other->respawned &&
		    !strcmp(node->comm, other->node->comm))
			return true;
	}
	return false;
}

/* Is there something to say of this hit? */
static bool fanout_case__tells(const struct fanout_case *fanout, const struct affected *affected)
{
	int i;

	if (affected->root || affected->spared || !affected->link_count)
		return false;
	if (affected->respawned)
		return fanout_case__is_stand_in(fanout, affected);
	if (affected__died_of_it(affected))
		return true;
	for (i = 0; i < affected->link_count; i++) {
		const struct link *link = &affected->links[i];

		/* a signal that was handled, and no more, is none */
		if (!link->slight && (link->how != HOW_SIGNAL || link__is_grave(link)))
			return true;
	}
	return false;
}

static void victim__of_affected(struct victim *victim, struct affected *affected)
{
	const struct process_node *node = affected->node;

	affected__put_best_first(affected);
	victim->pid = victim->tid = node->key.pid;
	victim->own_pid = node->own_pid;
	victim->start_ns = node->key.start_ns;
	/* what is new becomes somebody only later */
	memcpy(victim->comm, affected->respawned ? node->comm : affected->comm,
	       sizeof(victim->comm));
	victim->outcome = affected__outcome(affected);
	victim->ring = ring_of[affected->links[0].how];
	memcpy(victim->links, affected->links, sizeof(victim->links));
	victim->link_count = affected->link_count;
	if (victim->outcome == OUTCOME_DIED) {
		victim->end = affected->end;
		victim->end_delay_ns = fanout_case__delay(affected->owner, affected->died_ns);
	}
}

static void victim__of_sibling(struct victim *victim, const struct fanout_case *fanout,
			       const struct sibling *sibling)
{
	const struct crash *crash = fanout->crash;

	victim->pid = crash->pid;
	victim->own_pid = crash->own_pid;
	victim->tid = sibling->tid;
	victim->start_ns = sibling->start_ns;
	memcpy(victim->comm, sibling->comm, sizeof(victim->comm));
	victim->outcome = OUTCOME_DIED;
	victim->link_count = 1;
	victim->links[0].how = HOW_SIBLING;
	victim->links[0].by_pid = crash->pid;
	victim->links[0].delay_ns = fanout_case__delay(fanout, sibling->now_ns);
	snprintf(victim->links[0].evidence, sizeof(victim->links[0].evidence), "thread of %s",
		 evidence__process(crash->pid).text);
	victim->end_delay_ns = victim->links[0].delay_ns;
}

static int victim__compare(const void *a, const void *b)
{
	const struct victim *x = a, *y = b;

	if (x->ring != y->ring)
		return x->ring < y->ring ? -1 : 1;
	if (x->links[0].delay_ns != y->links[0].delay_ns)
		return x->links[0].delay_ns < y->links[0].delay_ns ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static void fanout_case__fill_victims(struct fanout_case *fanout)
{
	struct crash *crash = fanout->crash;
	size_t i, n = 0;
	struct affected *affected;

	crash->victims =
		calloc(fanout->affected_count + fanout->sibling_count + 1, sizeof(struct victim));
	crash->victims_left_out = fanout->left_out;
	if (!crash->victims) {
		crash->victims_left_out += fanout->affected_count + fanout->sibling_count;
		return;
	}
	for (i = 0; i < fanout->sibling_count; i++) {
		/* without a culprit the leader stands for the process */
		if (fanout->siblings[i].tid !=
		    (crash->culprit.tid ? crash->culprit.tid : crash->pid))
			victim__of_sibling(&crash->victims[n++], fanout, &fanout->siblings[i]);
	}
	DL_FOREACH(fanout->affected, affected) {
		if (!fanout_case__tells(fanout, affected))
			continue;
		victim__of_affected(&crash->victims[n++], affected);
		crash->traced = crash->traced || affected->node->flags & TASK_ID_TRACED;
	}
	crash->victim_count = n;
	qsort(crash->victims, n, sizeof(*crash->victims), victim__compare);
	for (i = 0; i < n; i++)
		crash->fan_out += crash->victims[i].outcome == OUTCOME_DIED ||
				  crash->victims[i].outcome == OUTCOME_ORPHANED;
}

static void fanout_case__release_affected(struct fanout_case *fanout, struct affected *affected,
					  struct process_tree *tree)
{
	struct process_node *node = affected->node;

	DL_DELETE(fanout->affected, affected);
	LL_DELETE2(node->affected, affected, next_of_node);
	free(affected);
	if (node->ended && !node->affected)
		process_tree__let_go(tree, node);
}

struct crash *fanout_case__close(struct fanout_case *fanout, struct process_tree *tree,
				 __u64 now_ns, bool cut_short)
{
	struct crash *crash = fanout->crash;
	struct affected *affected, *next;

	crash->window_ns =
		fanout_case__delay(fanout, now_ns < fanout->deadline ? now_ns : fanout->deadline);
	crash->cut_short = cut_short;
	fanout_case__fill_victims(fanout);
	DL_FOREACH_SAFE(fanout->affected, affected, next)
	fanout_case__release_affected(fanout, affected, tree);
	free(fanout->siblings);
	free(fanout);
	return crash;
}

void crash__free(struct crash *crash)
{
	if (!crash)
		return;
	crash_frames__free(crash->culprit.frames, crash->culprit.frame_count);
	free(crash->victims);
	free(crash);
}
