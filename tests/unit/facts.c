/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User and cgroup of processes that nobody could look at while they lived. */
#include "session/facts.h"

#include "make_reading.h"
#include "unit.h"

#define NOBODY 4294967290U /* no such user, and no such process */

static struct model *model;
static struct facts *facts;

static void set_up(void)
{
	model = model__new(true, false);
	facts = facts__new();
	cr_assert(model && facts);
	model->run_start = 1;
}

static void tear_down(void)
{
	facts__free(facts);
	model__free(model);
}

TestSuite(facts, .init = set_up, .fini = tear_down);

/* The last word of a process with that id, which the model has got. */
static struct process *end(__u32 tid, __u32 tgid, __u32 uid)
{
	struct task task = task__make(tid, tgid, tid);

	task.head.type = WIRE_DEAD;
	task.head.uid = uid;
	task__die(&task, model);
	facts__end(facts, model, &task.head);
	return model__find_process(model, tgid, task.head.leader_ns);
}

Test(facts, the_last_word_tells_the_user)
{
	struct process *process = end(NOBODY, NOBODY, 4294967291U);

	cr_assert_not_null(process);
	cr_assert_null(process->user);
	facts__apply(facts, model);
	cr_assert_str_eq(process->user, "uid 4294967291");
	cr_expect_null(process->cgroup, "of a cgroup nothing was said");
}

Test(facts, what_has_been_told_stays)
{
	struct process *process = end(NOBODY, NOBODY, 4294967291U);

	facts__apply(facts, model);
	cr_assert_eq(end(NOBODY, NOBODY, 4294967292U), process);
	facts__apply(facts, model);
	cr_assert_str_eq(process->user, "uid 4294967291");
}

Test(facts, a_thread_does_not_speak_for_its_process)
{
	struct process *process = end(NOBODY - 1, NOBODY, 4294967291U);

	facts__apply(facts, model);
	cr_assert_null(process->user);
}
