/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/follow.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "model/evidence.h"

/* ---- cases and their hits ---- */

struct case_file *kin__case(const struct kin *kin)
{
	const struct hit *hit;

	LL_FOREACH2(kin->hits, hit, next_of_kin)
	{
		if (hit->root)
			return hit->owner;
	}
	return NULL;
}

static struct hit *case__find(struct case_file *file, const struct kin *kin)
{
	struct hit *hit;

	LL_FOREACH2(kin->hits, hit, next_of_kin)
	{
		if (hit->owner == file)
			return hit;
	}
	return NULL;
}

static struct hit *case__meet(struct case_file *file, struct kin *kin)
{
	struct hit *hit = case__find(file, kin);

	if (hit)
		return hit;
	if (file->hit_count >= CRASH_VICTIMS_MAX) {
		file->left_out++;
		return NULL;
	}
	hit = calloc(1, sizeof(*hit));
	if (!hit) {
		file->left_out++;
		return NULL;
	}
	hit->kin = kin;
	hit->owner = file;
	hit->killer = file->killer.pid && kin__is(kin, &file->killer);
	LL_PREPEND2(kin->hits, hit, next_of_kin);
	DL_APPEND(file->hits, hit);
	file->hit_count++;
	return hit;
}

struct case_file *case__open(struct kin *root, __u64 at_ns)
{
	struct case_file *file = calloc(1, sizeof(*file));
	struct hit *hit;

	if (!file)
		return NULL;
	file->crash = calloc(1, sizeof(*file->crash));
	hit = file->crash && root ? case__meet(file, root) : NULL;
	if (!file->crash || (root && !hit)) {
		free(file->crash);
		free(file);
		return NULL;
	}
	if (hit)
		hit->root = true;
	file->crash->at_ns = at_ns;
	return file;
}

