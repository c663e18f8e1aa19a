/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/options_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	__u32 weight;
} states[] = {
	{ "sleep", 1U << WEIGHT_SLEEP },
	{ "disk", 1U << WEIGHT_DISK },
	{ "other", 1U << WEIGHT_OTHER },
	{ "runq", 1U << WEIGHT_RUNQ },
};

static __u32 state__weight(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strlen(states[i].name) == length && !strncmp(states[i].name, name, length))
			return states[i].weight;
	}
	return 0;
}

int options__narrow_metric(struct options *options, struct failure *failure)
{
	const char *at = options->states;
	__u32 weights = 0;

	if (!at)
		return 0;
	if (strcmp(options->metric->name, "offcpu") != 0 || options->flame_format == &flame_pprof)
		return failure__set(failure, -EINVAL, "only the metric offcpu has states",
				    "leave --state out, or --metric and pprof",
				    "bad option --state");
	while (*at) {
		size_t length = strcspn(at, ",");
		__u32 weight = state__weight(at, length);

		if (!weight)
			return option__bad_value(
				failure, "state", options->states, "there is no such state",
				"write sleep, disk, other, runq, or several with a comma between");
		weights |= weight;
		at += length + (at[length] == ',');
	}
	snprintf(options->narrowed_help, sizeof(options->narrowed_help), "%s in %.40s",
		 options->metric->help, options->states);
	options->narrowed = *options->metric;
	options->narrowed.help = options->narrowed_help;
	options->narrowed.weights = weights;
	options->metric = &options->narrowed;
	return 0;
}
