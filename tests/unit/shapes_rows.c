/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each row of two shapes side by side: what it says with its figures, and without. */
#include "view/shapes_rows.h"

#include <math.h>
#include <string.h>

#include "unit.h"

#define MS 1000000ULL

static struct shapes_side side;

/* Two runs of half a second each. */
static void begin(void)
{
	struct shape *all = &side.all;
	int i;

	side = (struct shapes_side){ .rounds = 3,
				     .elapsed = { 400 * MS, 500 * MS, 700 * MS },
				     .address_space_ns = 20 * (double)MS };
	all->runs = 2;
	all->cpus = 4;
	all->elapsed_ns = all->duration_ns = 1000 * MS;
	all->n[C_ONCPU] = 600 * MS;
	all->n[C_VOLUNTARY] = 3000;
	all->n[C_INVOLUNTARY] = 50;
	all->n[C_IN_THREAD] = 700;
	all->n[C_IN_PROCESS] = 80;
	all->n[C_IN_RESUME] = 9;
	all->dist[D_RUNQ].sum = 100 * MS;
	all->dist[D_OFF_SLEEP].sum = 200 * MS;
	all->dist[D_OFF_DISK].sum = 60 * MS;
	all->dist[D_OFF_OTHER].sum = 40 * MS;
	for (i = 0; i < ROW_DISTS; i++)
		all->has_dist[i] = true;
	all->has_states = all->has_create = all->has_wakes = true;
	all->processes = 3;
	all->threads = all->most_threads = 5;
	all->together.processes = 3;
	all->together.threads = all->together.largest = 5;
	all->created[SPAWN_THREAD] = 8;
	all->created[SPAWN_PROCESS] = 20;
	all->created[SPAWN_VFORK] = 30;
	all->created[SPAWN_SHARED] = 40;
	all->create_ns = 6 * MS;
}

TestSuite(shapes_rows, .init = begin);

static void check(const char *name, const char *expected)
{
	static const struct shapes_row *const tables[] = { shapes_time_rows, shapes_state_rows,
							   shapes_seven_rows };
	const struct shapes_row *row;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (row = tables[i]; row->name; row++) {
			if (strcmp(row->name, name))
				continue;
			cr_expect_str_eq(row->say(&side).text, expected,
					 "%s: \"%s\", expected \"%s\"", name, row->say(&side).text,
					 expected);
			return;
		}
	}
	cr_assert_fail("no row %s", name);
}

Test(shapes_rows, time)
{
	check("elapsed, median", "500ms");
	check("  all rounds", "400ms..700ms");
	check("CPUs used", "0.60 of 4");
	check("CPU time per run", "300ms");
}

Test(shapes_rows, states)
{
	check("on CPU", " 60.0%  300ms");
	check("waiting for a CPU", " 10.0%  50.0ms");
	check("asleep (S)", " 20.0%  100ms");
	check("uninterruptible (D)", "  6.0%  30.0ms");
	check("other", "  4.0%  20.0ms");
	check("use          CPUs", "0.70 wanted, 0.60 obtained");
	side.all.has_states = false;
	check("on CPU", "n/a");
	check("use          CPUs", "n/a");
}

Test(shapes_rows, memory)
{
	check("memory       Pss", "n/a: it ended too soon");
	check("         private", "n/a");
	check("     page tables", "n/a");
	side.all.memory = (struct shape_memory){
		.samples = 7,
		.processes = 1,
		.sum = { .pss = 3 << 20, .private = 2 << 20, .page_tables = 1 << 20 }
	};
	check("memory       Pss", "3.00MiB of 1 process");
	check("         private", "2.00MiB");
	check("     page tables", "1.00MiB; 7 samples");
	side.all.memory.processes = 2;
	check("memory       Pss", "3.00MiB of 2 processes");
}

Test(shapes_rows, isolation_and_crashes)
{
	check("isolation", "threads and processes");
	check("crash impact", "none; would take up to 5");
	side.all.crashes = 2;
	side.all.crash_victims = 4;
	check("crash impact", "2, the worst took 4");
	check("        at once", "5 threads in 3 processes");
	side.all.together.processes = side.all.together.threads = 1;
	check("        at once", "1 thread in 1 process");
}

