/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/nothing.h"

#include <errno.h>

#include "core/number.h"
#include "model/switching/summary.h"

/* In all periods, as far as they can be read. */
static __u64 count_crashes(struct store *store)
{
	__u32 number, periods = store__periods(store);
	__u64 crashes = 0;

	for (number = 1; number <= periods; number++) {
		struct summary summary = { 0 };
		struct failure failure = { 0 };
		struct model *model;
		__u64 now;

		if (store__read_period(store, number, &model, &summary, &now, &failure))
			break;
		crashes += model->crash_count;
		summary__release(&summary);
		model__free(model);
	}
	return crashes;
}

int nothing__of_metric(struct store *store, const char *path, const struct metric *metric,
		       struct failure *failure)
{
	__u64 crashes = metric->weights & (1U << WEIGHT_CRASH) ? count_crashes(store) : 0;

	if (crashes)
		return failure__set(failure, -ENODATA,
				    crashes == 1 ? "its fan-out is 0" : "their fan-out is 0",
				    "tasktoll report --crashes shows what crashed",
				    "nothing to show for %s: %s crash%s took no other task down",
				    path, number__count(crashes).text, crashes == 1 ? "" : "es");
	if (metric->weights & (1U << WEIGHT_CRASH))
		return nothing__of_crashes(path, failure);
	return failure__set(failure, -ENODATA, "none was recorded",
			    "tasktoll flame --help lists the metrics", "no %s in %s: %s",
			    metric->name, path, metric->help);
}

int nothing__of_periods(const char *path, struct failure *failure)
{
	return failure__set(failure, -ENODATA, "it ended before anything was written",
			    "record again, for longer", "nothing to show for %s", path);
}

int nothing__of_crashes(const char *path, struct failure *failure)
{
	return failure__set(failure, -ENODATA, "nothing crashed while it was recorded",
			    "tasktoll report prints what it has", "no crash in %s", path);
}

int nothing__of_threads(const char *path, struct failure *failure)
{
	return failure__set(
		failure, -ESRCH, "no thread in it matches -p, -t and -c",
		"tasktoll report --threads lists them; a thread has to match all that are given",
		"nothing to show for %s", path);
}
