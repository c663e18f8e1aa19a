/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A crash as a tree: below each process those that it hit.  Victims with the
 * same fate for the same reason share a line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/hash.h"
#include "core/number.h"
#include "ids.h"
#include "view/escape.h"
#include "view/fold.h"
#include "view/names.h"
#include "view/text.h"

#define NAMES_SHOWN  4
#define FRAMES_SHOWN 8
#define DEPTH_SHOWN  16

/* ---- groups of victims ---- */

struct group {
	char key[160]; /* group above, fate, reason */
	int number;
	const struct victim *members[NAMES_SHOWN];
	size_t count;
	__u64 last_delay_ns;
	__u64 gone_ns; /* the last of them was */
	struct group *below;
	struct group *prev, *next; /* among those below one */
	UT_hash_handle hh;
};

/* In which group a process is; those that come later in time look up what hit them. */
struct place {
	__u32 pid;
	struct group *group;
	UT_hash_handle hh;
};

struct tree {
	const struct crash *crash;
	struct group *groups; /* by key */
	struct place *places; /* by pid */
	struct group root;
};

static int victim__by_time(const void *a, const void *b)
{
	const struct victim *x = *(const struct victim *const *)a;
	const struct victim *y = *(const struct victim *const *)b;

	if (x->links[0].delay_ns != y->links[0].delay_ns)
		return x->links[0].delay_ns < y->links[0].delay_ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

static const char *victim__fate(const struct victim *victim)
{
	switch (victim->outcome) {
	case OUTCOME_RESPAWNED:
		return "came back";
	case OUTCOME_ORPHANED:
		return "orphaned";
	case OUTCOME_WOKEN:
		return victim->links[0].how == HOW_SIGNAL ? "signalled" : "woken";
	default:
		return victim->end.signal ? "killed" : "ended";
	}
}

/* How it ended, as far as the reason does not say it already. */
static void victim__ending(const struct victim *victim, char *text, size_t capacity)
{
	struct signal_name name = signal__name(victim->end.signal);

	text[0] = 0;
	if (victim->outcome != OUTCOME_DIED)
		return;
	if (!victim->end.signal)
		snprintf(text, capacity, ": exit %u", victim->end.code);
	else if (!strstr(victim->links[0].evidence, name.text))
		snprintf(text, capacity, ": %s", name.text);
}

static struct group *tree__find(struct tree *tree, __u32 pid)
{
	struct place *place;

	HASH_FIND(hh, tree->places, &pid, sizeof(pid), place);
	return place ? place->group : NULL;
}

static struct group *tree__group(struct tree *tree, const struct victim *victim)
{
	struct group *above = tree__find(tree, victim->links[0].by_pid), *group;
	char key[sizeof(group->key)], ending[48];

	if (!above)
		above = &tree->root;
	victim__ending(victim, ending, sizeof(ending));
	snprintf(key, sizeof(key), "%d %s %d %s%s", above->number, victim__fate(victim),
		 victim->links[0].how, victim->links[0].evidence, ending);
	HASH_FIND_STR(tree->groups, key, group);
	if (group)
		return group;
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	memcpy(group->key, key, sizeof(group->key));
	HASH_ADD_STR(tree->groups, key, group);
	group->number = (int)HASH_COUNT(tree->groups);
	DL_APPEND(above->below, group);
	return group;
}

/* Returns 0 or -ENOMEM. */
static int tree__add(struct tree *tree, const struct victim *victim)
{
	struct group *group = tree__group(tree, victim);
	struct place *place;

	if (!group)
		return -ENOMEM;
	if (group->count < NAMES_SHOWN)
		group->members[group->count] = victim;
	group->count++;
	group->last_delay_ns = victim->links[0].delay_ns;
	if (group->gone_ns < victim->end_delay_ns)
		group->gone_ns = victim->end_delay_ns;
	if (tree__find(tree, victim->pid))
		return 0;
	place = calloc(1, sizeof(*place));
	if (!place)
		return -ENOMEM;
	place->pid = victim->pid;
	place->group = group;
	HASH_ADD(hh, tree->places, pid, sizeof(place->pid), place);
	return 0;
}

static void tree__free(struct tree *tree)
{
	HASH_FREE_ALL(tree->groups);
	HASH_FREE_ALL(tree->places);
}

static int tree__build(struct tree *tree, const struct crash *crash)
{
	const struct victim **order = calloc(crash->victim_count + 1, sizeof(*order));
	size_t i, n = 0;
	int err = order ? 0 : -ENOMEM;

	memset(tree, 0, sizeof(*tree));
	tree->crash = crash;
	for (i = 0; order && i < crash->victim_count; i++) {
		if (crash->victims[i].ring > 0 && crash->victims[i].link_count)
			order[n++] = &crash->victims[i];
	}
	if (order)
		qsort(order, n, sizeof(*order), victim__by_time);
	for (i = 0; i < n && !err; i++)
		err = tree__add(tree, order[i]);
	free(order);
	return err;
}

/* ---- drawing ---- */

struct drawing {
	const struct page *page;
	char prefix[DEPTH_SHOWN * 8 + 1];
};

static void draw__branch(const struct drawing *drawing, bool last)
{
	const char *branch = drawing->page->options->ascii ? (last ? "`- " : "|- ") :
							     (last ? "└─ " : "├─ ");

	fprintf(drawing->page->out, "  %s%s", drawing->prefix, branch);
}

static void draw__group(const struct drawing *drawing, const struct group *group)
{
	const struct victim *first = group->members[0];
	FILE *out = drawing->page->out;
	char ending[48];
	size_t i;

	victim__ending(first, ending, sizeof(ending));
	fprintf(out, "%-9s ", victim__fate(first));
	for (i = 0; i < group->count && i < NAMES_SHOWN; i++)
		fprintf(out, "%s%s (%s)", i ? ", " : " ", text__name(group->members[i]->comm).text,
			number__id(group->members[i]->pid).text);
	if (group->count > NAMES_SHOWN)
		fprintf(out, " and %s more", number__count(group->count - NAMES_SHOWN).text);
	if (first->outcome != OUTCOME_RESPAWNED) {
		fputs(first->links[0].how == HOW_PDEATHSIG ? "  parent-death " : "  ", out);
		escape__terminal(out, first->links[0].evidence);
		fputs(ending, out);
	}
	fprintf(out, "  +%s", number__duration(first->links[0].delay_ns).text);
	if (group->count > 1)
		fprintf(out, " to +%s", number__duration(group->last_delay_ns).text);
	if (first->outcome == OUTCOME_DIED)
		fprintf(out, ", gone %s+%s", group->count > 1 ? "by " : "",
			number__duration(group->gone_ns).text);
	fputc('\n', out);
}

static void draw__below(struct drawing *drawing, const struct group *above, bool more_follows)
{
	size_t length = strlen(drawing->prefix);
	const struct group *group;
	bool ascii = drawing->page->options->ascii;

	DL_FOREACH(above->below, group) {
		bool last = !group->next && !more_follows;

		draw__branch(drawing, last);
		draw__group(drawing, group);
		if (!group->below)
			continue;
		/* deeper than that it would only wander off to the right */
		if (length + 8 < sizeof(drawing->prefix))
			strcat(drawing->prefix, last ? "   " : ascii ? "|  " : "│  ");
		draw__below(drawing, group, false);
		drawing->prefix[length] = 0;
	}
}

/* ---- who and why ---- */

static const char *crash__verb(const struct crash *crash)
{
	static const char *const verbs[END_CLASSES] = { "ENDED", "FAILED", "CRASH", "KILLED",
							"OOM" };

	return verbs[crash->end.class];
}

static void draw__function(FILE *out, const char *before, const char *function)
{
	if (!function)
		return;
	fputs(before, out);
	escape__terminal(out, function);
}

static void draw__why(FILE *out, const struct crash *crash)
{
	const char *why = crash__reason(crash);
	char *name;

	if (crash__is_forbidden(crash)) {
		name = syscall__name(crash->syscall.arch, crash->syscall.nr);
		if (name)
			fprintf(out, ": system call %s forbidden by seccomp", name);
		else
			fprintf(out, ": system call %d forbidden by seccomp", crash->syscall.nr);
		free(name);
	} else if (crash->culprit.tid && why) {
		fprintf(out, ": %s", why);
	}
	if (crash->thread_only)
		fputs("; only this thread ended", out);
}

/* The signal that a handler had taken before the one that ended it. */
static void draw__handled(FILE *out, const struct crash *crash)
{
	const char *why = crash__code_text(crash->handled.signal, crash->handled.code);

	if (!crash->handled.signal || crash->end.class != END_CRASH)
		return;
	fprintf(out, "; its handler took %s", signal__name(crash->handled.signal).text);
	if (why)
		fprintf(out, ", %s", why);
	if (crash->handled.has_address)
		fprintf(out, ", 0x%llx", crash->handled.address);
}

static void draw__sender(FILE *out, const struct crash *crash, const struct sender *sender)
{
	if (sender->known && sender->pid == crash->pid)
		fputs(" from itself", out);
	else if (sender->known && *sender->comm)
		fprintf(out, " from %s (%s)", text__name(sender->comm).text,
			number__id(sender->pid).text);
	else if (sender->known)
		fprintf(out, " from process %s", number__id(sender->pid).text);
	else
		fputs(sender->kernel ? " from the kernel" : ", sender unknown", out);
}

/* Of a signal that was no crash. */
static void draw__killer(FILE *out, const struct crash *crash)
{
	if (crash->end.signal)
		draw__sender(out, crash, &crash->end.sender);
}

/* Of a failure. */
static void draw__after(FILE *out, const struct crash *crash)
{
	const struct end *end = &crash->end;

	if (!end->after.signal)
		return;
	fprintf(out, ", after %s", signal__name(end->after.signal).text);
	draw__sender(out, crash, &end->after.sender);
	fprintf(out, " %s before", number__duration(end->after.before_ns).text);
}

static void draw__who(const struct page *page, const struct crash *crash)
{
	FILE *out = page->out;

	fprintf(out, "%s  ", text__time(crash->at_realtime_ns).text);
	text__bold(page, true);
	fprintf(out, "%s  %s (%s", crash__verb(crash), text__name(crash->comm).text,
		number__id(crash->pid).text);
	if (crash->own_pid && !id__is_outside(crash->pid))
		fprintf(out, ", %u in its namespace", crash->own_pid);
	fputc(')', out);
	text__bold(page, false);
	if (crash->end.signal)
		fprintf(out, " %s", signal__name(crash->end.signal).text);
	else
		fprintf(out, " exit %u", crash->end.code);
	if (crash->end.class == END_CRASH) {
		draw__function(out, " in ", crash__function(crash));
		draw__function(out, ", in ", crash__fault_in(crash));
		draw__why(out, crash);
	} else {
		draw__killer(out, crash);
	}
	if (crash->has_address)
		fprintf(out, ", 0x%llx", crash->address);
	draw__handled(out, crash);
	draw__after(out, crash);
	fputc('\n', out);
}

static void draw__what(const struct page *page, const struct crash *crash)
{
	size_t down = crash__count(crash, -1, OUTCOME_DIED);
	size_t orphaned = crash__count(crash, -1, OUTCOME_ORPHANED);
	FILE *out = page->out;

	fprintf(out, "%14s", "");
	if (crash->culprit.tid && crash->end.threads > 1)
		fprintf(out, "thread %s (%s) of %u, ", text__name(crash->culprit.comm).text,
			number__id(crash->culprit.tid).text, crash->end.threads);
	if (!crash->ended && crash->thread_only)
		fputs("its process went on", out);
	else if (!crash->ended)
		fputs("still ending", out);
	else
		fprintf(out, "lived %s, %s", number__duration(crash->end.life_ns).text,
			crash->end.core ? "core dumped" : "no core");
	fprintf(out, "; child of %s (%s)",
		*crash->parent_comm ? text__name(crash->parent_comm).text : "?",
		number__id(crash->ppid).text);
	if (down || orphaned)
		fprintf(out, "; took %s down, orphaned %s", number__count(down).text,
			number__count(orphaned).text);
	else
		fputs("; no other task affected", out);
	if (crash->cut_short)
		fprintf(out, " (followed for %s only)", number__duration(crash->window_ns).text);
	fputc('\n', out);
}

static void draw__stack(const struct drawing *drawing, const struct crash *crash)
{
	FILE *out = drawing->page->out;
	size_t i;

	draw__branch(drawing, true);
	if (!crash->culprit.frame_count) {
		fputs("no stack: ", out);
		escape__terminal(out, crash->culprit.no_frames);
		fputc('\n', out);
		return;
	}
	fputs("stack     ", out);
	for (i = 0; i < crash->culprit.frame_count && i < FRAMES_SHOWN; i++) {
		fputs(i ? " < " : " ", out);
		escape__terminal(out, crash->culprit.frames[i].name);
	}
	if (crash->culprit.frame_count > FRAMES_SHOWN)
		fprintf(out, " < %zu more", crash->culprit.frame_count - FRAMES_SHOWN);
	fputc('\n', out);
}

static int write_crash(FILE *out, const struct crash *crash, const struct view_options *options)
{
	struct page page = { .out = out, .options = options };
	struct drawing drawing = { .page = &page };
	size_t threads = crash__count(crash, 0, OUTCOME_DIED);
	bool stack = crash->end.class == END_CRASH;
	struct tree tree;
	int err = tree__build(&tree, crash);

	if (!options->first)
		fputc('\n', out);
	draw__who(&page, crash);
	draw__what(&page, crash);
	if (threads) {
		draw__branch(&drawing, !tree.root.below && !stack);
		fprintf(out, "%s other thread%s of the process died\n", number__count(threads).text,
			threads == 1 ? "" : "s");
	}
	draw__below(&drawing, &tree.root, stack || crash->victims_left_out);
	if (crash->victims_left_out) {
		draw__branch(&drawing, !stack);
		fprintf(out, "and %s more victim%s\n", number__count(crash->victims_left_out).text,
			crash->victims_left_out == 1 ? "" : "s");
	}
	if (stack)
		draw__stack(&drawing, crash);
	tree__free(&tree);
	return err;
}

int text__write_crash(FILE *out, const struct crash *crash, const struct view_options *options)
{
	struct fold fold;
	int err = write_crash(fold__begin(&fold, out, options), crash, options);

	fold__end(&fold);
	return err;
}
