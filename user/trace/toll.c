/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/toll.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"

void toll__begin(struct toll *toll)
{
	memset(toll, 0, sizeof(*toll));
	toll->stats = -1;
}

static void toll__open(struct toll *toll, const struct trace *trace, __u64 now)
{
	__u64 begin = clock__read(CLOCK_THREAD_CPUTIME_ID);

	toll->stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	toll->spent_ns = clock__read(CLOCK_THREAD_CPUTIME_ID) - begin;
	toll->refused = toll->stats < 0;
	if (toll->refused)
		return;
	toll->opened_ns = now;
	if (!toll->begun_ns)
		toll->begun_ns = now;
	toll->switches = trace__timed_switches(trace);
	toll->time = trace__run_time(trace);
}

void toll__end(struct toll *toll, const struct trace *trace, __u64 now)
{
	struct run_time time;
	__u64 switches, begin;

	if (toll->stats < 0)
		return;
	switches = trace__timed_switches(trace);
	time = trace__run_time(trace);
	begin = clock__read(CLOCK_THREAD_CPUTIME_ID);
	close(toll->stats);
	toll->spent_ns += clock__read(CLOCK_THREAD_CPUTIME_ID) - begin;
	toll->samples++;
	toll->stats = -1;
	toll->sampled.at_switches += time.at_switches - toll->time.at_switches;
	toll->sampled.others += time.others - toll->time.others;
	toll->sampled_switches += switches - toll->switches;
	toll->sampled_ns += now - toll->opened_ns;
}

__u64 toll__period(const struct toll *toll, __u64 age_ns)
{
	__u64 period = age_ns / TOLL_SHARE;

	if (toll->samples >= TOLL_FEW && period < TOLL_PART * toll->spent_ns)
		period = TOLL_PART * toll->spent_ns;
	if (period < TOLL_PERIOD_NS)
		return TOLL_PERIOD_NS;
	return period < TOLL_MOST_NS ? period : TOLL_MOST_NS;
}

void toll__tick(struct toll *toll, const struct trace *trace, __u64 now)
{
	if (toll->stats >= 0 && now - toll->opened_ns >= TOLL_SAMPLE_NS)
		toll__end(toll, trace, now);
	else if (toll->stats < 0 && !toll->refused &&
		 (!toll->begun_ns ||
		  now - toll->opened_ns >= toll__period(toll, now - toll->begun_ns)))
		toll__open(toll, trace, now);
}

bool toll__rate(const struct toll *toll, struct toll_rate *ret_rate, const char **ret_why_not)
{
	*ret_why_not = toll->refused ? "the kernel's statistics need CAP_SYS_ADMIN" :
				       "no switch while it was sampled";
	if (!toll->sampled_switches || !toll->sampled_ns)
		return false;
	ret_rate->ns_per_switch = (double)toll->sampled.at_switches /
				  (double)toll->sampled_switches;
	ret_rate->others = (double)toll->sampled.others / (double)toll->sampled_ns;
	return true;
}
