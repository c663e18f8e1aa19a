/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a command line is said before anything is traced, and without root. */
#include <criterion/criterion.h>

#include "../lib/tt.h"

TestSuite(usage, .fini = tt__cleanup);

static void refused(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, 2, needle);
	run__free(&run);
}

static void works(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	cr_expect_eq(run.status, 0, "exit status %d: %s", run.status, run.err);
	cr_expect_eq(run.err_len, 0, "on stderr: %s", run.err);
	cr_expect(strstr(run.out, needle), "nothing of '%s': %s", needle, run.out);
	cr_expect_null(strchr(run.out, '\033'), "an escape code: %s", run.out);
	run__free(&run);
}

Test(usage, unknown_command)
{
	refused(ARGS("nonsense"), "nonsense");
	refused(ARGS("-x"), "-x");
	refused(ARGS("--nonsense"), "--nonsense");
	refused(ARGS(""), NULL);
}

Test(usage, no_command)
{
	struct run run;

	tt__run(&run, (const char *const[]){ NULL }, NULL);
	cr_expect_eq(run.status, 2, "exit status %d", run.status);
	cr_expect_gt(run.err_len, 0, "says nothing on stderr");
	cr_expect_eq(run.out_len, 0, "on stdout: %s", run.out);
	run__free(&run);
}

Test(usage, unknown_option)
{
	refused(ARGS("stat", "--nonsense"), "--nonsense");
	refused(ARGS("stat", "-Z"), "-Z");
	refused(ARGS("doctor", "--nonsense"), "--nonsense");
	refused(ARGS("stat", "argument"), "argument");
}

Test(usage, option_without_its_value)
{
	static const char *const options[] = { "-d", "-i", "-p", "-t",	     "-c",   "-G",
					       "-n", "-s", "-o", "--format", "--btf" };
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		refused(ARGS("stat", options[i]), options[i]);
	refused(ARGS("crash", "--window"), "--window");
	refused(ARGS("crash", "--exec"), "--exec");
}

Test(usage, value_without_its_option)
{
	refused(ARGS("stat", "--threads=1"), "no value");
	refused(ARGS("crash", "--all=1"), "no value");
}

/* What only one of them does: a summary, or following. */
Test(usage, options_of_another_command)
{
	static const char *const of_stat[] = { "-i", "--interval", "-n",       "--rows",
					       "-s", "--sort",	   "--threads" };
	static const char *const of_crash[] = { "--all", "--window", "--exec" };
	size_t i;

	for (i = 0; i < sizeof(of_stat) / sizeof(of_stat[0]); i++)
		refused(ARGS("crash", of_stat[i], "1"), of_stat[i]);
	for (i = 0; i < sizeof(of_crash) / sizeof(of_crash[0]); i++)
		refused(ARGS("stat", of_crash[i], "1"), of_crash[i]);
}

Test(usage, help)
{
	works(ARGS("--help"), "stat");
	works(ARGS("--help"), "crash");
	works(ARGS("-h"), "doctor");
	works(ARGS("stat", "--help"), "--duration");
	works(ARGS("doctor", "--help"), "doctor");
}

