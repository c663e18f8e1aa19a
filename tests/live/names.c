/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of tasks are bytes that anybody chooses: what is printed is UTF-8, and
 * harmless to a terminal.
 */
#include <criterion/criterion.h>

#include "../lib/check.h"
#include "../lib/csv.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc renamer;
static char pid[16];
static json_t *facts;

static void start(void)
{
	tt__require_live();
	facts = tt__load_start(&renamer, ARGS("renamer", "60"), false);
	snprintf(pid, sizeof(pid), "%d", js__pid(facts, "pid"));
}

static void stop(void)
{
	if (renamer.pid)
		proc__kill(&renamer);
	json_decref(facts);
	tt__cleanup();
}

TestSuite(names, .init = start, .fini = stop);

/*
 * Nothing below a space but line ends, no DEL, none of the C1 set (which in UTF-8
 * begins with 0xc2).
 */
static void check_harmless(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	json_t *string = json_string(text);

	cr_expect(string, "not UTF-8: %s", text);
	json_decref(string);
	for (; *at; at++) {
		cr_expect(*at >= ' ' || *at == '\n', "control character 0x%02x: %.40s", *at, at);
		cr_expect_neq(*at, 0x7f, "a DEL: %.40s", at);
		cr_expect(*at != 0xc2 || at[1] >= 0xa0, "a C1 control: %.40s", at);
	}
}

static void run_as(const char *format, struct run *ret_run)
{
	tt__run(ret_run, ARGS("stat", "-d", "300ms", "--threads", "--format", format, "-p", pid),
		NULL);
	cr_assert_eq(ret_run->status, 0, "exit status %d: %s", ret_run->status, ret_run->err);
	check_harmless(ret_run->out);
}

Test(names, json)
{
	struct run run;
	json_t *stat, *row;

	run_as("json", &run);
	stat = js__parse(run.out);
	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	cr_expect_eq(json_array_size(js__at(row, "threads")), js__u64(facts, "threads"));
	cr_expect(strstr(js__str(row, "comm"), "\xef\xbf\xbd"), "no U+FFFD in '%s'",
		  js__str(row, "comm"));
	cr_expect(strstr(run.out, "caf\xc3\xa9") || strstr(run.out, "caf\\u00"),
		  "a good name has become a bad one");
	json_decref(stat);
	run__free(&run);
}

Test(names, csv)
{
	struct run run;
	json_t *rows;

	run_as("csv", &run);
	rows = csv__parse(run.out);
	cr_expect_geq(json_array_size(rows), js__u64(facts, "threads"));
	cr_expect(strstr(run.out, "\"q\"\"uo\\te,;|\""),
		  "a name with quotes is not quoted: %.3000s", run.out);
	json_decref(rows);
	run__free(&run);
}

Test(names, text)
{
	struct run run;

	run_as("text", &run);
	cr_expect(strstr(run.out, "\xef\xbf\xbd"), "no U+FFFD: %s", run.out);
	cr_expect(strstr(run.out, "caf\xc3\xa9"), "a good name has become a bad one: %s", run.out);
	run__free(&run);
}
