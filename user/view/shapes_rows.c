/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/shapes_rows.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/number.h"
#include "view/shapes.h"

__attribute__((format(printf, 1, 2))) static struct shapes_cell
shapes_cell__make(const char *format, ...)
{
	struct shapes_cell cell;
	va_list args;

	va_start(args, format);
	vsnprintf(cell.text, sizeof(cell.text), format, args);
	va_end(args);
	return cell;
}

static struct shapes_cell not_available(void)
{
	return shapes_cell__make("n/a");
}

/* ---- time ---- */

static struct shapes_cell say_elapsed(const struct shapes_side *side)
{
	return shapes_cell__make("%s", number__duration(shapes_side__elapsed(side, 0.5)).text);
}

static struct shapes_cell say_range(const struct shapes_side *side)
{
	return shapes_cell__make("%s..%s", number__duration(shapes_side__elapsed(side, 0)).text,
				 number__duration(shapes_side__elapsed(side, 1)).text);
}

static struct shapes_cell say_cpus(const struct shapes_side *side)
{
	return shapes_cell__make("%.2f of %d", shape__cpus_obtained(&side->all), side->all.cpus);
}

static struct shapes_cell say_cpu_time(const struct shapes_side *side)
{
	return shapes_cell__make("%s",
				 number__duration(side->all.n[C_ONCPU] / side->all.runs).text);
}

static struct shapes_cell say_state(const struct shapes_side *side, enum state state)
{
	const struct shape *all = &side->all;

	if (!all->has_states)
		return not_available();
	return shapes_cell__make("%5.1f%%  %s", 100 * shape__state_share(all, state),
				 number__duration(shape__state(all, state) / all->runs).text);
}

#define SAY_STATE(name, state)                                                                     \
	static struct shapes_cell name(const struct shapes_side *side)                             \
	{                                                                                          \
		return say_state(side, state);                                                     \
	}

SAY_STATE(say_oncpu, STATE_ONCPU)
SAY_STATE(say_waiting, STATE_WAITING)
SAY_STATE(say_sleep, STATE_SLEEP)
SAY_STATE(say_disk, STATE_DISK)
SAY_STATE(say_other, STATE_OTHER)

/* ---- the seven rows ---- */

static struct shapes_cell say_pss(const struct shapes_side *side)
{
	const struct shape_memory *memory = &side->all.memory;

	if (!memory->samples)
		return shapes_cell__make("n/a: it ended too soon");
	return shapes_cell__make("%s%s of %llu process%s", memory->moved ? "~" : "",
				 number__bytes(memory->sum.pss).text, memory->processes,
				 memory->processes == 1 ? "" : "es");
}

static struct shapes_cell say_private(const struct shapes_side *side)
{
	const struct shape_memory *memory = &side->all.memory;

	if (!memory->samples)
		return not_available();
	return shapes_cell__make("%s%s", memory->moved ? "~" : "",
				 number__bytes(memory->sum.private).text);
}

static struct shapes_cell say_page_tables(const struct shapes_side *side)
{
	const struct shape_memory *memory = &side->all.memory;

	if (!memory->samples)
		return not_available();
	return shapes_cell__make("%s; %llu samples", number__bytes(memory->sum.page_tables).text,
				 memory->samples);
}

static struct shapes_cell say_isolation(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	return shapes_cell__make("%s", shape__name(all));
}

static struct shapes_cell say_domains(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	return shapes_cell__make("%llu thread%s in %llu process%s", all->together.threads,
				 all->together.threads == 1 ? "" : "s", all->together.processes,
				 all->together.processes == 1 ? "" : "es");
}

/* "12.3k/s, most by futex" */
static struct shapes_cell say_wakes(const struct shapes_side *side, enum wake_scope scope)
{
	const struct wake_sum *sums = side->all.wakes.of[scope];
	__u64 count = wake_sums__count(&side->all.wakes, scope);
	int channel, most = 0;

	if (!side->all.has_wakes)
		return not_available();
	for (channel = 1; channel < WAKE_CHANNELS; channel++) {
		if (sums[channel].count > sums[most].count)
			most = channel;
	}
	if (!count)
		return shapes_cell__make("none");
	return shapes_cell__make("%s/s, most by %s",
				 number__short(shape__rate(&side->all, count)).text,
				 wake_channels[most]);
}

static struct shapes_cell say_inside(const struct shapes_side *side)
{
	return say_wakes(side, WAKES_INSIDE);
}

static struct shapes_cell say_between(const struct shapes_side *side)
{
	return say_wakes(side, WAKES_BETWEEN);
}

/* From the wakeup to running, of all that one task of it did to another. */
static struct shapes_cell say_wake_latency(const struct shapes_side *side)
{
	struct dist all = { 0 };
	int scope, channel;

	if (!side->all.has_wakes)
		return not_available();
	for (scope = WAKES_INSIDE; scope <= WAKES_BETWEEN; scope++) {
		for (channel = 0; channel < WAKE_CHANNELS; channel++)
			dist__add(&all, D_RUNQ, &side->all.wakes.of[scope][channel].latency);
	}
	if (!all.count)
		return shapes_cell__make("-");
	return shapes_cell__make(
		"p50 %s, p99 %s",
		number__duration_digits(dist__percentile(&all, D_RUNQ, 0.5), 2).text,
		number__duration_digits(dist__percentile(&all, D_RUNQ, 0.99), 2).text);
}

static struct shapes_cell say_turns(const struct shapes_side *side)
{
	static const char *const words[] = { "-", "not enough data", "none",
					     "not decidable: CPUs busy" };
	const struct serial *serial = &side->all.serial;
	enum serial_verdict verdict = serial__judge(serial);

