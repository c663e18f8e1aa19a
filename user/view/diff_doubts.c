/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes two runs differ without anything having become better or worse. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "view/diff.h"

#define LENGTH_DIFFERS 1.1 /* times as long */
#define LOAD_DIFFERS   1.5 /* times the CPU time, each second */
#define ALONE_DIFFERS  0.1 /* of the CPU time, by programs that the other run does not have */
#define NAMES_SHOWN    3

static void doubts__add(struct doubts *doubts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void doubts__add(struct doubts *doubts, const char *format, ...)
{
	va_list args;

	if (doubts->count == DOUBTS_MOST)
		return;
	va_start(args, format);
	vsnprintf(doubts->text[doubts->count], sizeof(doubts->text[0]), format, args);
	va_end(args);
	doubts->count++;
}

static void doubt_length(struct doubts *doubts, const struct compare *compare)
{
	double a = (double)compare->side[0].duration_ns, b = (double)compare->side[1].duration_ns;

	if (a > LENGTH_DIFFERS * b || b > LENGTH_DIFFERS * a)
		doubts__add(
			doubts,
			"A and B differ in length (%s and %s): figures are given per second, and the "
			"longer run has more chances of a long wait",
			number__duration(compare->side[0].duration_ns).text,
			number__duration(compare->side[1].duration_ns).text);
}

static void doubt_machine(struct doubts *doubts, const struct compare *compare)
{
	const struct compare_side *a = &compare->side[0], *b = &compare->side[1];

	if (strcmp(a->host, b->host) != 0)
		doubts__add(doubts, "A and B are from different machines (%s and %s)", a->host,
			    b->host);
	if (strcmp(a->kernel, b->kernel) != 0)
		doubts__add(
			doubts,
			"the kernels differ (Linux %s and %s): prices of switches may differ for "
			"that alone",
			a->kernel, b->kernel);
	if (a->cpus != b->cpus)
		doubts__add(doubts,
			    "the machines have %d and %d CPUs: waits and shares depend on that",
			    a->cpus, b->cpus);
	if (a->cost_source != b->cost_source)
		doubts__add(doubts, "prices of switches were taken at different hooks: they do not "
				    "compare");
}

/* The programs with the most CPU time that the other side does not have. */
static void name_alone(char *text, size_t size, const struct compare *compare, int side)
{
	const struct compared *most[NAMES_SHOWN] = { NULL }, *at;
	size_t used = 0, i, j;

	for (at = compare->names; at; at = at->hh.next) {
		if (row__switches(&at->row[!side]) || at->row[!side].n[C_ONCPU])
			continue;
		for (i = 0; i < NAMES_SHOWN; i++) {
			if (most[i] && most[i]->row[side].n[C_ONCPU] >= at->row[side].n[C_ONCPU])
				continue;
			for (j = NAMES_SHOWN - 1; j > i; j--)
				most[j] = most[j - 1];
			most[i] = at;
			break;
		}
	}
	text[0] = 0;
	for (i = 0; i < NAMES_SHOWN && most[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
					 most[i]->comm);
}

static void doubt_load(struct doubts *doubts, const struct compare *compare)
{
	const struct compare_side *side = compare->side;
	double used[2] = { diff__cpus_used(compare, 0), diff__cpus_used(compare, 1) };
	char names[NAMES_SHOWN * (UTF8_COMM + 2)];
	int i;

	if (strcmp(side[0].target, side[1].target) != 0)
		doubts__add(doubts, "the targets differ (%s; %s)", side[0].target, side[1].target);
	for (i = 0; i < 2; i++) {
		double alone = compare__alone(compare, i);

		if (alone <= ALONE_DIFFERS)
			continue;
		name_alone(names, sizeof(names), compare, i);
		doubts__add(
			doubts,
			"the load differs: %s of the CPU time of %c is of programs that did not run "
			"in %c (%s)",
			number__share(alone, 1).text, i ? 'B' : 'A', i ? 'A' : 'B', names);
	}
	for (i = 0; i < 2; i++) {
		if (used[!i] > 0 && used[i] > LOAD_DIFFERS * used[!i])
			doubts__add(
				doubts,
				"%c used %s times the CPU time of %c each second: if more was asked "
				"of it, compare prices and waits (p50), not sums",
				i ? 'B' : 'A', number__short(used[i] / used[!i]).text,
				i ? 'A' : 'B');
	}
}

void doubts__find(struct doubts *doubts, const struct compare *compare)
{
	doubts->count = 0;
	doubt_length(doubts, compare);
	doubt_machine(doubts, compare);
	doubt_load(doubts, compare);
}
