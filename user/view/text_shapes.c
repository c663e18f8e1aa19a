/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/shapes.h"

const char communication_unknown[] = "this kernel does not say who wakes whom";

/* A cell of the table. */
struct cell {
	char text[64];
};

__attribute__((format(printf, 1, 2))) static struct cell cell__make(const char *format, ...)
{
	struct cell cell;
	va_list args;

	va_start(args, format);
	vsnprintf(cell.text, sizeof(cell.text), format, args);
	va_end(args);
	return cell;
}

static struct cell not_available(void)
{
	return cell__make("n/a");
}

/* A row: what a function says of each side. */
static void print_row(FILE *out, const char *name, const struct shapes *shapes,
		      struct cell (*say)(const struct shapes_side *side))
{
	fprintf(out, "  %-20s %-28s %s\n", name, say(&shapes->side[0]).text,
		say(&shapes->side[1]).text);
}

/* ---- time ---- */

static struct cell say_elapsed(const struct shapes_side *side)
{
	return cell__make("%s", number__duration(shapes_side__elapsed(side, 0.5)).text);
}

static struct cell say_range(const struct shapes_side *side)
{
	return cell__make("%s..%s", number__duration(shapes_side__elapsed(side, 0)).text,
			  number__duration(shapes_side__elapsed(side, 1)).text);
}

static struct cell say_cpus(const struct shapes_side *side)
{
	return cell__make("%.2f of %d", shape__cpus_obtained(&side->all), side->all.cpus);
}

static struct cell say_cpu_time(const struct shapes_side *side)
{
	return cell__make("%s", number__duration(side->all.n[C_ONCPU] / side->all.runs).text);
}

static struct cell say_state(const struct shapes_side *side, enum state state)
{
	const struct shape *all = &side->all;

	if (!all->has_states)
		return not_available();
	return cell__make("%5.1f%%  %s", 100 * shape__state_share(all, state),
			  number__duration(shape__state(all, state) / all->runs).text);
}

#define SAY_STATE(name, state)                                                                     \
	static struct cell name(const struct shapes_side *side)                                    \
	{                                                                                          \
		return say_state(side, state);                                                     \
	}

SAY_STATE(say_oncpu, STATE_ONCPU)
SAY_STATE(say_waiting, STATE_WAITING)
SAY_STATE(say_sleep, STATE_SLEEP)
SAY_STATE(say_disk, STATE_DISK)
SAY_STATE(say_other, STATE_OTHER)

static void print_time(FILE *out, const struct shapes *shapes)
{
	print_row(out, "elapsed, median", shapes, say_elapsed);
	print_row(out, "  all rounds", shapes, say_range);
	print_row(out, "CPUs used", shapes, say_cpus);
	print_row(out, "CPU time a run", shapes, say_cpu_time);
	fputs("\nTIME OF ALL THREADS: share, and time in a run\n", out);
	print_row(out, "on CPU", shapes, say_oncpu);
	print_row(out, "waiting for a CPU", shapes, say_waiting);
	print_row(out, "asleep (S)", shapes, say_sleep);
	print_row(out, "uninterruptible (D)", shapes, say_disk);
	print_row(out, "other", shapes, say_other);
}

/* ---- the seven rows ---- */

static struct cell say_pss(const struct shapes_side *side)
{
	const struct shape_memory *memory = &side->all.memory;

	if (!memory->samples)
		return cell__make("n/a: it ended too soon");
	return cell__make("%s of %llu process%s", number__bytes(memory->sum.pss).text,
			  memory->processes, memory->processes == 1 ? "" : "es");
}

static struct cell say_private(const struct shapes_side *side)
{
	const struct shape_memory *memory = &side->all.memory;

	if (!memory->samples)
		return not_available();
	return cell__make("%s", number__bytes(memory->sum.private).text);
}

static struct cell say_page_tables(const struct shapes_side *side)
{
	const struct shape_memory *memory = &side->all.memory;

