/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each of our processes may do while a recording runs, as the kernel tells it. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"
#include "core/process_facts.h"

TestSuite(security, .init = tt__require_live, .fini = tt__cleanup);

static json_t *of_doctor(void)
{
	struct run run;
	json_t *facts;

	tt__run(&run, ARGS("doctor", "--security", "--format", "json"), NULL);
	tt__expect_success(&run);
	facts = js__parse(run.out);
	run__free(&run);
	cr_assert_str_eq(js__str(facts, "schema"), "tasktoll.security/1");
	return facts;
}

static json_t *process_of(json_t *facts, const char *name)
{
	json_t *list = js__at(facts, "processes"), *one;
	size_t i;

	json_array_foreach(list, i, one) {
		if (!strcmp(js__str(one, "process"), name)) {
			cr_assert(js__bool(one, "running"), "%s does not run", name);
			return one;
		}
	}
	cr_assert(false, "doctor does not tell of %s", name);
	abort();
}

static bool has(json_t *process, const char *list, const char *word)
{
	json_t *one;
	size_t i;

	json_array_foreach(js__at(process, list), i, one) {
		if (!strcmp(json_string_value(one), word))
			return true;
	}
	return false;
}

static void expect_rights(json_t *process, const char *const rights[])
{
	size_t count = 0;

	for (; rights[count]; count++)
		cr_expect(has(process, "capabilities", rights[count]), "%s has no %s",
			  js__str(process, "process"), rights[count]);
	cr_expect_eq(json_array_size(js__at(process, "capabilities")), count,
		     "%s has more capabilities than %zu", js__str(process, "process"), count);
}

Test(security, doctor_tells_of_each_process)
{
	json_t *facts = of_doctor(), *one;

	one = process_of(facts, "tasktoll");
	cr_expect(js__bool(one, "no_new_privs") && js__bool(one, "seccomp"));
	cr_expect(!has(one, "capabilities_permitted", "cap_setuid"));
	cr_expect(!has(one, "capabilities_permitted", "cap_sys_module"));
	expect_rights(one, ARGS("cap_bpf", "cap_perfmon", "cap_sys_admin", "cap_kill",
				"cap_sys_ptrace", "cap_dac_read_search"));
	one = process_of(facts, "broker");
	cr_expect(js__bool(one, "no_new_privs") && js__bool(one, "seccomp"));
	cr_expect_eq(js__u64(one, "environment_bytes"), 0);
	expect_rights(one, ARGS("cap_setuid", "cap_setgid", "cap_dac_read_search", "cap_sys_admin",
				"cap_sys_chroot", "cap_setpcap", "cap_kill"));
	one = process_of(facts, "end");
	cr_expect(js__bool(one, "no_new_privs") && js__bool(one, "seccomp"));
	cr_expect_eq(js__u64(one, "environment_bytes"), 0);
	expect_rights(one, ARGS("cap_dac_override"));
	one = process_of(facts, "opener");
	cr_expect(js__bool(one, "no_new_privs") && js__bool(one, "seccomp"));
	cr_expect_eq(js__u64(one, "uid"), TT_NOBODY);
	expect_rights(one, ARGS(NULL));
	json_decref(facts);
}

/* Found by its name among the children of a process; 0: there is none. */
static pid_t child_named(pid_t parent, const char *name)
{
	struct process_facts facts;
	pid_t children[32];
	size_t count = process__children(parent, children, 32), i;

	for (i = 0; i < count; i++) {
		if (!process_facts__read(&facts, children[i]) && !strcmp(facts.name, name))
			return children[i];
	}
	return 0;
}

static pid_t await_child(pid_t parent, const char *name)
{
	pid_t pid = 0;
	int i;

	for (i = 0; i < 5000 && !pid; i++) {
		pid = child_named(parent, name);
		usleep(pid ? 0 : 2000);
	}
	cr_assert(pid, "%d has no child %s", parent, name);
	return pid;
}

