/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who dies with whom, and who only lived nearby. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(fates, .init = tt__require_live, .fini = tt__cleanup);

static json_t *ends_of(const char *mode, json_t **ret_facts)
{
	const char *file = tt__temp("facts");
	json_t *ends = watch__program(ARGS("--all", "--window", "500ms", "--", tt__load("fates"),
					   mode, "-o", file),
				      0);

	*ret_facts = js__parse_file(file);
	return ends;
}

/* Died by SIGKILL of the kernel, in ring 1. */
static void check_taken(json_t *crash, json_t *facts, const char *role, const char *how)
{
	pid_t pid = js__pid(facts, role);
	json_t *victim = victim_of(crash, pid);

	crash__expect(crash, pid, 1, how, "died");
	if (!victim)
		return;
	cr_expect_str_eq(js__str(victim, "end.signal"), "SIGKILL", "%s", role);
	cr_expect(js__bool(victim, "end.from_kernel"), "%s", role);
}

static void check_namespace(const char *mode, const char *class)
{
	static const char *const roles[] = { "member0", "member1", "member2", "inner", "member3" };
	json_t *facts, *ends = ends_of(mode, &facts), *crash;
	size_t i;

	crash = watch__crash(ends, js__pid(facts, "init"));
	cr_expect_str_eq(js__str(crash, "class"), class);
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		check_taken(crash, facts, roles[i], "namespace");
	cr_expect_eq(js__u64(crash, "fan_out"), 5);
	json_decref(ends);
	json_decref(facts);
}

Test(fates, namespace_of_an_init_that_crashes)
{
	check_namespace("namespace", "crash");
}

Test(fates, namespace_of_an_init_that_is_killed)
{
	check_namespace("namespace-kill", "killed");
}

static void check_tracer(const char *mode, const char *class)
{
	json_t *facts, *ends = ends_of(mode, &facts), *crash;

	crash = watch__crash(ends, js__pid(facts, "tracer"));
	cr_expect_str_eq(js__str(crash, "class"), class);
	check_taken(crash, facts, "stranger", "exitkill");
	cr_expect_str_eq(js__str(victim_of(crash, js__pid(facts, "tracee")), "outcome"), "died");
	cr_expect_eq(js__u64(crash, "fan_out"), 2);
	json_decref(ends);
	json_decref(facts);
}

Test(fates, tracees_of_a_tracer_that_crashes)
{
	check_tracer("tracer", "crash");
}

Test(fates, tracees_of_a_tracer_that_is_killed)
{
	check_tracer("tracer-kill", "killed");
}

static void check_parent(const char *mode, const char *outcome)
{
	json_t *facts, *ends = ends_of(mode, &facts), *crash, *victim;

	crash = watch__crash(ends, js__pid(facts, "child"));
	victim = victim_of(crash, js__pid(facts, "parent"));
	if (outcome)
		crash__expect(crash, js__pid(facts, "parent"), 2, "woken", outcome);
	else
		cr_expect_null(victim, "the killer is a victim");
	json_decref(ends);
	json_decref(facts);
}

Test(fates, parents)
{
	check_parent("well", "woken");
	check_parent("goes-on", "woken");
	check_parent("badly", "died");
	check_parent("killer", NULL);
}

Test(fates, orphan_by_its_own_name)
{
	json_t *facts, *ends = ends_of("renamed", &facts), *crash;

	crash = watch__crash(ends, js__pid(facts, "server"));
	crash__expect(crash, js__pid(facts, "helper"), 1, "orphan", "orphaned");
	cr_expect_str_eq(js__str(victim_of(crash, js__pid(facts, "helper")), "comm"), "helper");
	json_decref(ends);
	json_decref(facts);
}

Test(fates, limit_of_a_file_s_size_is_the_kernel_s)
{
	json_t *facts, *ends = ends_of("filesize", &facts), *end;

	end = watch__crash(ends, js__pid(facts, "writer"));
	cr_expect_str_eq(js__str(end, "class"), "killed");
	cr_expect_str_eq(js__str(end, "signal"), "SIGXFSZ");
	cr_expect(js__bool(end, "from_kernel"));
	cr_expect(json_is_null(js__at(end, "sender")));
	json_decref(ends);
	json_decref(facts);
}
