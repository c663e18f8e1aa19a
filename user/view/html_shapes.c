/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of two programs. */
#include <math.h>
#include <string.h>

#include "core/number.h"
#include "view/html.h"
#include "view/shapes_rows.h"

static const char *outcome_of(const struct verdict *verdict)
{
	if (!verdict->outcome)
		return NULL;
	return !strcmp(verdict->outcome, "a")	 ? "A is faster" :
	       !strcmp(verdict->outcome, "b")	 ? "B is faster" :
	       !strcmp(verdict->outcome, "same") ? "no difference" :
						   verdict->outcome;
}

static void put_head(FILE *out, const struct shapes *shapes)
{
	size_t rounds = shapes->side[0].rounds;
	int i;

	fputs("<header>\n<div class=\"kicker\">Two shapes of one program</div>\n", out);
	for (i = 0; i < 2; i++) {
		fprintf(out, "<h1>%c: <bdi>", "AB"[i]);
		html__text(out, shapes->side[i].command);
		fputs("</bdi></h1>\n", out);
	}
	fprintf(out, "<p>%zu round%s of each, in turn, on <bdi>", rounds, rounds == 1 ? "" : "s");
	html__text(out, shapes->host);
	fprintf(out, "</bdi> (%d CPUs), Linux <bdi>", shapes->cpus);
	html__text(out, shapes->kernel);
	fputs("</bdi></p>\n</header>\n", out);
}

static void put_row(FILE *out, const struct shapes_row *row, const struct shapes *shapes)
{
	const char *note = row->note ? row->note(shapes) : NULL;
	int i;

	fprintf(out, "<tr%s><th scope=\"row\">%s</th><td class=\"label\">%s</td>",
		*row->group ? "" : " class=\"on\"", row->group, row->label);
	for (i = 0; i < 2; i++) {
		fputs("<td>", out);
		html__text(out, row->say(&shapes->side[i]).text);
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
	if (note)
		fprintf(out,
			"<tr class=\"on\"><th></th><td></td><td colspan=\"2\">(%s)</td></tr>\n",
			note);
}

static void put_table(FILE *out, const char *title, const struct shapes_row *rows,
		      const struct shapes *shapes)
{
	fprintf(out,
		"<section>\n<h2>%s</h2>\n<table class=\"two\">\n<thead><tr><th></th><th></th>"
		"<th>A</th><th>B</th></tr></thead>\n<tbody>\n",
		title);
	for (; rows->name; rows++)
		put_row(out, rows, shapes);
	fputs("</tbody>\n</table>\n</section>\n", out);
}

/* Each round is a tick on a line that begins at 0. */
static void put_rounds(FILE *out, const struct shapes *shapes)
{
	double most = 1;
	size_t i;
	int side;

	for (side = 0; side < 2; side++)
		most = fmax(most, (double)shapes_side__elapsed(&shapes->side[side], 1));
	fputs("<section>\n<h2>Elapsed time</h2>\n<svg viewBox=\"0 0 600 92\" role=\"img\" "
	      "aria-label=\"elapsed time of each round\">\n",
	      out);
	for (side = 0; side < 2; side++) {
		const struct shapes_side *of = &shapes->side[side];
		double median = (double)shapes_side__elapsed(of, 0.5) / most * 440;
		int y = 8 + 44 * side;

		fprintf(out,
			"<text x=\"0\" y=\"%d\">%c</text>"
			"<rect class=\"%c\" x=\"22\" y=\"%d\" width=\"%.1f\" height=\"26\" rx=\"4\" "
			"fill-opacity=\"0.55\"/>",
			y + 18, "AB"[side], "ab"[side], y, median);
		for (i = 0; i < of->rounds; i++)
			fprintf(out,
				"<rect class=\"%c\" x=\"%.1f\" y=\"%d\" width=\"2\" height=\"34\">"
				"<title>round %zu: %s</title></rect>",
				"ab"[side], 21 + (double)of->elapsed[i] / most * 440, y - 4, i + 1,
				number__duration(of->elapsed[i]).text);
		fprintf(out, "<text x=\"%.1f\" y=\"%d\">median %s</text>\n",
			34 + (double)shapes_side__elapsed(of, 1) / most * 440, y + 18,
			number__duration(shapes_side__elapsed(of, 0.5)).text);
	}
	fputs("</svg>\n<p class=\"note\">The bar is the median, each tick a round.</p>\n</section>\n",
	      out);
}

static void put_states(FILE *out, const struct shapes *shapes)
{
	int i;

	fputs("<section>\n<h2>Where the time of all threads went</h2>\n<div class=\"bars\">\n",
	      out);
	for (i = 0; i < 2; i++) {
		fprintf(out, "<span>%c</span>", "AB"[i]);
		html__states_bar(out, &shapes->side[i].all);
	}
	fputs("</div>\n", out);
	html__states_legend(out, NULL);
	fputs("</section>\n", out);
}

static void put_drawings(FILE *out, const struct shapes *shapes)
{
	const struct shape *a = &shapes->side[0].all, *b = &shapes->side[1].all;
	struct html_series costs[] = {
		{ "A: thread switch", "thread", a, D_SWITCH_THREAD },
		{ "A: process switch", "process", a, D_SWITCH_PROCESS },
		{ "B: thread switch", "thread", b, D_SWITCH_THREAD },
		{ "B: process switch", "process", b, D_SWITCH_PROCESS },
	};
	struct html_series once[] = { { "A", "a", a, 0 }, { "B", "b", b, 0 } };

	fputs("<div class=\"pair\">\n<section>\n<h2>What a switch costs</h2>\n", out);
	html__switch_costs(out, costs, 4);
	fputs("</section>\n<section>\n<h2>Threads on CPUs at once</h2>\n", out);
	html__at_once(out, once, 2);
	fputs("</section>\n</div>\n", out);
}

void html__shapes(FILE *out, const struct shapes *shapes)
{
	html__begin(out, shapes->side[0].command);
	put_head(out, shapes);
	html__verdict(out, &shapes->verdict, outcome_of(&shapes->verdict));
	fputs("<div class=\"pair\">\n", out);
	put_rounds(out, shapes);
	put_states(out, shapes);
	put_table(out, "Time", shapes_time_rows, shapes);
	put_table(out, "Time of all threads, and in a run", shapes_state_rows, shapes);
	fputs("</div>\n", out);
	put_table(out, "Seven rows", shapes_seven_rows, shapes);
	put_drawings(out, shapes);
	html__end(out);
}
