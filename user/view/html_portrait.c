/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of one target. */
#include <string.h>

#include "core/number.h"
#include "view/html.h"
#include "view/shapes.h"

static void put_head(FILE *out, const struct portrait *portrait)
{
	const struct shape *shape = &portrait->shape;

	fputs("<header>\n<div class=\"kicker\">Threads or processes?</div>\n<h1><bdi>", out);
	html__text(out, portrait->target);
	fprintf(out,
		"</bdi></h1>\n<p>%s: %llu thread%s in %llu process%s, looked at for %s on <bdi>",
		shape__name(shape), shape->threads, shape->threads == 1 ? "" : "s",
		shape->processes, shape->processes == 1 ? "" : "es",
		number__duration(shape->duration_ns).text);
	html__text(out, portrait->host);
	fprintf(out, "</bdi> (%d CPUs), Linux <bdi>", shape->cpus);
	html__text(out, portrait->kernel);
	fputs("</bdi></p>\n", out);
	if (portrait->recording) {
		fputs("<p>From the recording <bdi>", out);
		html__text(out, portrait->recording);
		fputs("</bdi></p>\n", out);
	}
	if (shape->incomplete)
		fputs("<p>Something was lost: the counts are incomplete.</p>\n", out);
	fputs("</header>\n", out);
}

static void put_cell(FILE *out, const char *class, const char *text)
{
	fprintf(out, "<td class=\"%s\">", class);
	html__text(out, *text ? text : "\xe2\x80\x93");
	fputs("</td>", out);
}

static void put_rows(FILE *out, const struct portrait *portrait)
{
	int i;

	fputs("<section>\n<h2>Seven rows</h2>\n<table class=\"seven\">\n<thead><tr><th></th>"
	      "<th>as it is</th><th>in the other shape</th><th>how that is known</th>"
	      "<th class=\"n\">samples</th></tr></thead>\n<tbody>\n",
	      out);
	for (i = 0; i < PORTRAIT_ROWS; i++) {
		const struct portrait_line *line = &portrait->rows[i];

		fprintf(out, "<tr><th scope=\"row\">%s</th>", portrait_rows[i]);
		put_cell(out, "has", line->has);
		put_cell(out, "other", line->other);
		put_cell(out, "known", line->known);
		fprintf(out, "<td class=\"n\">%s<br> %s</td></tr>\n",
			number__count(line->samples).text, line->counted);
	}
	fputs("</tbody>\n</table>\n</section>\n", out);
}

static void put_states(FILE *out, const struct shape *shape)
{
	fputs("<section>\n<h2>Where the time of its threads went</h2>\n", out);
	if (shape->has_states) {
		html__states_bar(out, shape);
		html__states_legend(out, shape);
	} else {
		fprintf(out, "<p class=\"note\">n/a: %s</p>\n", shape__no_states(shape));
	}
	fputs("</section>\n", out);
}

static void put_drawings(FILE *out, const struct shape *shape)
{
	struct html_series costs[] = {
		{ "thread switch", "thread", shape, D_SWITCH_THREAD },
		{ "process switch", "process", shape, D_SWITCH_PROCESS },
	};

	fputs("<div class=\"pair\">\n<section>\n<h2>What a switch costs</h2>\n", out);
	html__switch_costs(out, costs, 2);
	fputs("</section>\n<section>\n<h2>Threads on CPUs at once</h2>\n", out);
	html__at_once(out, costs, 1);
	fputs("</section>\n</div>\n", out);
}

static void put_wakes(FILE *out, const struct portrait *portrait)
{
	fputs("<section>\n<h2>Who wakes whom</h2>\n", out);
	if (!portrait->wakes || !portrait->shape.has_wakes)
		fprintf(out, "<p class=\"note\">n/a: %s</p>\n", shape__no_wakes(&portrait->shape));
	else
		html__wakes(out, portrait->wakes, portrait->shape.duration_ns);
	fputs("</section>\n", out);
}

void html__portrait(FILE *out, const struct portrait *portrait)
{
	html__begin(out, portrait->target);
	put_head(out, portrait);
	html__verdict(out, &portrait->verdict, portrait->verdict.outcome);
	put_states(out, &portrait->shape);
	put_rows(out, portrait);
	put_drawings(out, &portrait->shape);
	put_wakes(out, portrait);
	html__end(out);
}