int case__add_sibling(struct case_file *file, const struct life_event *event)
{
	struct sibling *sibling;

	if (event->now_ns > file->deadline)
		return 0;
	if (file->sibling_count == file->sibling_room) {
		size_t room = file->sibling_room ? 2 * file->sibling_room : 16;
		struct sibling *more = realloc(file->siblings, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		file->siblings = more;
		file->sibling_room = room;
	}
	sibling = &file->siblings[file->sibling_count++];
	sibling->tid = event->who.tid;
	sibling->start_ns = event->who.start_ns;
	sibling->now_ns = event->now_ns;
	utf8__from_bytes(sibling->comm, sizeof(sibling->comm), event->who.comm,
			 sizeof(event->who.comm));
	return 0;
}

void case__child_lost(struct case_file *file, struct kin *parent)
{
	struct hit *hit = parent->ended ? NULL : case__meet(file, parent);

	if (hit)
		hit->children_lost++;
}

/* ---- links ---- */

static __u64 case__delay(const struct case_file *file, __u64 now_ns)
{
	return now_ns > file->crash->at_ns ? now_ns - file->crash->at_ns : 0;
}

static void hit__link(struct hit *hit, const struct link *new)
{
	struct link *link;
	int i;

	for (i = 0; i < hit->link_count; i++) {
		link = &hit->links[i];
		if (link->how == new->how && link->by_pid == new->by_pid &&
		    !strcmp(link->evidence, new->evidence)) {
			link->slight = link->slight && new->slight;
			return; /* a signal sent to the process and to its group is one link */
		}
	}
	i = hit->link_count < VICTIM_LINKS ? hit->link_count++ : VICTIM_LINKS - 1;
	hit->links[i] = *new;
}

/* Was it reached by anything that has a weight of its own? */
static bool hit__is_reached(const struct hit *hit)
{
	int i;

	for (i = 0; i < hit->link_count; i++) {
		if (!hit->links[i].slight)
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
static bool hit__died_of_it(const struct hit *hit)
{
	int i;

	for (i = 0; hit->died && i < hit->link_count; i++) {
		/* an orphan that ends has its own reasons, unless something else reached it */
		if (hit->links[i].how == HOW_ORPHAN)
			continue;
		if (link__is_of_signal(&hit->links[i]) || hit->end.class != END_CLEAN)
			return true;
	}
	return false;
}

bool hit__is_lost(const struct hit *hit)
{
	return hit->root || (!hit->killer && hit__died_of_it(hit));
}

/* Who came into being after it all began is no victim. */
static bool case__can_hit(const struct case_file *file, const struct kin *kin, enum how how)
{
	return how == HOW_RESPAWN || kin->born_ns <= file->crash->at_ns;
}

/* Does what this one does come from the case?  only_dead: does its death? */
static bool hit__acts(const struct hit *hit, bool only_dead, enum how how)
{
	if (hit->respawned) /* what takes its place has a life of its own */
		return false;
	if (hit->killer) /* it had its own reasons; but it may replace whom it has killed */
		return how == HOW_RESPAWN;
	if (hit__is_lost(hit))
		return true;
	/* it was reached, or has lost a child: then what it does counts */
	return !only_dead && !hit->died && (hit__is_reached(hit) || hit->children_lost);
}

static void kin__link(struct kin *kin, const struct kin *cause, bool only_dead, __u64 now_ns,
		      const struct link *link)
{
	struct hit *from, *hit;

	if (kin == cause || kin->ended)
		return;
	LL_FOREACH2(cause->hits, from, next_of_kin)
	{
		struct link own = *link;

		if (now_ns > from->owner->deadline || !hit__acts(from, only_dead, link->how))
			continue;
		if (!case__can_hit(from->owner, kin, link->how))
			continue;
		if (link->how == HOW_RESPAWN && from->children_new >= from->children_lost)
			continue;
		hit = case__meet(from->owner, kin);
		if (!hit || hit->root)
			continue;
		own.by_pid = cause->key.pid;
		own.delay_ns = case__delay(from->owner, now_ns);
		hit__link(hit, &own);
		memcpy(hit->comm, kin->comm, sizeof(hit->comm));
		if (link->how == HOW_RESPAWN) {
			from->children_new++;
			hit->respawned = true;
		}
	}
}

void kin__hit(struct kin *kin, const struct kin *cause, bool only_dead, enum how how, __u64 now_ns,
	      const char *evidence)
{
	struct link link = { .how = how };

	snprintf(link.evidence, sizeof(link.evidence), "%s", evidence);
	kin__link(kin, cause, only_dead, now_ns, &link);
}

void kin__brush(struct kin *kin, const struct kin *cause, __u64 now_ns, const char *evidence)
{
	struct link link = { .how = HOW_WOKEN, .slight = true };

	snprintf(link.evidence, sizeof(link.evidence), "%s", evidence);
	kin__link(kin, cause, true, now_ns, &link);
}

void kin__orphan_children(struct kin *kin, __u64 now_ns)
{
	struct kin *at = kin;
	char evidence[64];

	while ((at = kin__next_below(kin, at))) {
		if (at->ended)
			continue;
		snprintf(evidence, sizeof(evidence), "%s of %s",
			 at->parent == kin ? "child" : "descendant",
			 evidence__process(kin->key.pid).text);
		kin__hit(at, kin, true, HOW_ORPHAN, now_ns, evidence);
	}
}

bool case__hits_target(const struct case_file *file)
{
	const struct hit *hit;

	DL_FOREACH(file->hits, hit) {
		if (hit->kin->flags & WHO_TRACED)
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
static int link__weight(const struct hit *hit, const struct link *link)
{
	if (link->how == HOW_RESPAWN)
		return 5;
	if (link->slight && !hit__is_lost(hit))
		return 0;
	if (hit__is_lost(hit)) {
		if (link__names_signal(link, hit->end.signal))
			return 4;
		if (link__is_of_signal(link))
			return 3;
		return link->how == HOW_WOKEN ? 2 : 1;
	}
	if (ring_of[link->how] == 1)
		return link->how == HOW_ORPHAN ? 3 : 4;
	return link->how == HOW_WOKEN ? 2 : 1;
}

static void hit__put_best_first(struct hit *hit)
{
	struct link best;
	int i, at = 0;

	for (i = 1; i < hit->link_count; i++) {
		if (link__weight(hit, &hit->links[i]) > link__weight(hit, &hit->links[at]))
			at = i;
	}
	best = hit->links[at];
	memmove(&hit->links[1], &hit->links[0], (size_t)at * sizeof(best));
	hit->links[0] = best;
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

static enum outcome hit__outcome(const struct hit *hit)
{
	int i;

	if (hit->respawned)
		return OUTCOME_RESPAWNED;
	if (hit__died_of_it(hit))
		return OUTCOME_DIED;
	for (i = 0; i < hit->link_count; i++) {
		if (ring_of[hit->links[i].how] == 1)
			return OUTCOME_ORPHANED;
	}
	return OUTCOME_WOKEN;
}

/*
 * A new child stands in for a dead one if it bears the name of one, or has not
 * yet become anybody: a shell that goes on with its next command brings nothing back.
 */
static bool case__is_stand_in(const struct case_file *file, const struct hit *hit)
{
	const struct kin *kin = hit->kin, *parent = kin->parent;
	const struct hit *other;

	if (parent && !kin->execed && !strcmp(kin->comm, parent->comm))
		return true;
	DL_FOREACH(file->hits, other) {
		if (hit__is_lost(other) && !other->respawned &&
		    !strcmp(kin->comm, other->kin->comm))
			return true;
	}
	return false;
}

/* Is there something to say of this hit? */
static bool case__tells(const struct case_file *file, const struct hit *hit)
{
	int i;

	if (hit->root || hit->killer || !hit->link_count)
		return false;
	if (hit->respawned)
		return case__is_stand_in(file, hit);
	if (hit__died_of_it(hit))
		return true;
	for (i = 0; i < hit->link_count; i++) {
		const struct link *link = &hit->links[i];

		/* a signal that was handled, and no more, is none */
		if (!link->slight && (link->how != HOW_SIGNAL || link__is_grave(link)))
			return true;
	}
	return false;
}

static void victim__of_hit(struct victim *victim, struct hit *hit)
{
	const struct kin *kin = hit->kin;

	hit__put_best_first(hit);
	victim->pid = victim->tid = kin->key.pid;
	victim->own_pid = kin->own_pid;
	victim->start_ns = kin->key.start_ns;
	/* what is new becomes somebody only later */
	memcpy(victim->comm, hit->respawned ? kin->comm : hit->comm, sizeof(victim->comm));
	victim->outcome = hit__outcome(hit);
	victim->ring = ring_of[hit->links[0].how];
	memcpy(victim->links, hit->links, sizeof(victim->links));
	victim->link_count = hit->link_count;
	if (victim->outcome == OUTCOME_DIED) {
		victim->end = hit->end;
		victim->end_delay_ns = case__delay(hit->owner, hit->died_ns);
	}
}

static void victim__of_sibling(struct victim *victim, const struct case_file *file,
			       const struct sibling *sibling)
{
	const struct crash *crash = file->crash;

	victim->pid = crash->pid;
	victim->own_pid = crash->own_pid;
	victim->tid = sibling->tid;
	victim->start_ns = sibling->start_ns;
	memcpy(victim->comm, sibling->comm, sizeof(victim->comm));
	victim->outcome = OUTCOME_DIED;
	victim->link_count = 1;
	victim->links[0].how = HOW_SIBLING;
	victim->links[0].by_pid = crash->pid;
	victim->links[0].delay_ns = case__delay(file, sibling->now_ns);
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

static void case__fill_victims(struct case_file *file)
{
	struct crash *crash = file->crash;
	size_t i, n = 0;
	struct hit *hit;

	crash->victims = calloc(file->hit_count + file->sibling_count + 1, sizeof(struct victim));
	crash->victims_left_out = file->left_out;
	if (!crash->victims) {
		crash->victims_left_out += file->hit_count + file->sibling_count;
		return;
	}
	for (i = 0; i < file->sibling_count; i++) {
		/* without a culprit the leader stands for the process */
		if (file->siblings[i].tid != (crash->culprit.tid ? crash->culprit.tid : crash->pid))
			victim__of_sibling(&crash->victims[n++], file, &file->siblings[i]);
	}
	DL_FOREACH(file->hits, hit) {
		if (!case__tells(file, hit))
			continue;
		victim__of_hit(&crash->victims[n++], hit);
		crash->traced = crash->traced || hit->kin->flags & WHO_TRACED;
	}
	crash->victim_count = n;
	qsort(crash->victims, n, sizeof(*crash->victims), victim__compare);
	for (i = 0; i < n; i++)
		crash->fan_out += crash->victims[i].outcome == OUTCOME_DIED ||
				  crash->victims[i].outcome == OUTCOME_ORPHANED;
}

static void case__release_hit(struct case_file *file, struct hit *hit, struct kins *kins)
{
	struct kin *kin = hit->kin;

	DL_DELETE(file->hits, hit);
	LL_DELETE2(kin->hits, hit, next_of_kin);
	free(hit);
	if (kin->ended && !kin->hits)
		kins__let_go(kins, kin);
}

struct crash *case__close(struct case_file *file, struct kins *kins, __u64 now_ns, bool cut_short)
{
	struct crash *crash = file->crash;
	struct hit *hit, *next;

	crash->window_ns = case__delay(file, now_ns < file->deadline ? now_ns : file->deadline);
	crash->cut_short = cut_short;
	case__fill_victims(file);
	DL_FOREACH_SAFE(file->hits, hit, next)
	case__release_hit(file, hit, kins);
	free(file->siblings);
	free(file);
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
