/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every rung that this kernel allows, and doing without, forced one after the
 * other: whatever a measure is taken from, the counts stay exact, and what is
 * left out is null.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(rungs, .init = tt__require_live, .fini = tt__cleanup);

static json_t *probe_of(json_t *found, const char *name)
{
	json_t *probe;
	size_t i;

	json_array_foreach(js__at(found, "probes"), i, probe) {
		if (!strcmp(js__str(probe, "probe"), name))
			return probe;
	}
	return NULL;
}

/*
 * A later rung of tracepoints is not tried where a better one works: here it is,
 * and the outcome written into what was found.
 */
static void try_tracepoints(json_t *found)
{
	json_t *probe, *rung, *forced, *chosen;
	char force[512] = "";
	size_t i, j, n = 0;

	json_array_foreach(js__at(found, "probes"), i, probe) {
		json_array_foreach(js__at(probe, "rungs"), j, rung) {
			if (!strcmp(js__str(rung, "type"), "tracepoint"))
				n += (size_t)snprintf(force + n, sizeof(force) - n,
						      "%s%s=tracepoint", n ? "," : "",
						      js__str(probe, "probe"));
		}
	}
	forced = tt__doctor(force, NULL);
	json_array_foreach(js__at(found, "probes"), i, probe) {
		chosen = js__at(probe_of(forced, js__str(probe, "probe")), "rung");
		json_array_foreach(js__at(probe, "rungs"), j, rung) {
			if (json_is_string(chosen) &&
			    !strcmp(js__str(rung, "type"), json_string_value(chosen)))
				json_object_set_new(rung, "works", json_true());
		}
	}
	json_decref(forced);
}

/*
 * What can be forced on a probe: its working rungs, best first, and "none" where
 * it can be left out.  NULL from there on.
 */
static const char *option_of(json_t *probe, size_t at)
{
	json_t *rung;
	size_t i;

	json_array_foreach(js__at(probe, "rungs"), i, rung) {
		if (js__bool(rung, "works") && !at--)
			return js__str(rung, "type");
	}
	return !js__bool(probe, "required") && !at ? "none" : NULL;
}

/* The nth option of each probe that has several, and where there are not so many, the best. */
static bool force_list(json_t *found, size_t at, char *ret_force, size_t size)
{
	bool any = false;
	json_t *probe;
	size_t i, n = 0;

	*ret_force = '\0';
	json_array_foreach(js__at(found, "probes"), i, probe) {
		const char *name = js__str(probe, "probe"), *option = option_of(probe, at);

		if (!strcmp(name, "core") || !option_of(probe, 1))
			continue;
		any = any || option;
		n += (size_t)snprintf(ret_force + n, size - n, "%s%s=%s", n ? "," : "", name,
				      option ? option : option_of(probe, 0));
		cr_assert_lt(n, size);
	}
	return any;
}

static bool is_none(json_t *chosen, const char *probe)
{
	return json_is_null(js__at(probe_of(chosen, probe), "rung"));
}

static void check_cost(json_t *stat, json_t *chosen)
{
	static const char *const kinds[] = { "thread", "process", "resume", "kernel", "idle" };
	uint64_t count = 0;
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "system.switch_ns.%s", kinds[i]);
		if (is_none(chosen, "cost"))
			cr_expect(json_is_null(js__at(stat, path)), "%s is not null", path);
		else if (!json_is_null(js__at(stat, path)))
			count += js__u64(js__at(stat, path), "count");
	}
	cr_expect_eq(!strcmp(js__str(stat, "cost_source"), "none"), is_none(chosen, "cost"));
	if (!is_none(chosen, "cost"))
		cr_expect_gt(count, 0, "no switch has a cost");
}