	if (!memory->samples)
		return not_available();
	return cell__make("%s; %llu samples", number__bytes(memory->sum.page_tables).text,
			  memory->samples);
}

static struct cell say_isolation(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	return cell__make("%s", shape__name(all));
}

static struct cell say_domains(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	return cell__make("%llu thread%s in %llu process%s", all->threads,
			  all->threads == 1 ? "" : "s", all->processes,
			  all->processes == 1 ? "" : "es");
}

/* "12.3k/s, most by futex" */
static struct cell say_wakes(const struct shapes_side *side, enum wake_scope scope)
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
		return cell__make("none");
	return cell__make("%s/s, most by %s", number__short(shape__rate(&side->all, count)).text,
			  wake_channels[most]);
}

static struct cell say_inside(const struct shapes_side *side)
{
	return say_wakes(side, WAKES_INSIDE);
}

static struct cell say_between(const struct shapes_side *side)
{
	return say_wakes(side, WAKES_BETWEEN);
}

/* From the wakeup to running, of all that one task of it did to another. */
static struct cell say_wake_latency(const struct shapes_side *side)
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
		return cell__make("-");
	return cell__make("p50 %s, p99 %s",
			  number__duration_digits(dist__percentile(&all, D_RUNQ, 0.5), 2).text,
			  number__duration_digits(dist__percentile(&all, D_RUNQ, 0.99), 2).text);
}

static struct cell say_turns(const struct shapes_side *side)
{
	static const char *const words[] = { "-", "not enough data", "none",
					     "not decidable: CPUs busy", "yes, on one lock" };

	if (!side->all.has_wakes)
		return not_available();
	return cell__make("%s", words[serial__judge(&side->all.serial)]);
}

static struct cell say_crash(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	if (all->crashes)
		return cell__make("%llu, the worst took %llu", all->crashes, all->crash_victims);
	return cell__make("none; would take up to %llu", all->most_threads);
}

static struct cell say_creation(const struct shapes_side *side)
{
	const struct shape *all = &side->all;
	double runs = (double)all->runs;

	return cell__make("%s threads, %s processes",
			  number__short((double)all->created[SPAWN_THREAD] / runs).text,
			  number__short((double)(all->created[SPAWN_PROCESS] +
						 all->created[SPAWN_VFORK] +
						 all->created[SPAWN_SHARED]) /
					runs)
				  .text);
}

static struct cell say_creation_time(const struct shapes_side *side)
{
	if (!side->all.has_create)
		return not_available();
	return cell__make("%s", number__duration(side->all.create_ns / side->all.runs).text);
}

static struct cell say_switches(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	return cell__make("%s/s", number__short(shape__rate(all, shape__switches(all))).text);
}

/* "12.3k/s  p50 315ns" */
static struct cell say_kind(const struct shapes_side *side, int counter, int dist)
{
	const struct shape *all = &side->all;
	struct number rate = number__short(shape__rate(all, all->n[counter]));

	if (!all->has_dist[dist])
		return cell__make("%s/s  n/a", rate.text);
	if (!all->dist[dist].count)
		return cell__make("%s/s", rate.text);
	return cell__make("%s/s  p50 %s", rate.text,
			  number__duration(dist__percentile(&all->dist[dist], dist, 0.5)).text);
}

