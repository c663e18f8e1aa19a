/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel is taken for.  `make check-kernels` boots kernels and says what
 * it expects of each:
 *
 *   TASKTOLL_EXPECT   "refused", or the rungs that differ from the first one of
 *                     each probe: "pick=none cost=kprobe core=unneeded"
 */
#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(kernel, .init = tt__require_live, .fini = tt__cleanup);

static const char *expectation(void)
{
	const char *expect = getenv("TASKTOLL_EXPECT");

	if (!expect)
		cr_skip_test("nothing is expected of this kernel");
	return expect;
}

static bool is_refused(void)
{
	const char *expect = getenv("TASKTOLL_EXPECT");

	return expect && !strcmp(expect, "refused");
}

static void refused(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, 1, needle);
	run__free(&run);
}

Test(kernel, below_the_floor_is_refused)
{
	expectation();
	if (!is_refused())
		cr_skip_test("this kernel is new enough");
	refused(ARGS("stat", "-d", "1"), "6.1 or newer");
	refused(ARGS("stat", "--", "true"), "6.1 or newer");
	refused(ARGS("crash", "-d", "1"), "6.1 or newer");
}

/* "pick=none cost=kprobe": what stands there for the probe, or NULL. */
static const char *expected_of(const char *expect, const char *probe, char *ret_rung, size_t size)
{
	size_t length = strlen(probe);

	for (; *expect; expect += strcspn(expect, " "), expect += strspn(expect, " ")) {
		if (strncmp(expect, probe, length) || expect[length] != '=')
			continue;
		expect += length + 1;
		snprintf(ret_rung, size, "%.*s", (int)strcspn(expect, " "), expect);
		return ret_rung;
	}
	return NULL;
}

static const char *chosen_of(json_t *probe)
{
	json_t *rung = js__at(probe, "rung");

	if (!js__bool(probe, "needed"))
		return "unneeded";
	return json_is_null(rung) ? "none" : json_string_value(rung);
}

Test(kernel, chooses_the_expected_rungs)
{
	const char *expect = expectation(), *rung;
	json_t *found, *probe, *first;
	char text[32];
	int status;
	size_t i;

	if (is_refused())
		cr_skip_test("this kernel is refused");
	found = tt__doctor(NULL, &status);
	cr_expect_eq(status, 0, "doctor ended with %d", status);
	json_array_foreach(js__at(found, "probes"), i, probe) {
		first = json_array_get(js__at(probe, "rungs"), 0);
		rung = expected_of(expect, js__str(probe, "probe"), text, sizeof(text));
		if (!rung)
			rung = js__str(first, "type");
		cr_expect_str_eq(chosen_of(probe), rung, "%s: %s, expected %s",
				 js__str(probe, "probe"), chosen_of(probe), rung);
	}
	json_decref(found);
}

/* Every rung that is not there says why, in words. */
Test(kernel, gives_a_reason_for_what_is_not_there)
{
	json_t *found = tt__doctor(NULL, NULL), *probe, *rung;
	size_t i, j;

	json_array_foreach(js__at(found, "probes"), i, probe) {
		json_array_foreach(js__at(probe, "rungs"), j, rung) {
			const char *why = js__bool(rung, "works") ? "" : js__str(rung, "why_not");

			cr_expect(js__bool(rung, "works") || strchr(why, ' '), "%s:%s: '%s'",
				  js__str(rung, "type"), js__str(rung, "target"), why);
			cr_expect(!strstr(why, "Unknown"), "%s:%s: '%s'", js__str(rung, "type"),
				  js__str(rung, "target"), why);
		}
	}
	json_decref(found);
}

/* Built without: what the program looks for is not there. */
static void hide_btf(void)
{
	cr_assert_eq(unshare(CLONE_NEWNS), 0);
	cr_assert_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	cr_assert_eq(mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL), 0);
}

Test(kernel, without_btf_is_told_the_remedy)
{
	struct run run;

	if (is_refused())
		cr_skip_test("this kernel is refused");
	hide_btf();
	refused(ARGS("stat", "-d", "1"), "CONFIG_DEBUG_INFO_BTF=y");
	refused(ARGS("crash", "-d", "1"), "CONFIG_DEBUG_INFO_BTF=y");
	tt__run(&run, ARGS("doctor"), NULL);
	cr_expect_eq(run.status, 1);
	cr_expect(strstr(run.out, "CONFIG_DEBUG_INFO_BTF=y"), "doctor does not say: %s", run.out);
	run__free(&run);
}
