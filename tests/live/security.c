/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each of our processes may do while a recording runs, as the kernel tells it. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
