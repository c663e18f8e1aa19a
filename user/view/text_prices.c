/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/text_prices.h"

#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "core/number.h"
#include "view/escape.h"

struct text {
	char text[36];
};

static struct text duration(double ns)
{
	struct text cell;

	if (isnan(ns))
		snprintf(cell.text, sizeof(cell.text), "n/a");
	else
		snprintf(cell.text, sizeof(cell.text), "%s%s", ns < 0 ? "-" : "",
			 number__duration((__u64)llround(fabs(ns))).text);
	return cell;
}

static double quantile(const struct price *price, double share)
{
	return price ? price__quantile(price, share) : NAN;
}

/* Of a price that was another one in an earlier calibration. */
static const char *mark(const struct price *price)
{
	return price && price__moves(price) ? "~" : "";
}

/* "1.23us  1.20us..1.31us": the median, and what eight of ten rounds lie between. */
static void print_price(FILE *out, const struct price *price)
{
	char range[80] = "";

	if (price)
		snprintf(range, sizeof(range), "%s..%s", duration(quantile(price, 0.1)).text,
			 duration(quantile(price, 0.9)).text);
	fprintf(out, "%9s%1s %-17s", duration(quantile(price, 0.5)).text, mark(price), range);
}

static void print_line(FILE *out, const char *name, const struct price *threads,
		       const struct price *processes)
{
	fprintf(out, "    %-9s", name);
	print_price(out, threads);
	print_price(out, processes);
	fprintf(out, "%9s\n", duration(quantile(processes, 0.5) - quantile(threads, 0.5)).text);
}

/* Why there is no such price; NULL: there is one, or nobody knows. */
static const char *why_unavailable(const struct price_list *list, const struct price_key *key)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct price *price = &list->prices[i];

		if (price->key.what == key->what && price->key.shape == key->shape &&
		    price->key.channel == key->channel && !price->key.bytes &&
		    price->key.other_cpu == key->other_cpu && *price->unavailable)
			return price->unavailable;
	}
	return NULL;
}

static void print_handoffs(FILE *out, const struct price_list *list, bool other_cpu)
{
	struct price_key key = { .what = PRICE_HANDOFF, .other_cpu = other_cpu };
	const struct price *threads, *processes;
	const char *why;
	int channel;

	key.channel = CHANNEL_FUTEX;
	key.shape = SHAPE_THREAD;
	why = why_unavailable(list, &key);
	fprintf(out, "  %s%s%s\n", other_cpu ? "two CPUs" : "one CPU", why ? ": n/a, " : "",
		why ? why : "");
	if (why)
		return;
	for (channel = CHANNEL_FUTEX; channel < PRICE_CHANNELS; channel++) {
		key.channel = (enum price_channel)channel;
		key.shape = SHAPE_THREAD;
		threads = price_list__find(list, &key);
		key.shape = SHAPE_PROCESS;
		processes = price_list__find(list, &key);
		print_line(out, price_channels[channel], threads, processes);
	}
}

static const struct price *of_working_set(const struct price_list *list, enum price_what what,
					  enum price_shape shape, __u64 bytes)
{
	struct price_key key = { .what = what, .shape = shape, .bytes = bytes };

	if (what == PRICE_HANDOFF)
		key.channel = CHANNEL_FUTEX;
	return price_list__find(list, &key);
}

/* "1.20us   310ns": what a hand-off takes with a working set, how much of it is indirect, and +-. */
static void print_indirect(FILE *out, const struct price_list *list, enum price_shape shape,
			   __u64 bytes)
{
	const struct price *price = of_working_set(list, PRICE_HANDOFF, shape, bytes);

	fprintf(out, "%9s%1s%9s%8s", duration(quantile(price, 0.5)).text, mark(price),
		duration(bytes ? price_list__indirect(list, shape, bytes) : 0).text,
		duration(bytes ? price_list__indirect_spread(list, shape, bytes) : 0).text);
}

