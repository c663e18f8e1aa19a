/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/compare_recording.h"

#include <errno.h>

/* What only a live target has; NULL: nothing of it is asked for. */
static const char *live_option(const struct options *options, const char **ret_why)
{
	const struct settings *run = &options->run;

	*ret_why = "it is for a target that runs";
	if (run->program) {
		*ret_why = "a program is to be run, too";
		return "the recording";
	}
	if (options->tids.count) {
		*ret_why = "a recording adds creations and crashes up by process";
		return "-t";
	}
	if (options->cgroup) {
		*ret_why = "a recording does not keep cgroups";
		return "-G";
	}
	if (run->duration_ns) {
		*ret_why = "the recording is as long as it is";
		return "-d";
	}
	return run->as_root ? "--as-root" : run->btf ? "--btf" : run->force ? "--force-rung" : NULL;
}

int compare_recording__check(const struct options *options, struct failure *failure)
{
	const char *why, *option = live_option(options, &why);

	if (options->file_count > 1)
		return failure__set(failure, -EINVAL, "one recording is read at a time",
				    "tasktoll report --diff compares two", "unexpected \"%s\"",
				    options->files[1]);
	if (option)
		return failure__set(failure, -EINVAL, why,
				    "with a recording only -p and -c choose a target",
				    "cannot compare %s with %s", options->files[0], option);
	return 0;
}

int compare_recording__take(struct recorded_portrait *recorded, struct portrait *portrait,
			    const struct options *options, struct failure *failure)
{
	bool narrows = options->pids.count || options->comm.accept;
	const struct recorded_part part = {
		.path = options->files[0],
		.aim = { .pids = options->pids.ids,
			 .pid_count = options->pids.count,
			 .children = !options->no_children,
			 .comm = options->comm.accept ? &options->comm : NULL },
		.text = narrows ? options->run.target_text : NULL,
	};

	return recorded_portrait__take(recorded, portrait, &part, failure);
}