/* Of one kind: that many, and each sample of a phase that there is. */
static void check_kind(json_t *stat, json_t *chosen, const char *kind, uint64_t count,
		       uint64_t execs)
{
	static const struct {
		const char *phase, *probe;
	} phases[] = { { "copy_ns", "create" },
		       { "return_ns", "create" },
		       { "start_ns", "first_wakeup" },
		       { "exec_ns", "exec_entry" } };
	json_t *spawn = js__at(js__at(stat, "spawns"), kind);
	size_t i;

	cr_expect_eq(js__u64(spawn, "count"), count, "%s: %lu, not %lu", kind,
		     js__u64(spawn, "count"), count);
	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		json_t *phase = js__at(spawn, phases[i].phase);
		uint64_t samples = strcmp(phases[i].phase, "exec_ns") ? count : execs;

		if (is_none(chosen, phases[i].probe))
			cr_expect(json_is_null(phase), "%s.%s is not null", kind, phases[i].phase);
		else
			cr_expect_eq(js__u64(phase, "count"), samples, "%s.%s: %lu, not %lu", kind,
				     phases[i].phase, js__u64(phase, "count"), samples);
	}
}

static void check_creations(const char *force, json_t *chosen)
{
	json_t *stat = tt__stat(ARGS("--force-rung", force, "--", tt__load("breeder"), "-o",
				     "/dev/null", "thread=13", "process=7", "vfork=3", "spawn=5",
				     "shared=2", "exec=3", "invalid=11"));

	check__complete(stat);
	check__sums_up(stat);
	check__kinds(js__at(stat, "system"));
	check_cost(stat, chosen);
	check_kind(stat, chosen, "thread", 13, 0);
	check_kind(stat, chosen, "process", 7 + 3, 3);
	check_kind(stat, chosen, "vfork", 3 + 5, 5);
	check_kind(stat, chosen, "shared", 2, 0);
	if (is_none(chosen, "create"))
		cr_expect(json_is_null(js__at(stat, "spawns.thread.failed")));
	else
		cr_expect_eq(js__u64(stat, "spawns.thread.failed"), 11);
	json_decref(stat);
}

static void check_switches(const char *force)
{
	const char *file = tt__temp("facts");
	json_t *stat = tt__stat(
		ARGS("--force-rung", force, "--", tt__load("switches"), "7", "101", "-o", file));
	json_t *facts = js__parse_file(file), *row;

	check__complete(stat);
	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	check__identity(js__u64(row, "switches"), facts, 1);
	check__kinds(row);
	json_decref(facts);
	json_decref(stat);
}

Test(rungs, counts_are_exact_on_each)
{
	json_t *found = tt__doctor(NULL, NULL), *chosen;
	char force[512];
	size_t at;

	try_tracepoints(found);
	for (at = 0; force_list(found, at, force, sizeof(force)); at++) {
		cr_log_info("%s", force);
		chosen = tt__doctor(force, NULL);
		check_creations(force, chosen);
		check_switches(force);
		json_decref(chosen);
	}
	cr_expect_geq(at, 2, "nothing was forced");
	json_decref(found);
}

/* Without a rung the frames may have no names, for the process is soon gone: it is told all the same. */
static void check_crash(json_t *crash, json_t *facts, bool has_stack)
{
	cr_expect_str_eq(js__str(crash, "signal"), "SIGSEGV");
	cr_expect_eq(js__pid(crash, "culprit.tid"), js__pid(facts, "culprit"));
	if (has_stack)
		cr_expect_str_eq(js__str(crash, "culprit.function"), js__str(facts, "function"));
}

Test(rungs, crash_is_told_on_each)
{
	json_t *found = tt__doctor(NULL, NULL), *core = probe_of(found, "core"), *crashes, *facts;
	const char *file = tt__temp("facts"), *option;
	char force[64];
	size_t at;

	for (at = 0; (option = option_of(core, at)); at++) {
		snprintf(force, sizeof(force), "core=%s", option);
		cr_log_info("%s", force);
		crashes = watch__program(ARGS("--window", "100ms", "--force-rung", force, "--",
					      tt__load("crasher"), "3", "null", "-o", file),
					 128 + 11);
		facts = js__parse_file(file);
		check_crash(watch__crash(crashes, js__pid(facts, "pid")), facts,
			    !js__bool(core, "needed") || strcmp(option, "none"));
		json_decref(facts);
		json_decref(crashes);
	}
	json_decref(found);
}