Test(usage, help_of_crash)
{
	static const char *const options[] = {
		"-p, --pid",   "--no-children",	 "-t, --tid",	 "-c, --comm", "-G, --cgroup",
		"--as-root",   "-d, --duration", "--all",	 "--window",   "--exec",
		"--btf",       "--force-rung",	 "-o, --output", "text|json ", "--no-color",
		"-q, --quiet", "-v, --verbose",	 "-h, --help",	 "-- program",
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		works(ARGS("crash", "--help"), options[i]);
}

Test(usage, version)
{
	works(ARGS("--version"), "tasktoll");
}

Test(usage, duration)
{
	static const char *const wrong[] = {
		"0",   "0s",  "nonsense",	"-1", "", "1x", "1e400", "nan", "inf", "1 s",
		"0.0", "1,5", "99999999999999h"
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		refused(ARGS("stat", "-d", wrong[i]), NULL);
		refused(ARGS("stat", "-i", wrong[i], "-d", "1"), NULL);
		refused(ARGS("crash", "--window", wrong[i]), "--window");
	}
	refused(ARGS("stat", "-d", "nonsense"), "nonsense");
	refused(ARGS("stat", "--duration=-1"), "-1");
}

Test(usage, ids)
{
	static const char *const wrong[] = { "abc", "0",   "-1", "1,",	 ",1",	       "1,,2",
					     "",    "1 2", "1x", "0x10", "99999999999" };
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		refused(ARGS("stat", "-d", "1", "-p", wrong[i]), NULL);
		refused(ARGS("stat", "-d", "1", "-t", wrong[i]), NULL);
	}
	refused(ARGS("stat", "-p", "abc"), "abc");
}

Test(usage, rows_and_order)
{
	refused(ARGS("stat", "-n", "abc"), "abc");
	refused(ARGS("stat", "-n", "-1"), "-1");
	refused(ARGS("stat", "-s", "nonsense"), "nonsense");
}

Test(usage, format)
{
	refused(ARGS("stat", "--format", "xml"), "xml");
	refused(ARGS("stat", "--format", ""), NULL);
	refused(ARGS("crash", "--format", "xml"), "xml");
	refused(ARGS("crash", "--format", "csv"), "crashes are not rows");
	refused(ARGS("doctor", "--format", "csv"), "csv");
}

/* Whatever comes later has other causes. */
Test(usage, window_of_a_crash)
{
	refused(ARGS("crash", "--window", "61"), "60s");
	refused(ARGS("crash", "--window", "2m"), "too long");
}

Test(usage, command_of_a_crash)
{
	refused(ARGS("crash", "--exec", ""), "empty");
	refused(ARGS("crash", "--exec="), "empty");
}

Test(usage, empty_glob)
{
	refused(ARGS("stat", "-c", ""), NULL);
}

Test(usage, more_than_one_target)
{
	refused(ARGS("stat", "-p", "1", "-c", "x*"), NULL);
	refused(ARGS("stat", "-p", "1", "-t", "1"), NULL);
	refused(ARGS("stat", "-G", "/", "-c", "x*"), NULL);
	refused(ARGS("stat", "-p", "1", "--", "true"), NULL);
	refused(ARGS("crash", "-p", "1", "-c", "x*"), NULL);
}

Test(usage, no_program_after_the_dashes)
{
	refused(ARGS("stat", "--"), NULL);
	refused(ARGS("crash", "--"), NULL);
}

Test(usage, flame)
{
	refused(ARGS("flame"), "no recording is named");
	refused(ARGS("flame", "--diff", "one"), "compares two");
	refused(ARGS("flame", "one", "two"), "two");
	refused(ARGS("flame", "one", "--metric", "nonsense"), "offcpu, sleep,");
	refused(ARGS("flame", "one", "--format", "json"), "folded, pprof, svg");
	refused(ARGS("flame", "-p", "0", "one"), "0");
	refused(ARGS("flame", "-c", "[", "one"), "unfinished");
	refused(ARGS("flame", "one", "--format", "pprof", "--reverse"), "--reverse");
	refused(ARGS("flame", "one", "-d", "1"), "-d");
	refused(ARGS("flame", "one", "-o"), "a value must follow");
	refused(ARGS("stat", "--metric", "sleep"), "--metric");
	works(ARGS("flame", "--help"), "folded|pprof|svg");
	works(ARGS("flame", "--help"), "fan-out of crashes");
}

Test(usage, flame_without_a_recording)
{
	struct run run;

	tt__run(&run, ARGS("flame", "/nonexistent/recording", "-o", tt__temp("out")), NULL);
	tt__expect_failure(&run, 1, "/nonexistent/recording");
	run__free(&run);
}
