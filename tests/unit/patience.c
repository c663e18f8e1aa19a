/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that is given up when somebody keeps it waiting. */
#include "core/patience.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static atomic_bool held;
static atomic_int dropped; /* the results, added up */

struct job {
	bool waits;
	int result;
};

static void work(void *context)
{
	struct job *job = context;

	while (job->waits && atomic_load(&held))
		usleep(1000);
	job->result = 71;
}

static void drop(void *context)
{
	struct job *job = context;

	atomic_fetch_add(&dropped, job->result);
	free(job);
}

static struct job *job__new(bool waits)
{
	struct job *job = calloc(1, sizeof(*job));

	cr_assert(job);
	job->waits = waits;
	return job;
}

static void let_go(int expected)
{
	atomic_store(&held, false);
	while (atomic_load(&dropped) < expected)
		usleep(1000);
	SAME(atomic_load(&dropped), expected);
}

Test(patience, work_that_is_done_is_the_callers)
{
	struct patience patience = { 0 };
	struct job *job = job__new(false);

	cr_assert_eq(patience__do(&patience, work, drop, job, 60000), 0);
	SAME(job->result, 71);
	SAME(patience.stuck, 0);
	free(job);
}

Test(patience, what_takes_too_long_is_given_up_and_dropped_when_it_comes_back)
{
	struct patience patience = { 0 };

	atomic_store(&held, true);
	cr_assert_eq(patience__do(&patience, work, drop, job__new(true), 1), -ETIMEDOUT);
	SAME(patience.stuck, 1);
	SAME(atomic_load(&dropped), 0);
	let_go(71);
}

Test(patience, after_eight_nothing_is_begun)
{
	struct patience patience = { 0 };
	struct job *job = job__new(false);
	int i;

	atomic_store(&held, true);
	for (i = 0; i < PATIENCE_STUCK; i++)
		cr_assert_eq(patience__do(&patience, work, drop, job__new(true), 1), -ETIMEDOUT);
	cr_assert_eq(patience__do(&patience, work, drop, job, 1), -EBUSY);
	SAME(job->result, 0);
	free(job);
	let_go(PATIENCE_STUCK * 71);
}
