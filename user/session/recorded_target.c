/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/recorded_target.h"

#include <errno.h>
#include <stdlib.h>

#include "core/array.h"

enum belongs { UNKNOWN, ASKED, YES, NO };

struct recorded_process {
	struct process_key key,
		parent; /* who created it, if `created`; else only the pid is known */
	bool created;
	enum belongs belongs;
};

struct finding {
	struct recorded_target *target;
	const struct recorded_aim *aim;
};

static bool has_pid(const struct recorded_aim *aim, __u32 pid)
{
	size_t i;

	for (i = 0; i < aim->pid_count; i++) {
		if (aim->pids[i] == pid)
			return true;
	}
	return false;
}

static bool is_aimed_at(const struct recorded_aim *aim, const struct process *process)
{
	if (aim->comm)
		return glob__matches(aim->comm, process->comm);
	if (!aim->pid_count)
		return !process->kthread;
	return has_pid(aim, process->key.pid);
}

static int take(void *context, const struct process *process)
{
	const struct finding *finding = context;
	struct recorded_target *target = finding->target;
	struct recorded_process *entry;

	if (!ARRAY_ROOM(target->all, target->count, target->room, 256))
		return -ENOMEM;
	entry = &target->all[target->count++];
	*entry = (struct recorded_process){ .key = process->key,
					    .parent = { .pid = process->ppid },
					    .created = process->birth.seen,
					    .belongs = NO };
	if (process->birth.seen)
		entry->parent = process->birth.creator;
	if (is_aimed_at(finding->aim, process))
		entry->belongs = YES;
	else if (finding->aim->children && has_pid(finding->aim, entry->parent.pid))
		entry->belongs = YES; /* the parent may have slept all the time, and is not there */
	else if (finding->aim->pid_count && finding->aim->children)
		entry->belongs = UNKNOWN;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct process_key *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

/* That one, or the last one of this pid that began before. */
static struct recorded_process *find(const struct recorded_target *target,
				     const struct process_key *key, bool before)
{
	size_t low = 0, high = target->count;
	struct recorded_process *found;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&target->all[middle].key, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	found = low ? &target->all[low - 1] : NULL;
	if (!found || found->key.pid != key->pid ||
	    (!before && found->key.start_ns != key->start_ns))
		return NULL;
	return found;
}

static struct recorded_process *parent_of(const struct recorded_target *target,
					  const struct recorded_process *child)
{
	struct process_key key = child->parent;

	if (!child->created) /* it is older than the recording, and so is its parent */
		key.start_ns = child->key.start_ns;
	return find(target, &key, !child->created);
}

/* Up to an ancestor of which it is known; in a damaged file the way up may be a circle. */
static void settle(const struct recorded_target *target, struct recorded_process *process)
{
	struct recorded_process *at = process, *next;
	enum belongs belongs;

	while (at && at->belongs == UNKNOWN) {
		at->belongs = ASKED;
		at = parent_of(target, at);
	}
	belongs = at && at->belongs == YES ? YES : NO;
	for (at = process; at && at->belongs == ASKED; at = next) {
		next = parent_of(target, at);
		at->belongs = belongs;
	}
}

int recorded_target__find(struct recorded_target *target, struct store *store,
			  const struct recorded_aim *aim, struct failure *failure)
{
	struct finding finding = { target, aim };
	size_t i, found = 0;
	int err;

	*target = (struct recorded_target){ 0 };
	err = store__each_process(store, take, &finding, failure);
	if (err)
		return err;
	if (target->count)
		qsort(target->all, target->count, sizeof(*target->all), compare);
	for (i = 0; i < target->count; i++) {
		settle(target, &target->all[i]);
		found += target->all[i].belongs == YES;
	}
	if (found)
		return 0;
	return failure__set(failure, -ESRCH, "no process in the recording matches",
			    "tasktoll report lists them; quote a glob", "cannot compare");
}

bool recorded_target__has_key(const struct recorded_target *target, const struct process_key *key)
{
	const struct recorded_process *found = find(target, key, false);

	return found && found->belongs == YES;
}

bool recorded_target__has(const void *target, const struct process *process)
{
	return recorded_target__has_key(target, &process->key);
}

void recorded_target__free(struct recorded_target *target)
{
	free(target->all);
	*target = (struct recorded_target){ 0 };
}
