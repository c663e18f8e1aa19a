/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What our BPF programs cost, sampled: the kernel's run time statistics cost
 * more than what they measure (two clock reads for each program), so they are
 * on for a part of the run only, which stands for the rest.
 */
#ifndef TRACE_TOLL_H
#define TRACE_TOLL_H

#include "trace/trace.h"

struct toll {
	bool refused;	      /* statistics need CAP_SYS_ADMIN */
	int stats;	      /* descriptor that keeps statistics on; -1: off */
	__u64 begun_ns;	      /* of the first sample; 0: there was none */
	__u64 opened_ns;      /* of the sample under way, or of the last one */
	struct run_time time; /* at its beginning */
	__u64 switches;
	/* in all samples so far */
	struct run_time sampled;
	__u64 sampled_switches, sampled_ns; /* ns: how long they lasted */
	__u32 samples;
	__u64 spent_ns; /* CPU time of turning statistics on and off, the last time */
};

struct toll_rate {
	double ns_per_switch; /* of the programs that run at switches */
	double others;	      /* share of one CPU that all others take */
};

#define TOLL_SAMPLE_NS 100000000ULL  /* how long a sample lasts */
#define TOLL_PERIOD_NS 2000000000ULL /* and how often one begins, at first */

/*
 * Turning statistics on and off takes milliseconds: the kernel's text is changed on every CPU (on one virtual
 * machine 35 ms a sample).  So samples become rarer as a run becomes longer: one in this share of it, and
 * after the first few so rarely that it is no more than this part of a CPU; in this time at the rarest.
 */
#define TOLL_SHARE   30
#define TOLL_FEW     5
#define TOLL_PART    500
#define TOLL_MOST_NS 60000000000ULL

void toll__begin(struct toll *toll);

/* How long after a sample has begun the next one does, in a run that is so old. */
__u64 toll__period(const struct toll *toll, __u64 age_ns);

/* Opens and closes samples as time goes by; call it a few times a second. */
void toll__tick(struct toll *toll, const struct trace *trace, __u64 now);

/* Closes the sample under way.  To be called before the figures are read. */
void toll__end(struct toll *toll, const struct trace *trace, __u64 now);

/* Over the samples so far; false, and why, if there is none. */
bool toll__rate(const struct toll *toll, struct toll_rate *ret_rate, const char **ret_why_not);

#endif
