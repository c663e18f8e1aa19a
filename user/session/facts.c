/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/facts.h"

#include <ctype.h>
#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cgroup_name.h"
#include "core/cgroup_tree.h"
#include "core/clock.h"
#include "core/hash.h"

#define FACTS_MOST 100000 /* what is beyond that is read when a summary wants it, or unknown */

struct fact {
	struct process_key key; /* start_ns 0: it was there at the beginning */
	__u32 uid;
	bool has_uid;
	char *cgroup; /* its name */
	UT_hash_handle hh;
};

struct user {
	__u32 uid;
	char name[64];
	UT_hash_handle hh;
};

struct facts {
	struct fact *known;
	struct user *users;
	struct cgroup_tree *tree; /* NULL: version 2 is not there */
	bool same_uids;		  /* the machine's are ours */
	__u64 since_ns;		  /* boottime: who is older was there when all were looked at */
};

/* ---- /proc ---- */

static bool read_uid(__u32 pid, __u32 *ret_uid)
{
	char path[32], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "Uid: %*u %u", ret_uid) == 1;
	if (file)
		fclose(file);
	return found;
}

/* Its cgroup of version 2, or where there is none that of systemd; to be freed. */
static char *read_cgroup(struct facts *facts, __u32 pid)
{
	char path[32], *line = NULL, *found = NULL, name[256];
	size_t capacity = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/cgroup", pid);
	file = fopen(path, "re");
	while (file && getline(&line, &capacity, file) > 0) {
		const char *second = strchr(line, ':');
		const char *third = second ? strchr(second + 1, ':') : NULL;
		bool own = !strncmp(line, "0::", 3);

		line[strcspn(line, "\n")] = 0;
		if (!third || (!own && strncmp(second, ":name=systemd:", 14) != 0))
			continue;
		if (found && own && !strcmp(third + 1, "/"))
			continue; /* a hybrid: all are in its root */
		if (own && facts->tree)
			cgroup_tree__see(facts->tree, third + 1);
		free(found);
		cgroup__name(name, sizeof(name), third + 1);
		found = strdup(name);
	}
	free(line);
	if (file)
		fclose(file);
	return found;
}

static struct fact *fact__new(__u32 pid, __u64 start_ns)
{
	struct fact *fact = calloc(1, sizeof(*fact));

	if (!fact)
		return NULL;
	fact->key.pid = pid;
	fact->key.start_ns = start_ns;
	return fact;
}

static void fact__free(struct fact *fact)
{
	free(fact->cgroup);
	free(fact);
}

/* NULL: it has ended, or there is no memory. */
static struct fact *facts__read(struct facts *facts, __u32 pid, __u64 start_ns)
{
	struct fact *fact;

	if (HASH_COUNT(facts->known) >= FACTS_MOST)
		return NULL;
	fact = fact__new(pid, start_ns);
	if (!fact)
		return NULL;
	fact->cgroup = read_cgroup(facts, pid);
	fact->has_uid = read_uid(pid, &fact->uid);
	if (!fact->cgroup || !fact->has_uid) {
		fact__free(fact);
		return NULL;
	}
	HASH_ADD(hh, facts->known, key, sizeof(fact->key), fact);
	return fact;
}

static struct fact *facts__find(const struct facts *facts, __u32 pid, __u64 start_ns)
{
	struct process_key key = { .pid = pid, .start_ns = start_ns };
	struct fact *fact;

	HASH_FIND(hh, facts->known, &key, sizeof(key), fact);
	return fact;
}

/* By its start, or as one of those that were there at the beginning. */
static struct fact *facts__find_of(const struct facts *facts, const struct process_key *key)
{
	struct fact *fact = facts__find(facts, key->pid, key->start_ns);

	if (!fact && key->start_ns < facts->since_ns)
		fact = facts__find(facts, key->pid, 0);
	return fact;
}

/* No namespace of users is between us and the machine. */
static bool has_same_uids(void)
{
	unsigned long inside, outside, count;
	FILE *file = fopen("/proc/self/uid_map", "re");
	bool same = file && fscanf(file, "%lu %lu %lu", &inside, &outside, &count) == 3 &&
		    !inside && !outside && count >= 0xffffffffUL;

	if (file)
		fclose(file);
	return same;
}