/* What coming back to cold caches costs: see price_list__indirect(). */
static void print_working_sets(FILE *out, const struct price_list *list)
{
	size_t i;

	fputs("\n  WORKING SET     ALONE   THREADS  INDIRECT     +- PROCESSES  INDIRECT     +-\n"
	      "         none         - ",
	      out);
	print_indirect(out, list, SHAPE_THREAD, 0);
	print_indirect(out, list, SHAPE_PROCESS, 0);
	fputc('\n', out);
	for (i = 0; i < list->count; i++) {
		const struct price_key *key = &list->prices[i].key;

		if (key->what != PRICE_ALONE)
			continue;
		fprintf(out, "  %11s%10s%1s", number__bytes(key->bytes).text,
			duration(quantile(&list->prices[i], 0.5)).text, mark(&list->prices[i]));
		print_indirect(out, list, SHAPE_THREAD, key->bytes);
		print_indirect(out, list, SHAPE_PROCESS, key->bytes);
		fputc('\n', out);
	}
	fputs("  indirect: the extra cost of touching the working set again after the other\n"
	      "  task has run on the same CPU, without the direct price of the hand-off; a\n"
	      "  figure below its +- is within the noise\n",
	      out);
}

static void print_creations(FILE *out, const struct price_list *list)
{
	static const char *const names[PRICE_CALLS] = {
		[CALL_THREAD] = "pthread_create",
		[CALL_SPAWN] = "posix_spawn",
		[CALL_VFORK] = "vfork and exec",
		[CALL_FORK] = "fork",
	};
	size_t i;

	fputs("\n  CREATING                    p50  p10..p90\n", out);
	for (i = 0; i < list->count; i++) {
		const struct price *price = &list->prices[i];
		char name[64];

		if (price->key.what == PRICE_COW)
			snprintf(name, sizeof(name), "first write to a page");
		else if (price->key.what == PRICE_CREATE)
			snprintf(name, sizeof(name), "%s%s%s", names[price->key.call],
				 price->key.bytes ? " of " : "",
				 price->key.bytes ? number__bytes(price->key.bytes).text : "");
		else
			continue;
		if (price->count)
			fprintf(out, "  %-21s%10s%1s %s..%s\n", name,
				duration(quantile(price, 0.5)).text, mark(price),
				duration(quantile(price, 0.1)).text,
				duration(quantile(price, 0.9)).text);
		else
			fprintf(out, "  %-21s%10s  %s\n", name, "n/a", price->unavailable);
	}
}

/* That which differs most between calibrations, if it is too much. */
static void print_drift(FILE *out, const struct price_list *list)
{
	double most = 1;
	size_t i, count = 0;

	for (i = 0; i < list->count; i++) {
		if (!price__moves(&list->prices[i]))
			continue;
		count++;
		most = fmax(most, price__drift(&list->prices[i]));
	}
	if (count)
		fprintf(out,
			"  ~ %zu prices do not hold: in the last %zu calibrations their medians\n"
			"  differ by more than 15%%, the most by a factor of %.2f\n",
			count, price_list__calibrations(list), most);
}

static void print_doubt(FILE *out, const struct price_list *list)
{
	struct number others;

	fputc('\n', out);
	if (list->disturbed >= 0) {
		others = number__share(list->disturbed, 1);
		fprintf(out, "  other tasks used %s of the CPUs' time meanwhile; ", others.text);
	} else {
		fputs("  the CPU time of other tasks is not known; ", out);
	}
	fprintf(out, "the middle half of\n  the rounds lies within %s of the median\n",
		number__share(list->spread, 1).text);
	if (price_list__is_noisy(list))
		fputs("  NOISY: these prices are not those of a quiet machine; calibrate again when\n"
		      "  it is\n",
		      out);
	print_drift(out, list);
}

void text__prices(FILE *out, const struct price_list *list)
{
	const struct price_machine *machine = &list->machine;
	char release[sizeof(machine->kernel)];

	fputs("tasktoll  prices of ", out);
	escape__terminal(out, machine->host);
	fprintf(out, " (%u CPUs, ", machine->cpus);
	escape__terminal(out, *machine->cpu ? machine->cpu : "model not known");
	fprintf(out, ", %s last-level cache)\n          Linux ",
		machine->cache_bytes ? number__bytes(machine->cache_bytes).text : "unknown");
	snprintf(release, sizeof(release), "%.*s", (int)strcspn(machine->kernel, " "),
		 machine->kernel);
	escape__terminal(out, release);
	fprintf(out, ", %u rounds, %.19s UTC\n\n", list->rounds,
		clock__iso8601(machine->time_ns).text);
	fputs("  HAND-OFF     THREADS  p10..p90         PROCESSES  p10..p90      DIFFERENCE\n",
	      out);
	print_handoffs(out, list, false);
	print_handoffs(out, list, true);
	fputs("  wake the other task and go to sleep: half a round trip, switch included\n", out);
	print_working_sets(out, list);
	print_creations(out, list);
	print_doubt(out, list);
}
