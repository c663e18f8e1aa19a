/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it costs to watch the stacks of a process. */
#include "session/stack_watch.h"

#include "unit.h"

TestSuite(stack_watch);

Test(stack_watch, its_toll_is_told_once)
{
	struct summary_toll self = { .cpu_ns = 1000, .bpf_ns = 2000 };
	struct lines_toll told = { 0 }, toll = { .cpu_ns = 30, .bpf_ns = 0 };

	stack_watch__add_toll(&self, &toll, &told);
	SAME(self.cpu_ns, 1030);
	SAME(self.bpf_ns, 2000);
	toll = (struct lines_toll){ .cpu_ns = 50, .bpf_ns = 700 };
	stack_watch__add_toll(&self, &toll, &told);
	SAME(self.cpu_ns, 1050);
	SAME(self.bpf_ns, 2700);
	stack_watch__add_toll(&self, &toll, &told);
	SAME(self.cpu_ns, 1050);
	SAME(self.bpf_ns, 2700);
}

/* An estimate that goes down and up again is no cost. */
Test(stack_watch, its_toll_never_goes_back)
{
	struct summary_toll self = { 0 };
	struct lines_toll told = { 0 }, toll = { .bpf_ns = 700 };

	stack_watch__add_toll(&self, &toll, &told);
	toll.bpf_ns = 600;
	stack_watch__add_toll(&self, &toll, &told);
	SAME(self.bpf_ns, 700);
	toll.bpf_ns = 690;
	stack_watch__add_toll(&self, &toll, &told);
	SAME(self.bpf_ns, 700);
	toll.bpf_ns = 710;
	stack_watch__add_toll(&self, &toll, &told);
	SAME(self.bpf_ns, 710);
	SAME(told.bpf_ns, 710);
}