Test(security, helper_of_a_recording_has_nothing)
{
	struct process_facts facts;
	const char *file = tt__temp("secure.tasktoll");
	struct proc proc;
	pid_t broker, helper;
	int i;

	tt__start(&proc, ARGS("record", "-q", "-d", "60", "-o", file), NULL);
	broker = await_child(proc.pid, "tasktoll-broker");
	helper = await_child(broker, "tasktoll-helper");
	for (i = 0; i < 500 && (process_facts__read(&facts, helper) || !facts.filtered); i++)
		usleep(2000); /* the filter is the last thing that it takes on */
	cr_expect(facts.filtered && facts.no_new_privs);
	cr_expect_eq(facts.effective | facts.permitted | facts.bounding, 0);
	cr_expect_eq(facts.groups, 0);
	cr_expect_eq(facts.environment, 0);
	cr_expect(!facts.dumpable);
	cr_expect(facts.uid >= 61184 && facts.uid <= 65534, "user %u", facts.uid);
	cr_expect_str_neq(facts.root, "/");
	for (i = 0; i < SPACES; i++)
		cr_expect_eq(facts.own[i], i != SPACE_USER, "namespace %s", process_spaces[i]);
	/* standard input, output and error, and its socket */
	cr_expect_eq(facts.files, 4, "%zu open files", facts.files);
	proc__kill(&proc);
	for (i = 0; i < 2500 && !kill(helper, 0); i++)
		usleep(2000);
	cr_expect(kill(helper, 0), "the helper outlives its recording");
}

/* ---- each process at each stage ---- */

#define ROWS 64

struct row {
	pid_t pid;
	struct process_facts facts;
};

struct table {
	struct row rows[ROWS];
	size_t count;
};

static void table__add(struct table *table, pid_t pid)
{
	pid_t children[32];
	size_t count, i;

	if (table->count == ROWS || process_facts__read(&table->rows[table->count].facts, pid))
		return;
	table->rows[table->count++].pid = pid;
	count = process__children(pid, children, 32);
	for (i = 0; i < count; i++)
		table__add(table, children[i]);
}

static void facts__print(const struct process_facts *facts, const char *stage)
{
	char spaces[64] = "";
	int i;

	for (i = 0; i < SPACES; i++) {
		if (facts->own[i])
			snprintf(spaces + strlen(spaces), sizeof(spaces) - strlen(spaces), " %s",
				 process_spaces[i]);
	}
	printf("%-8s %-16s %5u %5u %6u %10llx %10llx %-4s %-7s %5zu %4zu %-5s%s\n", stage,
	       facts->name, facts->uid, facts->gid, facts->groups, facts->effective,
	       facts->permitted, facts->no_new_privs ? "yes" : "no", facts->filtered ? "yes" : "no",
	       facts->files, facts->environment, strcmp(facts->root, "/") ? "own" : "/", spaces);
}

static void table__print(const struct table *table, const char *stage)
{
	size_t i;

	printf("%-8s %-16s %5s %5s %6s %10s %10s %-4s %-7s %5s %4s %-5s %s\n", "STAGE", "PROCESS",
	       "UID", "GID", "GROUPS", "EFFECTIVE", "PERMITTED", "NNP", "SECCOMP", "FILES", "ENV",
	       "ROOT", "OWN NAMESPACES");
	for (i = 0; i < table->count; i++)
		facts__print(&table->rows[i].facts, stage);
	fflush(stdout);
}

static const struct process_facts *table__named(const struct table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		if (!strcmp(table->rows[i].facts.name, name))
			return &table->rows[i].facts;
	}
	cr_assert(false, "there is no %s", name);
	abort();
}

static size_t table__count(const struct table *table, const char *name)
{
	size_t i, count = 0;

	for (i = 0; i < table->count; i++)
		count += !strcmp(table->rows[i].facts.name, name);
	return count;
}