	if (!side->all.has_wakes)
		return not_available();
	if (verdict == SERIAL_YES)
		return shapes_cell__make("yes, on %s", serial__lock(serial));
	return shapes_cell__make("%s", words[verdict]);
}

static struct shapes_cell say_crash(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	if (all->crashes)
		return shapes_cell__make("%llu, the worst took %llu", all->crashes,
					 all->crash_victims);
	return shapes_cell__make("none; would take up to %llu", all->together.largest);
}

static struct shapes_cell say_creation(const struct shapes_side *side)
{
	const struct shape *all = &side->all;
	double runs = (double)all->runs;

	return shapes_cell__make("%s threads, %s processes",
				 number__short((double)all->created[SPAWN_THREAD] / runs).text,
				 number__short((double)(all->created[SPAWN_PROCESS] +
							all->created[SPAWN_VFORK] +
							all->created[SPAWN_SHARED]) /
					       runs)
					 .text);
}

static struct shapes_cell say_creation_time(const struct shapes_side *side)
{
	if (!side->all.has_create)
		return not_available();
	return shapes_cell__make("%s", number__duration(side->all.create_ns / side->all.runs).text);
}

static struct shapes_cell say_switches(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	return shapes_cell__make("%s/s",
				 number__short(shape__rate(all, shape__switches(all))).text);
}

/* "12.3k/s  p50 315ns" */
static struct shapes_cell say_kind(const struct shapes_side *side, int counter, int dist)
{
	const struct shape *all = &side->all;
	struct number rate = number__short(shape__rate(all, all->n[counter]));

	if (!all->has_dist[dist])
		return shapes_cell__make("%s/s  n/a", rate.text);
	if (!all->dist[dist].count)
		return shapes_cell__make("%s/s", rate.text);
	return shapes_cell__make(
		"%s/s  p50 %s", rate.text,
		number__duration(dist__percentile(&all->dist[dist], dist, 0.5)).text);
}

#define SAY_KIND(name, kind)                                                                       \
	static struct shapes_cell name(const struct shapes_side *side)                             \
	{                                                                                          \
		return say_kind(side, C_IN_##kind, D_SWITCH_##kind);                               \
	}

SAY_KIND(say_thread, THREAD)
SAY_KIND(say_process, PROCESS)
SAY_KIND(say_resume, RESUME)

static struct shapes_cell say_toll(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	if (!all->has_dist[D_SWITCH_PROCESS])
		return not_available();
	return shapes_cell__make(
		"%s of a CPU",
		number__share((double)shape__toll(all), (double)all->elapsed_ns).text);
}

static struct shapes_cell say_address_spaces(const struct shapes_side *side)
{
	if (isnan(side->address_space_ns))
		return shapes_cell__make("n/a: too few switches");
	return shapes_cell__make("%s of a CPU%s",
				 number__share_bound(fmax(side->address_space_ns, 0),
						     (double)side->all.elapsed_ns, NULL)
					 .text,
				 side->from_price_list ? " (price list)" : "");
}

static struct shapes_cell say_use(const struct shapes_side *side)
{
	if (!side->all.has_states)
		return not_available();
	return shapes_cell__make("%.2f wanted, %.2f obtained", shape__cpus_wanted(&side->all),
				 shape__cpus_obtained(&side->all));
}

/* ---- the tables ---- */

static const char *note_on_wakes(const struct shapes *shapes)
{
	return shapes->side[0].all.has_wakes || shapes->side[1].all.has_wakes ?
		       NULL :
		       communication_unknown;
}

const struct shapes_row shapes_time_rows[] = {
	{ "elapsed, median", "elapsed", "median", say_elapsed, NULL },
	{ "  all rounds", "", "all rounds", say_range, NULL },
	{ "CPUs used", "CPUs used", "", say_cpus, NULL },
	{ "CPU time per run", "CPU time", "per run", say_cpu_time, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

const struct shapes_row shapes_state_rows[] = {
	{ "on CPU", "on CPU", "", say_oncpu, NULL },
	{ "waiting for a CPU", "waiting for a CPU", "", say_waiting, NULL },
	{ "asleep (S)", "asleep (S)", "", say_sleep, NULL },
	{ "uninterruptible (D)", "uninterruptible (D)", "", say_disk, NULL },
	{ "other", "other", "", say_other, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

const struct shapes_row shapes_seven_rows[] = {
	{ "memory       Pss", "memory", "Pss", say_pss, NULL },
	{ "         private", "", "private", say_private, NULL },
	{ "     page tables", "", "page tables", say_page_tables, NULL },
	{ "isolation", "isolation", "shape", say_isolation, NULL },
	{ "        at once", "", "at once", say_domains, NULL },
	{ "communication inside", "communication", "inside processes", say_inside, NULL },
	{ "    between proc.", "", "between processes", say_between, NULL },
	{ "  wakeup latency", "", "wakeup to running", say_wake_latency, note_on_wakes },
	{ "crash impact", "crash impact", "", say_crash, NULL },
	{ "creation   per run", "creation", "per run", say_creation, NULL },
	{ "     time creating", "", "time creating", say_creation_time, NULL },
	{ "switching", "switching", "all", say_switches, NULL },
	{ "     kind thread", "", "kind thread", say_thread, NULL },
	{ "     kind process", "", "kind process", say_process, NULL },
	{ "     kind resume", "", "kind resume", say_resume, NULL },
	{ "     direct cost", "", "direct cost", say_toll, NULL },
	{ "     addr. spaces", "", "address spaces", say_address_spaces, NULL },
	{ "use          CPUs", "use", "CPUs", say_use, NULL },
	{ "     taking turns", "", "taking turns", say_turns, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
