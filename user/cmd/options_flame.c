/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/options_flame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/glob.h"
#include "core/parse.h"

/* "choose one of a, b, c": `name` says the i-th, NULL at the end. */
static int not_in_list(const char *(*name)(size_t i), const char *option, const char *value,
		       const char *why, struct failure *failure)
{
	char names[256] = "choose one of";
	size_t i;

	for (i = 0; name(i); i++) {
		size_t at = strlen(names);

		snprintf(names + at, sizeof(names) - at, "%s %s", i ? "," : "", name(i));
	}
	return option__bad_value(failure, option, value, why, names);
}

static const char *metric_name(size_t i)
{
	return i < metric_count ? metrics[i].name : NULL;
}

static const char *flame_format_name(size_t i)
{
	return flame_formats[i] ? flame_formats[i]->name : NULL;
}

int option__set_metric(struct options *options, const char *value, struct failure *failure)
{
	options->metric = metric__find(value);
	return options->metric ? 0 :
				 not_in_list(metric_name, "metric", value,
					     "there is no such metric", failure);
}

int option__set_flame_format(struct options *options, const char *value, struct failure *failure)
{
	options->flame_format = flame_format__find(value);
	return options->flame_format ? 0 :
				       not_in_list(flame_format_name, "format", value,
						   "there is no such format", failure);
}

static int set_filter_ids(__u32 **ids, size_t *count, const char *name, const char *value,
			  struct failure *failure)
{
	free(*ids);
	*ids = NULL;
	if (parse__ids(value, ids, count))
		return option__bad_value(failure, name, value,
					 "it is not a list of numbers from 1 to 4194304",
					 "write 123 or 123,456");
	return 0;
}

int option__set_filter_pid(struct options *options, const char *value, struct failure *failure)
{
	int err = set_filter_ids(&options->pids, &options->filter.pid_count, "pid", value, failure);

	options->filter.pids = options->pids;
	return err;
}

int option__set_filter_tid(struct options *options, const char *value, struct failure *failure)
{
	int err = set_filter_ids(&options->tids, &options->filter.tid_count, "tid", value, failure);

	options->filter.tids = options->tids;
	return err;
}

int option__set_filter_comm(struct options *options, const char *value, struct failure *failure)
{
	if (glob__compile(value, &options->comm))
		return option__bad_glob(failure, value);
	options->filter.comm = &options->comm;
	return 0;
}

int option__set_per_thread(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->per_thread = true;
	return 0;
}

int option__set_no_kernel(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->no_kernel = true;
	return 0;
}

int option__set_reverse(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->reverse = true;
	return 0;
}