struct facts *facts__new(void)
{
	struct facts *facts = calloc(1, sizeof(*facts));
	DIR *proc = facts ? opendir("/proc") : NULL;
	struct dirent *entry;

	if (facts) {
		facts->since_ns = clock__read(CLOCK_BOOTTIME);
		facts->tree = cgroup_tree__open();
		facts->same_uids = has_same_uids();
	}
	while (proc && (entry = readdir(proc))) {
		if (isdigit((unsigned char)*entry->d_name))
			facts__read(facts, (__u32)strtoul(entry->d_name, NULL, 10), 0);
	}
	if (proc)
		closedir(proc);
	return facts;
}

void facts__free(struct facts *facts)
{
	if (!facts)
		return;
	HASH_FREE_ALL_BY(facts->known, fact__free);
	HASH_FREE_ALL(facts->users);
	cgroup_tree__free(facts->tree);
	free(facts);
}

void facts__see(struct facts *facts, const struct lifecycle_event *event)
{
	const struct task_id *child = &event->spawn.other;

	/* of others nobody would take it away again */
	if (event->type != LIFECYCLE_SPAWN || !(child->flags & TASK_ID_TRACED) ||
	    event->spawn.kind == SPAWN_THREAD || event->spawn.kind == SPAWN_KERNEL)
		return;
	if (!facts__find(facts, child->tgid, child->leader_ns))
		facts__read(facts, child->tgid, child->leader_ns);
}

static struct fact *facts__get(struct facts *facts, const struct process_key *key)
{
	struct fact *fact = facts__find_of(facts, key);

	if (fact || HASH_COUNT(facts->known) >= FACTS_MOST)
		return fact;
	fact = fact__new(key->pid, key->start_ns);
	if (fact)
		HASH_ADD(hh, facts->known, key, sizeof(fact->key), fact);
	return fact;
}

static bool is_told(const struct process *process)
{
	return process->cgroup || process->user;
}

/* Of its leader, as /proc has it: a thread of its own can be in another group. */
void facts__end(struct facts *facts, const struct model *model, const struct wire_task *head)
{
	const struct process *process;
	const char *name = NULL;
	struct fact *fact;

	if (head->type != WIRE_DEAD || head->tid != head->tgid)
		return;
	process = model__find_process(model, head->tgid, head->leader_ns);
	if (!process || is_told(process))
		return; /* nobody would ask for it, and it would stay */
	fact = facts__get(facts, &process->key);
	if (!fact)
		return;
	if (facts->tree && head->cgroup)
		name = cgroup_tree__name(facts->tree, head->cgroup);
	if (name) {
		free(fact->cgroup);
		fact->cgroup = strdup(name);
	}
	if (facts->same_uids) {
		fact->uid = head->uid;
		fact->has_uid = true;
	}
}

/* ---- the model ---- */

static const char *facts__user(struct facts *facts, __u32 uid)
{
	struct passwd entry, *found = NULL;
	char buffer[4096];
	struct user *user;

	HASH_FIND(hh, facts->users, &uid, sizeof(uid), user);
	if (user)
		return user->name;
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	user->uid = uid;
	if (!getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) && found)
		snprintf(user->name, sizeof(user->name), "%s", found->pw_name);
	else
		snprintf(user->name, sizeof(user->name), "uid %u", uid);
	HASH_ADD(hh, facts->users, uid, sizeof(user->uid), user);
	return user->name;
}

static void facts__tell(struct facts *facts, struct process *process)
{
	const struct process_key *key = &process->key;
	struct fact *fact;
	const char *user;

	if (is_told(process))
		return;
	fact = facts__find_of(facts, key);
	if (!fact && !process->ended)
		fact = facts__read(facts, key->pid, key->start_ns);
	if (!fact)
		return;
	user = fact->has_uid ? facts__user(facts, fact->uid) : NULL;
	process->user = user ? strdup(user) : NULL;
	process->cgroup = fact->cgroup; /* it is the model's now */
	fact->cgroup = NULL;
	HASH_DEL(facts->known, fact);
	free(fact);
}

void facts__apply(struct facts *facts, const struct model *model)
{
	struct process *process;

	for (process = model->processes; process; process = process->hh.next)
		facts__tell(facts, process);
}
