/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/comparison/portrait.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "model/comparison/portrait_wakes.h"

#define FEW_SWITCHES 100
#define FEW_NS	     500000000ULL
#define MATTERS	     0.01 /* of a CPU */
#define IDLE	     0.25 /* CPUs: less is not idle */

const char *const portrait_rows[PORTRAIT_ROWS] = { "memory",	   "isolation", "communication",
						   "crash impact", "creation",	"switching",
						   "use" };

#define SAY(field, ...) snprintf(field, sizeof(field), __VA_ARGS__)

static const char *plural(__u64 count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

const char *portrait__no_prices(const struct portrait *portrait)
{
	return portrait->no_prices ? portrait->no_prices :
				     "no price list that fits and is quiet: run tasktoll calibrate";
}

static bool is_processes(const struct shape *shape)
{
	return shape->processes > 1;
}

/* ---- memory ---- */

static void draw_memory(struct portrait *portrait)
{
	struct portrait_line *line = &portrait->rows[ROW_MEMORY];
	const struct shape *shape = &portrait->shape;
	const struct shape_memory *memory = &shape->memory;
	__u64 others = memory->processes ? memory->processes - 1 : 0;
	__u64 mean = memory->processes ? memory->sum.page_tables / memory->processes : 0;

	line->samples = memory->samples;
	line->counted = "samples";
	if (!memory->samples) {
		SAY(line->has, shape->recorded ? "not known: %s" : "n/a: %s",
		    shape__no_memory(shape));
		SAY(line->known, shape->recorded ?
					 "not known: compare reads it while a target runs" :
					 "not known: nothing was read");
		return;
	}
	SAY(line->has,
	    "Pss %s: %s private, %s shared; page tables %s; %llu process%s, %llu thread%s",
	    number__bytes(memory->sum.pss).text, number__bytes(memory->sum.private).text,
	    number__bytes(memory->sum.pss > memory->sum.private ?
				  memory->sum.pss - memory->sum.private :
				  0)
		    .text,
	    number__bytes(memory->sum.page_tables).text, memory->processes,
	    plural(memory->processes, "", "es"), memory->sum.threads,
	    plural(memory->sum.threads, "", "s"));
	if (memory->processes > 1) {
		SAY(line->other,
		    "as threads: the page tables of %llu process%s less, about %s; private pages that "
		    "are copies of each other would go, too",
		    others, plural(others, "", "es"), number__bytes(mean * others).text);
		SAY(line->known, "page tables: measured; which pages are copies: not known (their "
				 "content is not read)");
	} else if (memory->sum.threads > 1) {
		SAY(line->other,
		    "as %llu processes: page tables of %s each, and up to %s for each "
		    "more, as far as it writes to private pages",
		    memory->sum.threads, number__bytes(memory->sum.page_tables).text,
		    number__bytes(memory->sum.private).text);
		SAY(line->known, "bounds: measured; which pages each would write: not known");
	} else {
		SAY(line->known, "measured");
	}
}

/* ---- isolation and crashes ---- */

static size_t add_name(char *text, size_t used, size_t size, const char *name, const char *what)
{
	if (used >= size)
		return used;
	return used +
	       (size_t)snprintf(text + used, size - used, "%s%s%s", used ? ", " : "", name, what);
}

/* "user, seccomp filter, pid namespace" */
static void list_differences(const struct isolation *isolation, char *text, size_t size)
{
	size_t used = 0;
	int i;

	*text = 0;
	if (isolation->user)
		used = add_name(text, used, size, "user", "");
	if (isolation->seccomp)
		used = add_name(text, used, size, "seccomp filter", "");
	if (isolation->cgroup)
		used = add_name(text, used, size, "cgroup", "");
	for (i = 0; i < SPACES; i++) {
		if (isolation->space[i])
			used = add_name(text, used, size, process_spaces[i], " namespace");
	}
}

static void draw_isolation(struct portrait *portrait)
{
	struct portrait_line *line = &portrait->rows[ROW_ISOLATION];
	const struct isolation *isolation = &portrait->isolation;
	const struct shape *shape = &portrait->shape;
	const struct together *together = &shape->together;
	char differ[200], in_all[64] = "";

	list_differences(isolation, differ, sizeof(differ));
	line->samples = shape->recorded ? shape->processes : isolation->processes;
	line->counted = "processes";
	if (shape->threads > together->threads)
		snprintf(in_all, sizeof(in_all), " at once (%llu and %llu in all)",
			 shape->processes, shape->threads);
	SAY(line->has,
	    "%s%llu address space%s, %llu thread%s%s; a crash takes down %llu thread%s at most",
	    together->at_least ? "at least " : "", together->processes,
	    plural(together->processes, "", "s"), together->threads,
	    plural(together->threads, "", "s"), in_all, together->largest,
	    plural(together->largest, "", "s"));
	if (!is_processes(shape)) {
		if (together->threads > 1)
			SAY(line->other, "as processes: 1 of %llu dies alone", together->threads);
		SAY(line->known, "measured");
	} else if (shape->recorded) {
		SAY(line->other, "as threads: all %llu die together", together->threads);
		SAY(line->known,
		    "threads: measured; user, cgroup, seccomp and namespaces: not known, a "
		    "recording does not keep them");
	} else if (!isolation->processes) {
		SAY(line->known, "not known: no process lived long enough to be looked at");
	} else if (*differ) {
		SAY(line->other,
		    "as threads: all %llu die together, and they share what they now have "
		    "apart: %s",
		    together->threads, differ);
		SAY(line->known, "measured");
	} else {
		SAY(line->other,
		    "as threads: all %llu die together; user, cgroup, seccomp and "
		    "namespaces are the same",
		    together->threads);
		SAY(line->known, "measured");
	}
}

static void draw_crash(struct portrait *portrait)
{
	struct portrait_line *line = &portrait->rows[ROW_CRASH];
	const struct shape *shape = &portrait->shape;
	const struct together *together = &shape->together;

	line->samples = shape->crashes;
	line->counted = "crashes";
	if (shape->lives_unknown)
		SAY(line->has, "not known: %s", shape__no_lives(shape));
	else if (shape->crashes)
		SAY(line->has, "%llu crash%s seen; the worst took %llu task%s down", shape->crashes,
		    plural(shape->crashes, "", "es"), shape->crash_victims,
		    plural(shape->crash_victims, "", "s"));
	else
		SAY(line->has, "none seen; one in the largest process would take its %llu thread%s",
		    together->largest, plural(together->largest, "", "s"));
	if (is_processes(shape))
		SAY(line->other, "as threads: one would take all %llu", together->threads);
	else if (together->threads > 1)
		SAY(line->other, "as processes: one would take 1, and whom it talks to: not known");
	SAY(line->known, "by who shares an address space; what peers do then is not known");
}

/* ---- creation ---- */

static void draw_creation(struct portrait *portrait)
{
	struct portrait_line *line = &portrait->rows[ROW_CREATION];
	const struct portrait_prices *prices = &portrait->prices;
	const struct shape *shape = &portrait->shape;
	__u64 processes = shape->created[SPAWN_PROCESS] + shape->created[SPAWN_VFORK] +
			  shape->created[SPAWN_SHARED];
	__u64 threads = shape->created[SPAWN_THREAD];

	line->samples = processes + threads;
	line->counted = "creations";
	if (shape->lives_unknown)
		SAY(line->has, "not known: %s", shape__no_lives(shape));
	else if (!line->samples)
		SAY(line->has, "none in %s", number__duration(shape->duration_ns).text);
	else
		SAY(line->has, "%s threads and %s processes a second; %s in the calls",
		    number__short(shape__rate(shape, threads)).text,
		    number__short(shape__rate(shape, processes)).text,
		    shape->has_create ? number__duration(shape->create_ns).text : "n/a");
	if (isnan(prices->thread) || isnan(prices->fork)) {
		SAY(line->known, "not known: %s", portrait__no_prices(portrait));
		return;
	}
	SAY(line->other, "a thread costs %s, a fork of 1 MiB %s",
	    number__duration((__u64)prices->thread).text,
	    number__duration((__u64)prices->fork).text);
	SAY(line->known, "price list");
}

/* ---- switching ---- */

struct portrait_prices portrait_prices__none(void)
{
	struct portrait_prices prices = { NAN, NAN, NAN, NAN, NAN, { 0 } };
	int channel;

	for (channel = 0; channel < WAKE_CHANNELS; channel++)
		prices.extra_by[channel] = NAN;
	return prices;
}

/*
 * By the price list: of the channels that its own tasks wake each other by, as often as they do,
 * and else of a futex.  Names the channels.
 */
static double price_extra(const struct portrait *portrait, char *known, size_t size)
{
	const struct shape *shape = &portrait->shape;
	const struct portrait_prices *prices = &portrait->prices;
	int scope = is_processes(shape) ? WAKES_BETWEEN : WAKES_INSIDE, channel, most = -1;
	const struct wake_sum *sums = shape->wakes.of[scope];
	double sum = 0, count = 0;

	for (channel = 0; channel < WAKE_CHANNELS && shape->has_wakes; channel++) {
		if (isnan(prices->extra_by[channel]) || !sums[channel].count)
			continue;
		sum += prices->extra_by[channel] * (double)sums[channel].count;
		count += (double)sums[channel].count;
		if (most < 0 || sums[channel].count > sums[most].count)
			most = channel;
	}
	snprintf(known, size, "price list: processes against threads, by %s",
		 wake_channels[most < 0 ? WAKE_FUTEX : most]);
	return most < 0 ? prices->process_extra : sum / count;
}

/*
 * Of separate address spaces: the switches of kind process times what they cost more.  Of one:
 * the switches of kind thread, which would be of kind process.
 */
static void price_address_spaces(struct portrait *portrait, char *known, size_t size)
{
	const struct shape *shape = &portrait->shape;
	double extra = shape__process_extra(shape, shape);
	int counter = is_processes(shape) ? C_IN_PROCESS : C_IN_THREAD;

	portrait->from_price_list = false;
	snprintf(known, size, "medians of both kinds in this run");
	if (isnan(extra)) {
		extra = price_extra(portrait, known, size);
		portrait->from_price_list = true;
	}
	if (isnan(extra))
		snprintf(known, size, "not known: fewer than 30 switches of a kind, and %s",
			 portrait__no_prices(portrait));
	portrait->address_space_ns = extra * (double)shape->n[counter];
}

static double address_space_share(const struct portrait *portrait)
{
	return fmax(portrait->address_space_ns, 0) / (double)portrait->shape.elapsed_ns;
}

/* Of processes others' switches are counted, too: it is a bound. */
static struct number share_bound(const struct portrait *portrait)
{
	return number__share_bound(address_space_share(portrait), 1,
				   is_processes(&portrait->shape) ? "at most " : NULL);
}

static void draw_switching(struct portrait *portrait)
{
	struct portrait_line *line = &portrait->rows[ROW_SWITCHING];
	const struct shape *shape = &portrait->shape;

	price_address_spaces(portrait, line->known, sizeof(line->known));
	line->samples = shape__switches(shape);
	line->counted = "switches";
	SAY(line->has, "%s thread and %s process switches a second; direct cost of all %s of a CPU",
	    number__short(shape__rate(shape, shape->n[C_IN_THREAD])).text,
	    number__short(shape__rate(shape, shape->n[C_IN_PROCESS])).text,
	    shape->has_dist[D_SWITCH_PROCESS] ?
		    number__share((double)shape__toll(shape), (double)shape->elapsed_ns).text :
		    "n/a");
	if (isnan(portrait->address_space_ns))
		return;
	SAY(line->other,
	    is_processes(shape) ? "as threads: %s of a CPU would be saved" :
				  "as processes: %s of a CPU more",
	    share_bound(portrait).text);
}

/* ---- use ---- */

static double cpus_idle(const struct shape *shape)
{
	return (double)shape->idle_ns / (double)shape->duration_ns;
}

static void draw_use(struct portrait *portrait)
{
	struct portrait_line *line = &portrait->rows[ROW_USE];
	const struct shape *shape = &portrait->shape;
	double wanted = shape__cpus_wanted(shape), obtained = shape__cpus_obtained(shape);

	line->samples = shape__switches(shape);
	line->counted = "switches";
	if (!shape->has_states) {
		SAY(line->has, "%.2f CPUs obtained; wanted: n/a", obtained);
		SAY(line->known, "not known: %s", shape__no_states(shape));
		return;
	}
	SAY(line->has, "%.2f CPUs wanted and %.2f obtained of %d; asleep %s; %.2f CPUs idle",
	    wanted, obtained, shape->cpus,
	    number__share(shape__state_share(shape, STATE_SLEEP), 1).text, cpus_idle(shape));
	portrait__draw_turns(portrait);
}

/* ---- the verdict ---- */

static bool is_too_little(struct portrait *portrait)
{
	const struct shape *shape = &portrait->shape;
	struct verdict *verdict = &portrait->verdict;

	if (shape->duration_ns >= FEW_NS && shape__switches(shape) >= FEW_SWITCHES)
		return false;
	verdict->outcome = "not enough data";
	verdict__say(verdict, "Not enough data: %s switches in %s.",
		     number__count(shape__switches(shape)).text,
		     number__duration(shape->duration_ns).text);
	return true;
}

static void say_address_spaces(struct portrait *portrait)
{
	struct verdict *verdict = &portrait->verdict;
	const struct shape *shape = &portrait->shape;
	double share = address_space_share(portrait);
	struct number percent = share_bound(portrait);

	if (isnan(portrait->address_space_ns)) {
		verdict->outcome = "not known";
		verdict__say(verdict, "What address spaces cost is not known: %s.",
			     strchr(portrait->rows[ROW_SWITCHING].known, ':') + 2);
	} else if (share < MATTERS) {
		verdict->outcome = "does not matter";
		verdict__say(verdict,
			     "For switching it does not matter here: separate address spaces %s %s "
			     "of a CPU.",
			     is_processes(shape) ? "cost" : "would cost", percent.text);
	} else if (is_processes(shape)) {
		verdict->outcome = "threads would save";
		verdict__say(verdict, "Separate address spaces cost %s of a CPU here.",
			     percent.text);
	} else {
		verdict->outcome = "processes would cost";
		verdict__say(verdict, "Separate address spaces would cost %s of a CPU here.",
			     percent.text);
	}
}

static void say_domains(struct portrait *portrait)
{
	const struct shape *shape = &portrait->shape;
	const struct together *together = &shape->together;

	if (is_processes(shape))
		verdict__say(
			&portrait->verdict,
			"A crash takes at most %llu of %llu threads down today; as threads all "
			"%llu would die together.",
			together->largest, together->threads, together->threads);
	else if (together->threads > 1)
		verdict__say(
			&portrait->verdict,
			"All %llu threads die together today; as processes each could die alone.",
			together->threads);
}

static void say_memory(struct portrait *portrait)
{
	const struct shape_memory *memory = &portrait->shape.memory;

	if (memory->samples && memory->processes > 1)
		verdict__say(
			&portrait->verdict,
			"Threads would save about %s of page tables (beside %s Pss), and of %s of "
			"private pages those that are copies of each other.",
			number__bytes(memory->sum.page_tables / memory->processes *
				      (memory->processes - 1))
				.text,
			number__bytes(memory->sum.pss).text,
			number__bytes(memory->sum.private).text);
}

static void say_use(struct portrait *portrait)
{
	const struct shape *shape = &portrait->shape;
	double wanted = shape__cpus_wanted(shape), obtained = shape__cpus_obtained(shape);

	if (!shape->has_states || portrait__say_turns(portrait))
		return;
	if (obtained > 0 && wanted > 1.5 * obtained)
		verdict__say(
			&portrait->verdict,
			"It wanted %.2f CPUs and obtained %.2f: neither shape gives it more CPUs.",
			wanted, obtained);
	else if (!shape->has_wakes && shape->threads > 1 && obtained > 0.5 && obtained < 1.2 &&
		 cpus_idle(shape) > IDLE)
		verdict__say(&portrait->verdict,
			     "It ran on %.2f CPUs while %.2f were idle: whether one lock holds its "
			     "tasks is not known, since wakeups are not recorded.",
			     obtained, cpus_idle(shape));
	else
		verdict__say(&portrait->verdict, "It %s: %.2f CPUs wanted, %.2f obtained.",
			     wanted < 0.5 ? "mostly waits" : "computes", wanted, obtained);
}

static void draw_verdict(struct portrait *portrait)
{
	struct verdict *verdict = &portrait->verdict;
	const struct shape *shape = &portrait->shape;

	verdict->confidence = "none";
	if (!is_too_little(portrait)) {
		say_address_spaces(portrait);
		if (!isnan(portrait->address_space_ns))
			verdict->confidence = "likely";
		say_domains(portrait);
		say_memory(portrait);
		say_use(portrait);
	}
	if (is_processes(shape))
		verdict__doubt(
			verdict,
			"switches to it from other programs are counted, too: the real cost may "
			"be lower");
	if (shape->incomplete)
		verdict__doubt(verdict, "counts are incomplete");
	if (shape->priced_one_in > 1)
		verdict__doubt(verdict, "one switch in up to %u was priced", shape->priced_one_in);
	if (portrait->unplaced)
		verdict__doubt(verdict,
			       "%llu ended processes have no row of their own in the recording: "
			       "which of them belong to the target is not known",
			       portrait->unplaced);
	SAY(verdict->unsaid,
	    "indirect cost (cold caches and TLB) is not in these figures; another load "
	    "on the same program may look different");
}

void portrait__draw(struct portrait *portrait)
{
	memset(portrait->rows, 0, sizeof(portrait->rows));
	memset(&portrait->verdict, 0, sizeof(portrait->verdict));
	draw_memory(portrait);
	draw_isolation(portrait);
	portrait__draw_communication(portrait);
	draw_crash(portrait);
	draw_creation(portrait);
	draw_switching(portrait);
	draw_use(portrait);
	draw_verdict(portrait);
}