#define BIT(cap) (1ULL << (cap))
#define MEASURES                                                                                   \
	(BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_SYS_ADMIN) | BIT(CAP_KILL) |                    \
	 BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH))

static void check_running(const struct table *table, bool sudo)
{
	const struct process_facts *one = &table->rows[0].facts;

	cr_expect(one->no_new_privs && one->filtered);
	cr_expect_eq(one->effective, MEASURES);
	cr_expect_eq(one->permitted, MEASURES | (sudo ? BIT(CAP_SETUID) | BIT(CAP_SETGID) :
							BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER)));
	one = table__named(table, "tasktoll-end");
	cr_expect(one->no_new_privs && one->filtered && !one->dumpable);
	cr_expect_eq(one->uid, sudo ? TT_NOBODY : 0);
	cr_expect_eq(one->effective | one->permitted, sudo ? 0 : BIT(CAP_DAC_OVERRIDE));
	cr_expect_eq(one->environment, 0);
	cr_expect_eq(one->files, 1, "%zu files", one->files); /* that which tells of the end */
	one = table__named(table, "tasktoll-broker");
	cr_expect(one->no_new_privs && one->filtered && !one->environment);
	/* one for each opener, and one or two that are passed on */
	cr_expect_leq(one->files, 6 + table__count(table, "tasktoll-opener"), "%zu files",
		      one->files);
	one = table__named(table, "tasktoll-helper");
	cr_expect_eq(one->effective | one->permitted | one->bounding, 0);
}

/* Nobody has more than before. */
static void check_ending(const struct table *before, const struct table *after)
{
	size_t a, b;

	for (a = 0; a < after->count; a++) {
		for (b = 0; b < before->count; b++) {
			const struct process_facts *was = &before->rows[b].facts;
			const struct process_facts *is = &after->rows[a].facts;

			if (after->rows[a].pid != before->rows[b].pid || !*is->root)
				continue; /* another, or on its way out */
			cr_expect_eq(is->permitted & ~was->permitted, 0, "%s", is->name);
			cr_expect(is->filtered >= was->filtered, "%s", is->name);
			cr_expect(is->no_new_privs >= was->no_new_privs, "%s", is->name);
		}
	}
}

static void follow_a_recording(bool sudo)
{
	static const char *const env[] = { "SUDO_UID=65534", "SUDO_GID=65534", "SUDO_USER=nobody",
					   NULL };
	const struct proc_opts opts = { .env = sudo ? env : NULL };
	const char *file = sudo ? "/tmp/tasktoll-secure-sudo.tasktoll" : tt__temp("root.tasktoll");
	static struct table loading, running, ending;
	struct process_facts facts;
	struct proc proc;
	pid_t broker, helper;
	struct run run;
	int i;

	tt__start(&proc, ARGS("record", "-q", "--force", "-d", "60", "-o", file), &opts);
	broker = await_child(proc.pid, "tasktoll-broker");
	table__add(&loading, proc.pid);
	helper = await_child(broker, "tasktoll-helper");
	for (i = 0; i < 5000 && (process_facts__read(&facts, helper) || !facts.filtered); i++)
		usleep(2000);
	await_child(proc.pid, "tasktoll-end");
	usleep(200000); /* in which that gives up what it has */
	table__add(&running, proc.pid);
	proc__signal(&proc, SIGINT);
	usleep(20000);
	table__add(&ending, proc.pid);
	proc__finish(&proc, &run);
	run__free(&run);
	unlink(file);
	table__print(&loading, "loading");
	table__print(&running, sudo ? "sudo" : "running");
	table__print(&ending, "ending");
	check_running(&running, sudo);
	check_ending(&running, &ending);
	loading.count = running.count = ending.count = 0;
}

Test(security, table_of_each_process_at_each_stage)
{
	follow_a_recording(false);
	follow_a_recording(true);
}
