/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * family [-o FILE]
 *
 * For tests that attach to what already runs.  Two processes that have nothing
 * to do with each other but their parent: a root, with a thread and a child,
 * and a stranger, with the same.  A line on stdin makes both of them grow:
 * threads, a child, and a grandchild with a thread of its own.  Another line,
 * or the end of stdin, ends them all.  Before the first line and after it, one
 * line of JSON says who is there; each of them sleeps and wakes all the time.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "work.h"

#define TICK_NS	  2000000
#define MAX_TASKS 32
#define OLD_TASKS 3  /* of a tribe at first: root, its thread, its child */
#define ALL_TASKS 10 /* and when it has grown */

struct member {
	pid_t pid;
	pid_t tid;
	char comm[16];
};

struct tribe {
	atomic_int members;
	atomic_int written; /* of them: who it is can be read */
	struct member member[MAX_TASKS];
};

struct shared {
	pid_t main_pid; /* part of every name, so that no other family has it */
	atomic_bool grow;
	atomic_bool quit;
	struct tribe family;
	struct tribe strangers;
};

static struct shared *shared;
static struct tribe *tribe; /* of this process */

static void join(const char *name)
{
	int i = atomic_fetch_add(&tribe->members, 1);

	struct member *member = &tribe->member[i];

	if (i >= MAX_TASKS)
		return;
	snprintf(member->comm, sizeof(member->comm), "%s-%d", name, shared->main_pid);
	prctl(PR_SET_NAME, member->comm);
	member->pid = getpid();
	member->tid = (pid_t)syscall(SYS_gettid);
	tribe->written++;
}

static void tick_until(const atomic_bool *flag)
{
	while (!*flag && !shared->quit)
		work__sleep_ns(TICK_NS);
}

static void *thread(void *name)
{
	join(name);
	tick_until(&shared->quit);
	return NULL;
}

static void add_thread(const char *name)
{
	pthread_t id;

	errno = pthread_create(&id, NULL, thread, (void *)(uintptr_t)name);
	if (errno)
		work__die("pthread_create");
}

static pid_t add_child(const char *name, void (*then)(void))
{
	pid_t pid = work__fork();

	if (pid)
		return pid;
	join(name);
	if (then)
		then();
	tick_until(&shared->quit);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static void grow_grandchild(void)
{
	add_thread("kid-th");
}

static void grow_child(void)
{
	add_thread("kid-th");
	add_child("kid-gr", grow_grandchild);
}

static void be_root(void)
{
	add_thread("ro-th");
	add_child("kid-old", NULL);
	tick_until(&shared->grow);
	add_thread("ro-th");
	add_thread("ro-th");
	add_thread("ro-th");
	add_child("kid-new", grow_child);
}

static void report(FILE *facts, const char *name, const struct tribe *who, int tasks)
{
	int i;

	while (who->written < tasks)
		work__sleep_ns(TICK_NS);
	fprintf(facts, "\"%s\":[", name);
	for (i = 0; i < tasks; i++)
		fprintf(facts, "%s{\"pid\":%d,\"tid\":%d,\"comm\":\"%s\"}", i ? "," : "",
			who->member[i].pid, who->member[i].tid, who->member[i].comm);
	fprintf(facts, "]");
}

static void report_all(FILE *facts, pid_t root, pid_t stranger, int tasks)
{
	fprintf(facts, "{\"main\":%d,\"root\":%d,\"stranger\":%d,", getpid(), root, stranger);
	report(facts, "family", &shared->family, tasks);
	fprintf(facts, ",");
	report(facts, "strangers", &shared->strangers, tasks);
	fprintf(facts, "}\n");
	fflush(facts);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	pid_t root, stranger;
	char line[64];

	shared = work__shared(sizeof(*shared));
	shared->main_pid = getpid();
	tribe = &shared->strangers;
	stranger = add_child("str", be_root);
	tribe = &shared->family;
	root = add_child("root", be_root);
	report_all(facts, root, stranger, OLD_TASKS);
	if (fgets(line, sizeof(line), stdin)) {
		shared->grow = true;
		report_all(facts, root, stranger, ALL_TASKS);
		if (!fgets(line, sizeof(line), stdin))
			clearerr(stdin);
	}
	shared->quit = true;
	while (wait(NULL) > 0)
		;
	return fclose(facts) ? 1 : 0;
}
