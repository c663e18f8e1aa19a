/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/report_check.h"
#include "cmd/options_state.h"

#include <errno.h>

int report_options__check(struct options *options, struct failure *failure)
{
	size_t wanted = options->diff ? 2 : 1;
	bool stacks = options->stacks || (options->metric && !options->functions);
	enum view_slot slot = options->diff	 ? VIEW_DIFF :
			      options->crashes	 ? VIEW_CRASH :
			      stacks		 ? VIEW_STACKS :
			      options->functions ? VIEW_FUNCTIONS :
						   VIEW_SUMMARY;

	if (options->file_count < wanted)
		return failure__set(failure, -EINVAL,
				    options->file_count ? "only one recording is named" :
							  "no recording is named",
				    options->diff ? "write tasktoll report --diff A B" :
						    "write tasktoll report FILE",
				    "nothing to report");
	if (options->file_count > wanted)
		return failure__set(failure, -EINVAL, "one recording is read at a time",
				    "--diff compares two", "unexpected \"%s\"",
				    options->files[wanted]);
	if (options->sum && (options->diff || options->crashes || stacks || options->functions))
		return failure__set(failure, -EINVAL,
				    "crashes, stacks and --diff are of the whole recording anyway",
				    "leave --sum out", "bad option --sum");
	if (options->diff + options->crashes + stacks + options->functions > 1)
		return failure__set(failure, -EINVAL, "each has its own output",
				    "choose one of --crashes, --stacks, --functions, --diff",
				    "cannot print several reports at once");
	if ((options->pids.count || options->tids.count || options->comm.accept) && !stacks &&
	    !options->functions)
		return failure__set(
			failure, -EINVAL, "only stacks can be those of some threads",
			"write --stacks N or --functions, too, or record with this target",
			"bad option -p, -t or -c");
	if (view__check(options->view, slot, failure))
		return failure->error;
	if (options__by(options) == BY_USER || options__by(options) == BY_CGROUP)
		return failure__set(failure, -EINVAL, "a recording has neither user nor cgroup",
				    "choose --by comm or parent; stat has them all",
				    "cannot group by %s", *options->by);
	if ((stacks || options->functions) && !options->metric)
		options->metric = metric__find("offcpu");
	if (options->states && !options->metric)
		return failure__set(failure, -EINVAL, "only stacks and functions have states",
				    "write --stacks N or --functions, too", "bad option --state");
	return options__narrow_metric(options, failure);
}