Test(shapes_rows, creation)
{
	check("creation   per run", "4 threads, 45 processes");
	check("     time creating", "3.00ms");
	side.all.has_create = false;
	check("     time creating", "n/a");
}

static void add_wakes(enum wake_scope scope, enum channel_of_wake channel, __u64 count, __u64 ns)
{
	struct wake_sum *sum = &side.all.wakes.of[scope][channel];

	sum->count = count;
	while (count--)
		dist__add_sample(&sum->latency, D_RUNQ, ns);
}

Test(shapes_rows, communication)
{
	check("communication inside", "none");
	check("  wakeup latency", "-");
	add_wakes(WAKES_INSIDE, WAKE_OTHER, 10, 2000);
	add_wakes(WAKES_INSIDE, WAKE_FUTEX, 30, 2000);
	add_wakes(WAKES_INSIDE, WAKE_PIPE, 30, 2000);
	add_wakes(WAKES_BETWEEN, WAKE_PIPE, 5, 8000);
	add_wakes(WAKES_OUTSIDE, WAKE_TCP, 400, 900000); /* not its own doing */
	check("communication inside", "70/s, most by futex");
	check("    between proc.", "5/s, most by pipe");
	check("  wakeup latency", "p50 2.0us, p99 8.0us");
	side.all.has_wakes = false;
	check("communication inside", "n/a");
	check("    between proc.", "n/a");
	check("  wakeup latency", "n/a");
}

Test(shapes_rows, turns)
{
	struct serial *serial = &side.all.serial;

	check("     taking turns", "-");
	*serial = (struct serial){ .found = true, .threads = 2, .duration_ns = 1 };
	check("     taking turns", "not enough data");
	serial->duration_ns = 1000 * MS;
	check("     taking turns", "none");
	serial->handoffs = 1000;
	serial->takers = 2;
	serial->round = 1;
	check("     taking turns", "not decidable: CPUs busy");
	serial->idle_ns = serial->work_ns = serial->one_ns = serial->one_idle_ns =
		serial->waited_ns = 1000 * MS;
	check("     taking turns", "yes, on one lock");
	side.all.has_wakes = false;
	check("     taking turns", "n/a");
}

Test(shapes_rows, switching)
{
	struct dist *dist = &side.all.dist[D_SWITCH_PROCESS];

	check("switching", "3.05k/s");
	check("     kind thread", "700/s");
	check("     kind resume", "9/s");
	dist__add_sample(dist, D_SWITCH_PROCESS, 1500);
	check("     kind process", "80/s  p50 1.50us");
	check("     direct cost", "0.0% of a CPU");
	dist->sum = 20 * MS;
	check("     direct cost", "2.0% of a CPU");
	side.all.dist[D_PICK].sum = 40 * MS;
	side.all.dist[D_SWITCH_THREAD].sum = 50 * MS;
	side.all.dist[D_SWITCH_RESUME].sum = 70 * MS;
	side.all.elapsed_ns = 2000 * MS;
	check("     direct cost", "9.0% of a CPU");
	check("switching", "1.52k/s");
	side.all.has_dist[D_SWITCH_PROCESS] = false;
	check("     kind process", "40/s  n/a");
	check("     direct cost", "n/a");
}

Test(shapes_rows, address_spaces)
{
	check("     addr. spaces", "2.0% of a CPU");
	side.from_price_list = true;
	side.address_space_ns = -5;
	check("     addr. spaces", "less than 0.1% of a CPU (price list)");
	side.address_space_ns = NAN;
	check("     addr. spaces", "n/a: too few switches");
}

/* What is not recorded of both is told below. */
Test(shapes_rows, note_on_communication)
{
	const struct shapes_row *row = shapes_seven_rows;
	static struct shapes shapes;

	while (strcmp(row->name, "  wakeup latency"))
		row++;
	cr_expect_not_null(row->note(&shapes));
	shapes.side[1].all.has_wakes = true;
	cr_expect_null(row->note(&shapes));
}
