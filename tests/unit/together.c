/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many tasks lived at the same time, by when each began and how long it was there. */
#include "model/comparison/together.h"

#include <utlist.h>

#include "unit.h"

#define PROCESSES 3

static struct process processes[PROCESSES];
static struct thread threads[8];
static size_t used;

static void add(size_t of, __u64 since_ns, __u64 lifetime_ns)
{
	struct thread *thread = &threads[used++];

	thread->since_ns = since_ns;
	thread->row.n[C_LIFETIME] = lifetime_ns;
	processes[of].threads_ended++;
	DL_APPEND(processes[of].threads, thread);
}

static struct together together(size_t count)
{
	const struct process *list[PROCESSES];
	struct summary summary = { .process_count = count };
	size_t i;

	for (i = 0; i < count; i++)
		list[i] = &processes[i];
	summary.processes = list;
	return together__of(&summary);
}

static void expect(struct together found, __u64 count, __u64 tasks, __u64 largest)
{
	SAME(found.processes, count);
	SAME(found.threads, tasks);
	SAME(found.largest, largest);
}

Test(together, one_after_the_other_is_one)
{
	add(0, 100, 50);
	add(1, 150, 50); /* begins when the one before ends */
	add(2, 200, 50);
	expect(together(3), 1, 1, 1);
	cr_expect_not(together(3).at_least);
}

/* It ends when it begins, and may be the first that does. */
Test(together, one_that_was_only_just_there)
{
	add(0, 100, 0);
	add(1, 100, 50);
	add(2, 200, 0);
	expect(together(3), 2, 2, 1);
}

/* Not known when: it counts in no moment. */
Test(together, one_without_a_time)
{
	add(0, 100, 50);
	add(0, 0, 50);
	expect(together(1), 1, 1, 1);
	cr_expect(together(1).at_least);
}

Test(together, by_the_lifetimes_of_threads)
{
	add(0, 100, 900); /* all the time */
	add(0, 200, 100); /* to 300 */
	add(0, 250, 100); /* to 350: three of them */
	add(0, 400, 10);
	add(1, 290, 20); /* four in all, in two processes */
	add(2, 500, 10);
	expect(together(3), 2, 4, 3);
}

/* Its leader may have ended long before its last thread. */
Test(together, a_process_lives_as_long_as_any_of_its_threads)
{
	add(0, 100, 10);
	add(0, 105, 100);
	add(1, 190, 10);
	expect(together(2), 2, 2, 2);
}

Test(together, what_was_folded_is_told)
{
	add(0, 100, 10);
	processes[0].threads_folded = 3;
	cr_expect(together(1).at_least);
	expect(together(1), 1, 1, 1);
}

Test(together, nothing_is_none)
{
	expect(together(0), 0, 0, 0);
	expect(together(1), 0, 0, 0); /* a process whose threads are not kept */
}

Test(together, of_two_runs_the_larger_figures)
{
	struct together sum = { 3, 4, 2, false };
	const struct together more = { 2, 9, 5, true };

	together__merge(&sum, &more);
	expect(sum, 3, 9, 5);
	cr_expect(sum.at_least);
}
