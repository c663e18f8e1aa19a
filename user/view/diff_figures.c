/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates and percentiles, so that runs of any length compare. */
#include <math.h>

#include "view/diff.h"

/* A rate of a counter, or of a sum of counters; a percentile of a distribution, or the rate of its sum. */
#define COUNTED(name, text, unit, counter)                                                         \
	{                                                                                          \
		name, text, unit, counter, NULL, 0, 0                                              \
	}
#define SUMMED(name, text, unit, sum)                                                              \
	{                                                                                          \
		name, text, unit, NO_COUNTER, sum, 0, 0                                            \
	}
#define MEASURED(name, text, dist, share)                                                          \
	{                                                                                          \
		name, text, UNIT_NS, NO_COUNTER, NULL, dist, share                                 \
	}

const struct figure figures[FIGURES] = {
	[FIGURE_SWITCHES] = SUMMED("switches_per_s", "switches/s", UNIT_COUNT, row__switches),
	COUNTED("involuntary_per_s", "preempted/s", UNIT_COUNT, C_INVOLUNTARY),
	COUNTED("in_thread_per_s", "to a thread/s", UNIT_COUNT, C_IN_THREAD),
	COUNTED("in_process_per_s", "to a process/s", UNIT_COUNT, C_IN_PROCESS),
	COUNTED("migrations_per_s", "moves/s", UNIT_COUNT, C_MIGRATIONS),
	[FIGURE_TOLL] = SUMMED("toll_ns_per_s", "toll/s", UNIT_NS, row__toll),
	[FIGURE_ONCPU] = COUNTED("oncpu_ns_per_s", "on CPU/s", UNIT_NS, C_ONCPU),
	MEASURED("pick_ns_p50", "pick p50", D_PICK, 0.5),
	MEASURED("pick_ns_p99", "pick p99", D_PICK, 0.99),
	MEASURED("switch_ns_thread_p50", "thread p50", D_SWITCH_THREAD, 0.5),
	MEASURED("switch_ns_thread_p99", "thread p99", D_SWITCH_THREAD, 0.99),
	MEASURED("switch_ns_process_p50", "process p50", D_SWITCH_PROCESS, 0.5),
	MEASURED("switch_ns_process_p99", "process p99", D_SWITCH_PROCESS, 0.99),
	MEASURED("runq_ns_p50", "wait for a CPU p50", D_RUNQ, 0.5),
	[FIGURE_WAIT_P99] = MEASURED("runq_ns_p99", "wait for a CPU p99", D_RUNQ, 0.99),
	MEASURED("offcpu_ns_disk_p99", "uninterruptible p99", D_OFF_DISK, 0.99),
	[FIGURE_WAITING] = MEASURED("waiting_ns_per_s", NULL, D_RUNQ, 0),
	[FIGURE_DISK] = MEASURED("disk_ns_per_s", NULL, D_OFF_DISK, 0),
};

bool figure__is_known(const struct figure *figure, const struct compare *compare, int side)
{
	const struct compare_side *of = &compare->side[side];

	if (figure->sum)
		return true;
	return figure->counter != NO_COUNTER ? of->has_counter[figure->counter] :
					       of->has_dist[figure->dist];
}

double figure__of(const struct figure *figure, const struct compare *compare, int side,
		  const struct row *row)
{
	const struct dist *dist = row__dist(row, figure->dist);

	if (!figure__is_known(figure, compare, side))
		return (double)NAN;
	if (figure->sum)
		return compare__rate(compare, side, figure->sum(row));
	if (figure->counter != NO_COUNTER)
		return compare__rate(compare, side, row->n[figure->counter]);
	if (!(figure->share > 0))
		return compare__rate(compare, side, dist->sum);
	return dist->count ? (double)dist__percentile(dist, figure->dist, figure->share) :
			     (double)NAN;
}

bool figure__is_scaled(const struct figure *figure, const struct compare *compare, int side)
{
	return figure->sum == row__toll && compare->side[side].sampled > 1;
}

double diff__state_share(const struct compare *compare, int side, enum state state)
{
	const struct compare_side *of = &compare->side[side];
	__u64 all = 0;
	int i;

	for (i = 0; i < STATES; i++)
		all += row__state(&of->system, (enum state)i);
	return of->has_states && all ? (double)row__state(&of->system, state) / (double)all :
				       (double)NAN;
}

double diff__cpus_used(const struct compare *compare, int side)
{
	return compare__rate(compare, side, compare->side[side].system.n[C_ONCPU]) / 1e9;
}
