/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals of a crash that are handled: who began it, where, and why it ended. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(handlers, .init = tt__require_live, .fini = tt__cleanup);

/* The only end of the child; its facts stay. */
static json_t *end_of(const char *mode, json_t **ret_facts)
{
	const char *file = tt__temp("facts");
	json_t *ends = watch__program(ARGS("--all", "--window", "300ms", "--", tt__load("handlers"),
					   mode, "-o", file),
				      0),
	       *end;

	*ret_facts = js__parse_file(file);
	end = json_incref(watch__crash(ends, js__pid(*ret_facts, "child")));
	json_decref(ends);
	return end;
}

static void check_crash(const char *mode, const char *signal)
{
	json_t *facts, *end = end_of(mode, &facts);

	cr_expect_str_eq(js__str(end, "class"), "crash", "%s", mode);
	cr_expect_str_eq(js__str(end, "signal"), signal, "%s", mode);
	cr_expect_str_eq(js__str(end, "culprit.function"), "wreck", "%s", mode);
	cr_expect_str_eq(js__str(end, "handled.signal"), "SIGSEGV", "%s", mode);
	cr_expect_str_eq(js__str(end, "handled.code_text"), "address not mapped", "%s", mode);
	cr_expect_str_eq(js__str(end, "handled.address"), "0x0", "%s", mode);
	json_decref(end);
	json_decref(facts);
}

Test(handlers, fault_whose_handler_gives_up)
{
	check_crash("fault", "SIGSEGV");
	check_crash("fault-abort", "SIGABRT");
}

static void check_killed(const char *mode, const char *signal)
{
	json_t *facts, *end = end_of(mode, &facts);

	cr_expect_str_eq(js__str(end, "class"), "killed", "%s", mode);
	cr_expect_str_eq(js__str(end, "signal"), signal, "%s", mode);
	cr_expect_eq(js__pid(end, "sender.pid"), js__pid(facts, "pid"), "%s", mode);
	json_decref(end);
	json_decref(facts);
}

Test(handlers, signal_from_outside_whose_handler_gives_up)
{
	check_killed("killed", "SIGSEGV");
	check_killed("killed-abort", "SIGABRT");
	check_killed("term", "SIGTERM");
}

Test(handlers, failures_after_a_signal)
{
	json_t *facts, *end = end_of("leaves", &facts);

	cr_expect_str_eq(js__str(end, "class"), "failed");
	cr_expect_str_eq(js__str(end, "after.signal"), "SIGSEGV");
	cr_expect(js__bool(end, "after.from_kernel"));
	json_decref(end);
	json_decref(facts);
	end = end_of("asked", &facts);
	cr_expect_str_eq(js__str(end, "class"), "failed");
	cr_expect_str_eq(js__str(end, "after.signal"), "SIGABRT");
	cr_expect_eq(js__pid(end, "after.sender.pid"), js__pid(facts, "pid"));
	json_decref(end);
	json_decref(facts);
}

Test(handlers, no_room_for_one)
{
	json_t *facts, *end = end_of("no-room", &facts);

	cr_expect_str_eq(js__str(end, "class"), "crash");
	cr_expect_str_eq(js__str(end, "code_text"),
			 "no room on its stack to call the signal's handler");
	cr_expect_str_eq(js__str(end, "culprit.function"), "dig");
	cr_expect_str_eq(js__str(end, "handled.signal"), "SIGSEGV");
	json_decref(end);
	json_decref(facts);
}
