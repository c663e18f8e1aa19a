/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stack that becomes known after its period has been closed: sums stay as they were. */
#include "session/paid.h"

#include "make_store.h"
#include "unit.h"

#define WAITS 7
#define KNOWN 9

static struct store_writer *writer;
static struct failure failure;

static struct sample sample_on(__u32 stack)
{
	struct sample sample = { .thread = 3, .stack = stack };

	sample.weight[WEIGHT_SWITCHES] = 5;
	sample.weight[WEIGHT_SLEEP] = 1000;
	return sample;
}

Test(paid, what_waits_at_a_close_moves_to_its_stack_when_that_is_known, .fini = recording__remove)
{
	struct sample waits = sample_on(WAITS), known = sample_on(KNOWN);
	struct paid paid = { 0 };

	writer = recording__create();
	recording__begin(writer);
	cr_assert_eq(paid__keep(&paid, writer, 1, true, &waits, &failure), 0);
	SAME(paid.period, 1);
	SAME(paid.stack, WAITS);
	cr_assert_eq(paid__keep(&paid, writer, 2, false, &waits, &failure), 0); /* it is there */
	recording__commit(writer);
	recording__begin(writer);
	cr_assert_eq(paid__move(&paid, writer, &known, &failure), 0);
	recording__commit(writer);
	recording__end(writer, true);
	SAME(recording__number("SELECT sum(switches) FROM samples WHERE period = 1"), 5);
	SAME(recording__number("SELECT sum(sleep_ns) FROM samples WHERE period = 1"), 1000);
	SAME(recording__number("SELECT switches FROM samples WHERE period = 1 AND stack = 9"), 5);
	SAME(recording__number("SELECT switches FROM samples WHERE period = 1 AND stack = 7"), 0);
	SAME(recording__number("SELECT count(*) FROM samples WHERE period = 2"), 0);
	SAME(recording__number("SELECT count(*) FROM open_samples"), 0);
}

Test(paid, what_waits_in_a_period_that_goes_on_is_open, .fini = recording__remove)
{
	struct sample waits = sample_on(WAITS);
	struct paid paid = { 0 };

	writer = recording__create();
	recording__begin(writer);
	cr_assert_eq(paid__keep(&paid, writer, 1, false, &waits, &failure), 0);
	recording__commit(writer);
	recording__end(writer, true);
	SAME(paid.period, 0);
	SAME(paid.thread, 3);
	SAME(recording__number("SELECT count(*) FROM samples"), 0);
	SAME(recording__number("SELECT switches FROM open_samples WHERE period = 1 AND stack = 7"),
	     5);
}
