/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/shapes.h"
#include "view/shapes_rows.h"

const char communication_unknown[] = "this kernel does not say who wakes whom";

/* Of each row what it says of both sides. */
static void print_rows(FILE *out, const struct shapes_row *rows, const struct shapes *shapes)
{
	for (; rows->name; rows++) {
		const char *note = rows->note ? rows->note(shapes) : NULL;

		fprintf(out, "  %-20s %-28s %s\n", rows->name, rows->say(&shapes->side[0]).text,
			rows->say(&shapes->side[1]).text);
		if (note)
			fprintf(out, "    (%s)\n", note);
	}
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

	fprintf(out, "  other tasks used up to %s of the CPUs' time in a round%s",
		number__share(fmax(most[0], most[1]), 1).text, disturbed ? ":\n" : "\n");
	if (disturbed)
		fprintf(out, "    %zu of %zu rounds were disturbed\n", disturbed,
			shapes->side[0].rounds + shapes->side[1].rounds);
}

void text__shapes(FILE *out, const struct shapes *shapes)
{
	const struct shapes_side *side = shapes->side;

	fprintf(out, "tasktoll compare  %zu round%s of each, in turn\n  on ", side[0].rounds,
		side[0].rounds == 1 ? "" : "s");
	escape__terminal(out, shapes->host);
	fprintf(out, " (%d CPUs), Linux ", shapes->cpus);
	escape__terminal(out, shapes->kernel);
	fputc('\n', out);
	print_command(out, "A", &side[0]);
	print_command(out, "B", &side[1]);
	fprintf(out, "\n  %-20s %-28s %s\n", "", "A", "B");
	print_rows(out, shapes_time_rows, shapes);
	fputs("\nTIME OF ALL THREADS: share, and time per run\n", out);
	print_rows(out, shapes_state_rows, shapes);
	print_others(out, shapes);
	fputs("\nTHE SEVEN ROWS\n", out);
	print_rows(out, shapes_seven_rows, shapes);
	text__verdict(out, &shapes->verdict);
}
