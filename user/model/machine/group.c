/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/machine/group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const group_names[GROUPINGS] = {
	"process", "thread", "comm", "user", "cgroup", "parent"
};

static struct group *groups__get(struct groups *groups, const char *name)
{
	struct group *group;

	HASH_FIND_STR(groups->names, name, group);
	if (group)
		return group;
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	group->name = strdup(name);
	if (!group->name) {
		free(group);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, groups->names, group->name, strlen(group->name), group);
	return group;
}

/* PIDs are used again: of several processes that had it, the one that lives, or any. */
static const struct process *find_parent(const struct summary *summary, __u32 pid)
{
	const struct process *found = NULL;
	size_t i;

	for (i = 0; i < summary->process_count; i++) {
		const struct process *at = summary->processes[i];

		if (at->key.pid == pid && (!found || !at->ended))
			found = at;
	}
	return found;
}

static void print_parent(char *name, size_t capacity, const struct summary *summary,
			 const struct process *process)
{
	const struct process *parent = find_parent(summary, process->ppid);

	if (!process->ppid)
		snprintf(name, capacity, "(none)");
	else if (parent)
		snprintf(name, capacity, "%s (%u)", parent->comm, process->ppid);
	else
		snprintf(name, capacity, "pid %u", process->ppid);
}

static const char *group_of(const struct summary *summary, const struct process *process,
			    enum group_by by, char *text, size_t capacity)
{
	switch (by) {
	case BY_USER:
		return process->user ? process->user : GROUP_UNKNOWN;
	case BY_CGROUP:
		return process->cgroup ? process->cgroup : GROUP_UNKNOWN;
	case BY_PARENT:
		print_parent(text, capacity, summary, process);
		return text;
	default:
		return process->comm;
	}
}

static int group__add(struct group *group, const struct process *process)
{
	int kind;

	group->processes++;
	group->threads += process->threads_alive;
	for (kind = 0; process->spawns && kind < SPAWN_KINDS; kind++) {
		group->spawns.kind[kind].count += process->spawns->kind[kind].count;
		group->spawns.kind[kind].failed += process->spawns->kind[kind].failed;
	}
	return row__add(&group->row, &process->row);
}

struct measured group__measured(const struct group *group, const struct summary *summary)
{
	return (struct measured){ &group->row, summary->duration_ns, group->threads,
				  &group->spawns };
}

struct order {
	const struct group *group;
	double key;
};

static int order__compare(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? 1 : -1;
	return strcmp(x->group->name, y->group->name);
}

static int groups__sort(struct groups *groups, const struct summary *summary)
{
	size_t count = HASH_COUNT(groups->names), i = 0;
	struct order *orders = calloc(count + 1, sizeof(*orders));
	const struct group *group;

	groups->sorted = calloc(count + 1, sizeof(*groups->sorted));
	if (!orders || !groups->sorted) {
		free(orders);
		return -ENOMEM;
	}
	for (group = groups->names; group; group = group->hh.next) {
		struct measured measured = group__measured(group, summary);

		orders[i++] = (struct order){ group, sort__key(summary->sort, &measured) };
	}
	qsort(orders, count, sizeof(*orders), order__compare);
	for (i = 0; i < count; i++)
		groups->sorted[i] = orders[i].group;
	groups->count = count;
	free(orders);
	return 0;
}

int groups__make(struct groups *groups, const struct summary *summary, enum group_by by)
{
	struct group *group;
	char text[UTF8_COMM + 32];
	size_t i;
	int err = 0;

	memset(groups, 0, sizeof(*groups));
	groups->by = by;
	for (i = 0; i < summary->process_count && !err; i++) {
		const struct process *process = summary->processes[i];

		group = groups__get(groups, group_of(summary, process, by, text, sizeof(text)));
		err = group ? group__add(group, process) : -ENOMEM;
	}
	if (!err && summary->folded_processes) {
		group = groups__get(groups, GROUP_UNKNOWN);
		err = group ? row__add(&group->row, summary->folded) : -ENOMEM;
		if (!err)
			group->processes += summary->folded_processes;
	}
	if (!err)
		err = groups__sort(groups, summary);
	if (err)
		groups__free(groups);
	return err;
}

int groups__take(struct groups *groups, struct summary *summary, enum group_by by)
{
	int err;

	if (by <= BY_THREAD)
		return 0;
	err = groups__make(groups, summary, by);
	summary->groups = groups;
	return err;
}

void groups__free(struct groups *groups)
{
	struct group *group, *next;

	HASH_ITER(hh, groups->names, group, next) {
		HASH_DEL(groups->names, group);
		row__clear(&group->row);
		free(group->name);
		free(group);
	}
	free(groups->sorted);
	memset(groups, 0, sizeof(*groups));
}
