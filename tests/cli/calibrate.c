/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The price list of this machine: every price is measured, kept, and printed again; nobody's root. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tt.h"

/* Its cost is that of many forks of large processes. */
TestSuite(calibrate, .fini = tt__cleanup, .timeout = 300);

static char cache[4200];

/* As a user who may write to the test's own directory. */
static const struct proc_opts *as_user(void)
{
	static const char *env[] = { cache, NULL };
	static struct proc_opts opts;
	const char *directory = tt__temp("cache");

	mkdir(directory, 0777);
	chmod(directory, 0777);
	snprintf(cache, sizeof(cache), "XDG_CACHE_HOME=%s", directory);
	opts.env = env;
	return &opts;
}

static size_t samples_of(json_t *list, const char *what, const char *field, const char *value)
{
	json_t *prices = js__at(list, "prices"), *price;
	size_t i, count = 0;

	json_array_foreach(prices, i, price) {
		const char *found = field ? json_string_value(json_object_get(price, field)) : "";

		if (!strcmp(js__str(price, "what"), what) &&
		    (!field || (found && !strcmp(found, value)))) {
			cr_expect(js__u64(price, "count") > 0 ||
					  json_object_get(price, "unavailable"),
				  "%s %s has neither samples nor a reason", what,
				  value ? value : "");
			count += js__u64(price, "count");
		}
	}
	return count;
}

Test(calibrate, every_price_is_measured_and_kept)
{
	static const char *const channels[] = {
		"futex", "pipe", "eventfd", "unix", "tcp", "signal"
	};
	static const char *const calls[] = { "thread", "spawn", "vfork", "fork" };
	struct run run, kept;
	char needle[64];
	json_t *list;
	FILE *file;
	size_t i;

	tt__run(&run, ARGS("calibrate", "--rounds", "3", "-q", "--format", "json"), as_user());
	tt__expect_success(&run);
	list = js__parse(run.out);
	for (i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
		/* two shapes on one CPU at least, three rounds each */
		cr_expect_geq(samples_of(list, "handoff", "channel", channels[i]), 6, "%s",
			      channels[i]);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		cr_expect_geq(samples_of(list, "create", "call", calls[i]), 3, "%s", calls[i]);
	cr_expect_eq(samples_of(list, "cow_fault", NULL, NULL), 3);
	cr_expect_geq(samples_of(list, "alone", NULL, NULL), 12);
	tt__run(&kept, ARGS("calibrate", "--kept", "--format", "json"), as_user());
	tt__expect_success(&kept);
	cr_expect_str_eq(kept.out, run.out, "what is kept is what was measured");
	run__free(&kept);
	file = fopen(tt__temp("prices.json"), "w");
	fputs(run.out, file);
	fclose(file);
	run__free(&run);
	run__do(&run,
		ARGS("python3", "tests/schema/validate.py", "tests/schema/prices.schema.json",
		     tt__temp("prices.json")),
		NULL);
	cr_expect_eq(run.status, 0, "%s%s", run.out, run.err);
	run__free(&run);
	tt__run(&run, ARGS("calibrate", "--kept"), as_user());
	tt__expect_success(&run);
	snprintf(needle, sizeof(needle), "%d CPU", (int)sysconf(_SC_NPROCESSORS_ONLN));
	cr_expect(strstr(run.out, needle) && strstr(run.out, "pthread_create"), "%s", run.out);
	run__free(&run);
	json_decref(list);
}

Test(calibrate, without_a_list_it_says_what_to_do)
{
	struct run run;

	tt__run(&run, ARGS("calibrate", "--kept"), as_user());
	tt__expect_failure(&run, 1, "(run tasktoll calibrate)");
	run__free(&run);
}

Test(calibrate, prices_are_no_rows)
{
	struct run run;

	tt__run(&run, ARGS("calibrate", "--format", "csv"), as_user());
	tt__expect_failure(&run, 2, "(choose text or json)");
	run__free(&run);
}