#define SAY_KIND(name, kind)                                                                       \
	static struct cell name(const struct shapes_side *side)                                    \
	{                                                                                          \
		return say_kind(side, C_IN_##kind, D_SWITCH_##kind);                               \
	}

SAY_KIND(say_thread, THREAD)
SAY_KIND(say_process, PROCESS)
SAY_KIND(say_resume, RESUME)

static struct cell say_toll(const struct shapes_side *side)
{
	const struct shape *all = &side->all;

	if (!all->has_dist[D_SWITCH_PROCESS])
		return not_available();
	return cell__make("%s of a CPU",
			  number__share((double)shape__toll(all), (double)all->elapsed_ns).text);
}

static struct cell say_address_spaces(const struct shapes_side *side)
{
	if (isnan(side->address_space_ns))
		return cell__make("n/a: too few switches");
	return cell__make(
		"%s of a CPU%s",
		number__share(fmax(side->address_space_ns, 0), (double)side->all.elapsed_ns).text,
		side->from_price_list ? " (price list)" : "");
}

static struct cell say_use(const struct shapes_side *side)
{
	if (!side->all.has_states)
		return not_available();
	return cell__make("%.2f wanted, %.2f obtained", shape__cpus_wanted(&side->all),
			  shape__cpus_obtained(&side->all));
}

static void print_rows(FILE *out, const struct shapes *shapes)
{
	fputs("\nTHE SEVEN ROWS\n", out);
	print_row(out, "memory       Pss", shapes, say_pss);
	print_row(out, "         private", shapes, say_private);
	print_row(out, "     page tables", shapes, say_page_tables);
	print_row(out, "isolation", shapes, say_isolation);
	print_row(out, "         in all", shapes, say_domains);
	print_row(out, "communication inside", shapes, say_inside);
	print_row(out, "    between proc.", shapes, say_between);
	print_row(out, "     till it runs", shapes, say_wake_latency);
	if (!shapes->side[0].all.has_wakes && !shapes->side[1].all.has_wakes)
		fprintf(out, "    (%s)\n", communication_unknown);
	print_row(out, "crash impact", shapes, say_crash);
	print_row(out, "creation     a run", shapes, say_creation);
	print_row(out, "     time in it", shapes, say_creation_time);
	print_row(out, "switching", shapes, say_switches);
	print_row(out, "     kind thread", shapes, say_thread);
	print_row(out, "     kind process", shapes, say_process);
	print_row(out, "     kind resume", shapes, say_resume);
	print_row(out, "     direct cost", shapes, say_toll);
	print_row(out, "     addr. spaces", shapes, say_address_spaces);
	print_row(out, "use          CPUs", shapes, say_use);
	print_row(out, "     taking turns", shapes, say_turns);
}

/* ---- the page ---- */

static void print_command(FILE *out, const char *name, const struct shapes_side *side)
{
	fprintf(out, "  %s: ", name);
	if (strlen(side->command) > 72)
		escape__cell(out, 72, side->command, false);
	else
		escape__terminal(out, side->command);
	fputc('\n', out);
}

static void print_others(FILE *out, const struct shapes *shapes)
{
	double most[2];
	size_t disturbed = shapes_side__disturbed(&shapes->side[0], &most[0]) +
			   shapes_side__disturbed(&shapes->side[1], &most[1]);

	fprintf(out, "  other tasks used up to %s of the CPUs' time in a round",
		number__share(fmax(most[0], most[1]), 1).text);
	if (disturbed)
		fprintf(out, ": %zu of %zu rounds were disturbed", disturbed,
			shapes->side[0].rounds + shapes->side[1].rounds);
	fputc('\n', out);
}

void text__shapes(FILE *out, const struct shapes *shapes)
{
	const struct shapes_side *side = shapes->side;

	fprintf(out, "tasktoll compare  %zu round%s of each, in turn, on ", side[0].rounds,
		side[0].rounds == 1 ? "" : "s");
	escape__terminal(out, shapes->host);
	fprintf(out, " (%d CPUs), Linux ", shapes->cpus);
	escape__terminal(out, shapes->kernel);
	fputc('\n', out);
	print_command(out, "A", &side[0]);
	print_command(out, "B", &side[1]);
	fprintf(out, "\n  %-20s %-28s %s\n", "", "A", "B");
	print_time(out, shapes);
	print_others(out, shapes);
	print_rows(out, shapes);
	text__verdict(out, &shapes->verdict);
}
