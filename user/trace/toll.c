/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/toll.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

void toll__begin(struct toll *toll)
{
	memset(toll, 0, sizeof(*toll));
	toll->stats = -1;
}

static void toll__open(struct toll *toll, const struct trace *trace, __u64 now)
{
	toll->stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	toll->refused = toll->stats < 0;
	if (toll->refused)
		return;
	toll->opened_ns = now;
	toll->switches = trace__switches(trace);
	toll->time_ns = trace__run_time(trace);
}

void toll__end(struct toll *toll, const struct trace *trace)
{
	__u64 time_ns, switches;

	if (toll->stats < 0)
		return;
	switches = trace__switches(trace);
	time_ns = trace__run_time(trace);
	close(toll->stats);
	toll->stats = -1;
	toll->sampled_ns += time_ns - toll->time_ns;
	toll->sampled_switches += switches - toll->switches;
}

void toll__tick(struct toll *toll, const struct trace *trace, __u64 now)
{
	if (toll->stats >= 0 && now - toll->opened_ns >= TOLL_SAMPLE_NS)
		toll__end(toll, trace);
	else if (toll->stats < 0 && !toll->refused &&
		 (!toll->opened_ns || now - toll->opened_ns >= TOLL_PERIOD_NS))
		toll__open(toll, trace, now);
}

bool toll__per_switch(const struct toll *toll, double *ret_ns, const char **ret_why_not)
{
	*ret_why_not = toll->refused ? "the kernel's statistics need CAP_SYS_ADMIN" :
				       "no switch while it was sampled";
	if (!toll->sampled_switches)
		return false;
	*ret_ns = (double)toll->sampled_ns / (double)toll->sampled_switches;
	return true;
}
