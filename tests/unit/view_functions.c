/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions of a flame graph by self and total, and speedscope's format. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "make_flame.h"
#include "model/profile/function_sums.h"
#include "unit.h"
#include "view/function_table.h"

typedef int write_functions(FILE *out, const struct function_sums *functions,
			    const struct metric *metric, const struct view_options *options);

static char *print(struct fire *fire, write_functions *write, size_t rows)
{
	const struct view_options options = { .rows = rows };
	const struct metric *metric = flame__options(fire->flame)->metric;
	struct function_sums functions;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(flame__build(fire->flame), 0);
	cr_assert_eq(function_sums__take(&functions, fire->flame), 0);
	cr_assert_eq(write(out, &functions, metric, &options), 0);
	function_sums__free(&functions);
	fclose(out);
	fire__end(fire);
	return text;
}

static void burn(struct fire *fire, const char *metric, struct flame_options options)
{
	fire__begin(fire, metric, options);
	fire__sample(fire, 11, "main > read > sys_read@k", WEIGHT_SLEEP, 5000);
	fire__sample(fire, 12, "main > read", WEIGHT_SLEEP, 7000);
	fire__sample(fire, 13, "main > f > g > f", WEIGHT_SLEEP, 20000);
	fire__sample(fire, 13, "main > f", WEIGHT_SLEEP, 1000);
	fire__sample(fire, 21, NULL, WEIGHT_SLEEP, 100);
}

Test(view_functions, csv_has_all_with_self_and_total)
{
	struct fire fire;
	char *text;

	burn(&fire, "sleep", (struct flame_options){ 0 });
	text = print(&fire, function_table__write_csv, 1);
	SAME_TEXT(text, "metric,unit,function,self,total\n"
			"sleep,nanoseconds,f,21000,21000\n"
			"sleep,nanoseconds,read,7000,12000\n"
			"sleep,nanoseconds,sys_read_[k],5000,5000\n"
			"sleep,nanoseconds,[unknown],100,100\n"
			"sleep,nanoseconds,main,0,33000\n"
			"sleep,nanoseconds,g,0,20000\n");
	free(text);
}

Test(view_functions, text_has_as_many_as_are_asked_for)
{
	struct fire fire;
	char *text;

	burn(&fire, "sleep", (struct flame_options){ 0 });
	text = print(&fire, function_table__write_text, 2);
	SAME_TEXT(text, "tasktoll  sleep: interruptible sleep (S), 33.1us in 6 functions\n\n"
			"        SELF  SHARE       TOTAL  SHARE  FUNCTION\n"
			"      21.0us  63.4%      21.0us  63.4%  f\n"
			"      7.00us  21.1%      12.0us  36.3%  read\n"
			"  ... and 4 more functions (-n 6 shows them)\n");
	free(text);
}

Test(view_functions, json_has_all)
{
	struct fire fire;
	char *text;
	json_t *root, *first;

	burn(&fire, "sleep", (struct flame_options){ 0 });
	text = print(&fire, function_table__write_json, 1);
	root = json_loads(text, 0, NULL);
	cr_assert_not_null(root);
	SAME(json_integer_value(json_object_get(root, "total")), 33100);
	SAME(json_array_size(json_object_get(root, "functions")), 6);
	first = json_array_get(json_object_get(root, "functions"), 0);
	SAME_TEXT(json_string_value(json_object_get(first, "function")), "f");
	SAME(json_integer_value(json_object_get(first, "self")), 21000);
	json_decref(root);
	free(text);
}

/* A wakeup is paid where the waker was, and its name is no function. */
Test(view_functions, wakeups_are_the_wakers)
{
	struct fire fire;
	char *text;

	fire__begin(&fire, "wake", (struct flame_options){ .charged = true });
	fire__wakeup(&fire, 11, "main > read", "=client > send > wake@k", 3);
	fire__wakeup(&fire, 12, "main", "=client > send", 4);
	fire__wakeup(&fire, 12, "main", NULL, 1);
	text = print(&fire, function_table__write_csv, 1);
	SAME_TEXT(text, "metric,unit,function,self,total\n"
			"wake,count,send,4,7\n"
			"wake,count,wake_[k],3,3\n"
			"wake,count,[unknown],1,1\n");
	free(text);
}

/* ---- speedscope ---- */

static json_t *scope(struct fire *fire)
{
	char *text = fire__show(fire, &flame_speedscope, NULL);
	json_t *root = json_loads(text, 0, NULL);

	cr_assert_not_null(root, "%s", text);
	free(text);
	fire__end(fire);
	return root;
}

Test(view_functions, speedscope_has_each_path_with_its_weight)
{
	struct fire fire;
	json_t *root, *profile, *frames;
	char *samples;

	fire__begin(&fire, "sleep", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "main > \"read\" > main", WEIGHT_SLEEP, 5);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 7);
	root = scope(&fire);
	frames = json_object_get(json_object_get(root, "shared"), "frames");
	SAME(json_array_size(frames), 3);
	SAME_TEXT(json_string_value(json_object_get(json_array_get(frames, 2), "name")),
		  "\"read\"");
	profile = json_array_get(json_object_get(root, "profiles"), 0);
	SAME_TEXT(json_string_value(json_object_get(profile, "unit")), "nanoseconds");
	SAME(json_integer_value(json_object_get(profile, "endValue")), 12);
	samples = json_dumps(json_object_get(profile, "samples"), JSON_COMPACT);
	SAME_TEXT(samples, "[[0,1],[0,1,2,1]]");
	free(samples);
	samples = json_dumps(json_object_get(profile, "weights"), JSON_COMPACT);
	SAME_TEXT(samples, "[7,5]");
	free(samples);
	json_decref(root);
}

Test(view_functions, speedscope_has_a_profile_for_each_run)
{
	struct fire fire;
	json_t *root, *profiles;

	fire__begin(&fire, "switches", (struct flame_options){ 0 });
	fire__sample(&fire, 11, "main", WEIGHT_SWITCHES, 5);
	fire__compare(&fire);
	fire__sample(&fire, 11, "main", WEIGHT_SWITCHES, 7);
	root = scope(&fire);
	profiles = json_object_get(root, "profiles");
	SAME(json_array_size(profiles), 2);
	SAME(json_integer_value(json_object_get(json_array_get(profiles, 0), "endValue")), 5);
	SAME(json_integer_value(json_object_get(json_array_get(profiles, 1), "endValue")), 7);
	SAME_TEXT(json_string_value(json_object_get(json_array_get(profiles, 1), "unit")), "none");
	json_decref(root);
}
