/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/comparison/portrait_wakes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"

#define CHANNELS_TOLD 3

/* Appends to text what there is room for. */
__attribute__((format(printf, 3, 4))) static void add(char *text, size_t size, const char *format,
						      ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

/* ---- communication ---- */

/* The channel with most wakeups below `below`; channels that have as many come in their order. */
static int next_channel(const struct wake_sum *sums, int last)
{
	int channel, best = -1;

	for (channel = 0; channel < WAKE_CHANNELS; channel++) {
		const struct wake_sum *sum = &sums[channel];

		if (!sum->count || channel == last)
			continue;
		if (last >= 0 && (sum->count > sums[last].count ||
				  (sum->count == sums[last].count && channel < last)))
			continue;
		if (best < 0 || sum->count > sums[best].count)
			best = channel;
	}
	return best;
}

void wake_sums__say(const struct wake_sums *sums, enum wake_scope scope, double seconds, char *text,
		    size_t size)
{
	const struct wake_sum *of = sums->of[scope];
	int told, channel = -1;

	*text = 0;
	for (told = 0; told <= CHANNELS_TOLD; told++) {
		channel = next_channel(of, channel);
		if (channel < 0)
			return;
		if (told == CHANNELS_TOLD) {
			add(text, size, ", ...");
			return;
		}
		add(text, size, "%s%s %s/s p50 %s", told ? ", " : "", wake_channels[channel],
		    number__short(seconds > 0 ? (double)of[channel].count / seconds : 0).text,
		    number__duration_digits(dist__percentile(&of[channel].latency, D_RUNQ, 0.5), 2)
			    .text);
	}
}

double portrait_prices__handoff(const struct portrait_prices *prices, int channel)
{
	return channel == WAKE_FUTEX ? prices->futex : channel == WAKE_PIPE ? prices->pipe : NAN;
}

static __u64 all_wakes(const struct wake_sums *sums)
{
	__u64 count = 0;
	int scope;

	for (scope = 0; scope < WAKE_SCOPES; scope++)
		count += wake_sums__count(sums, (enum wake_scope)scope);
	return count;
}

static void say_what_there_was(struct portrait *portrait, struct portrait_line *line)
{
	static const char *const names[WAKE_SCOPES] = { "inside", "between its processes",
							"from outside", "by interrupts",
							"that nobody saw" };
	const struct shape *shape = &portrait->shape;
	double seconds = (double)shape->elapsed_ns / 1e9;
	char text[160];
	int scope;

	*line->has = 0;
	for (scope = 0; scope < WAKES_INTERRUPT; scope++) {
		wake_sums__say(&shape->wakes, (enum wake_scope)scope, seconds, text, sizeof(text));
		if (*text)
			add(line->has, sizeof(line->has), "%swakeups %s: %s",
			    *line->has ? "; " : "", names[scope], text);
	}
	if (!*line->has)
		add(line->has, sizeof(line->has),
		    "no thread of it was woken by another or by a task outside");
}

/* What the wakeups between processes would cost by futex, ns of the whole run; NaN: not known. */
static double futex_instead(const struct portrait *portrait, double *ret_now)
{
	const struct wake_sum *sums = portrait->shape.wakes.of[WAKES_BETWEEN];
	double now = 0, instead = 0;
	int channel;

	for (channel = 0; channel < WAKE_CHANNELS; channel++) {
		double price = portrait_prices__handoff(&portrait->prices, channel);

		if (!sums[channel].count || isnan(price))
			continue;
		now += price * (double)sums[channel].count;
		instead += portrait->prices.futex * (double)sums[channel].count;
	}
	*ret_now = now;
	return now > 0 ? instead : NAN;
}

static void say_the_other(struct portrait *portrait, struct portrait_line *line)
{
	const struct portrait_prices *prices = &portrait->prices;
	const struct shape *shape = &portrait->shape;
	double now, instead;

	if (isnan(prices->futex) || isnan(prices->pipe)) {
		snprintf(line->known, sizeof(line->known), "%snot known: %s",
			 shape->has_wakes ? "measured; what else it would cost: " : "",
			 portrait__no_prices(portrait));
		return;
	}
	snprintf(line->known, sizeof(line->known), "%s",
		 shape->has_wakes ? "measured; other shape: price list" : "price list");
	instead = shape->has_wakes ? futex_instead(portrait, &now) : NAN;
	if (isnan(instead))
		snprintf(line->other, sizeof(line->other),
			 "a hand-off costs %s by futex between threads, and %s by pipe between "
			 "processes",
			 number__duration((__u64)prices->futex).text,
			 number__duration((__u64)prices->pipe).text);
	else
		snprintf(line->other, sizeof(line->other),
			 "as threads by futex: %s a hand-off where a pipe between processes takes "
			 "%s here: %s of a CPU for these wakeups, and %s now",
			 number__duration((__u64)prices->futex).text,
			 number__duration((__u64)prices->pipe).text,
			 number__share(instead, (double)shape->elapsed_ns).text,
			 number__share(now, (double)shape->elapsed_ns).text);
}

void portrait__draw_communication(struct portrait *portrait)
{
	struct portrait_line *line = &portrait->rows[ROW_COMMUNICATION];

	line->counted = "wakeups";
	if (portrait->shape.has_wakes) {
		line->samples = all_wakes(&portrait->shape.wakes);
		say_what_there_was(portrait, line);
	} else {
		snprintf(line->has, sizeof(line->has),
			 portrait->shape.recorded ? "not known: %s" : "n/a: %s",
			 shape__no_wakes(&portrait->shape));
	}
	say_the_other(portrait, line);
}

/* ---- turns ---- */

static double per_second(__u64 count, __u64 ns)
{
	return ns ? (double)count * 1e9 / (double)ns : 0;
}

/* The three figures that the pattern is told from. */
static void add_figures(const struct serial *serial, char *text, size_t size)
{
	add(text, size,
	    "more than one of its %llu threads had work for %s of the time, and for %s of that "
	    "exactly one ran, with a CPU idle for %s of that; %s hand-offs a second (%s of its "
	    "switches)",
	    serial->threads, number__share(serial__work(serial), 1).text,
	    number__share(serial__one(serial), 1).text, number__share(serial__idle(serial), 1).text,
	    number__short(per_second(serial->handoffs, serial->duration_ns)).text,
	    number__share((double)serial->handoffs, (double)serial->switches).text);
}

void serial__say(const struct serial *serial, char *text, size_t size)
{
	*text = 0;
	switch (serial__judge(serial)) {
	case SERIAL_YES:
		add(text, size, "%s takes turns on %s: ", serial->comm, serial__lock(serial));
		add_figures(serial, text, size);
		break;
	case SERIAL_BUSY:
		add(text, size,
		    "Whether %s takes turns on one lock is not decidable: CPUs were busy; ",
		    serial->comm);
		add_figures(serial, text, size);
		break;
	default:
		break;
	}
}

static void say_interpreter(const struct serial *serial, bool recorded, char *text, size_t size)
{
	const char *where = "inside Ruby, where it waits for its GVL, Mutex and Queue";

	if (serial->interpreter == INTERPRETER_PYTHON)
		where = recorded ? "inside Python, which waits so for its GIL alone" :
				   "for a lock in Python's own data";
	snprintf(text, size, "measured; %llu of %llu waits %s %s", serial->lock_inside,
		 serial->lock_waits,
		 recorded ? "in a futex are, by their stacks," : "that were looked at were", where);
}

void portrait__draw_turns(struct portrait *portrait)
{
	struct portrait_line *line = &portrait->rows[ROW_USE];
	const struct shape *shape = &portrait->shape;
	const struct serial *serial = &shape->serial;
	enum serial_verdict verdict = serial__judge(serial);

	if (!shape->has_wakes) {
		snprintf(line->known, sizeof(line->known),
			 "measured; what sleeping threads wait for is not recorded");
		return;
	}
	snprintf(line->known, sizeof(line->known), "measured");
	if (verdict == SERIAL_YES) {
		snprintf(line->other, sizeof(line->other),
			 "serialised by %s: thread %u (%s) ran longest, %s; thread %u (%s) "
			 "waited longest, %s",
			 serial__lock(serial), serial->holder.tid, serial->holder.comm,
			 number__duration(serial->holder_ns).text, serial->waiter.tid,
			 serial->waiter.comm, number__duration(serial->waiter_ns).text);
		if (serial__is_gil(serial))
			say_interpreter(serial, shape->recorded, line->known, sizeof(line->known));
		else
			snprintf(
				line->known, sizeof(line->known),
				shape->recorded ?
					"measured; whose lock it is: tasktoll flame shows the stacks" :
					"measured; whose lock it is: not known, no stacks are taken here "
					"(tasktoll record has them)");
	} else if (verdict == SERIAL_NO) {
		snprintf(line->other, sizeof(line->other),
			 "its threads do not take turns on one lock");
	} else if (verdict == SERIAL_BUSY) {
		snprintf(line->other, sizeof(line->other),
			 "whether its threads take turns is not decidable: CPUs were busy");
	}
}

bool portrait__say_turns(struct portrait *portrait)
{
	char text[320];

	if (!portrait->shape.has_wakes)
		return false;
	serial__say(&portrait->shape.serial, text, sizeof(text) - 1);
	if (!*text)
		return false;
	verdict__say(&portrait->verdict, "%s.", text);
	if (serial__judge(&portrait->shape.serial) == SERIAL_YES) {
		portrait->verdict.outcome = "serialised";
		verdict__say(&portrait->verdict,
			     "As processes they would not share that lock, and could run on up to "
			     "%d CPUs at once.",
			     portrait->shape.cpus);
	}
	return true;
}
