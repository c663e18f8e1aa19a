/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wake graph: tasks on an ellipse, and an arrow from who wakes to who is woken. */
#include <math.h>
#include <string.h>

#include "core/number.h"
#include "view/html.h"
#include "view/html_graph.h"

#define WIDTH	 960
#define RADIUS_X 250
#define PAIRS	 12 /* rows of the table */
#define LABELS	 14 /* with more edges their figures are only in their titles */
#define COLUMNS	 30 /* of a node's name */

struct point {
	double x, y;
};

struct picture {
	FILE *out;
	struct graph graph;
	struct point center;
	double radius_y;
	double seconds;
};

static struct point point__toward(struct point from, struct point to, double part)
{
	return (struct point){ from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part };
}

static double distance(struct point a, struct point b)
{
	return hypot(b.x - a.x, b.y - a.y);
}

/* ---- where things are ---- */

static double angle_of(const struct picture *picture, double node)
{
	return M_PI * (2 * node / (double)picture->graph.node_count - 1);
}

static struct point place_at(const struct picture *picture, double node, double more)
{
	double angle = angle_of(picture, node);

	return (struct point){ picture->center.x + (RADIUS_X + more) * cos(angle),
			       picture->center.y + (picture->radius_y + more) * sin(angle) };
}

static double size_of(const struct picture *picture, size_t node)
{
	const struct graph *graph = &picture->graph;

	return 5 + 8 * sqrt((double)graph->nodes[node].count / (2 * (double)graph->all));
}

static struct number rate(const struct picture *picture, __u64 count)
{
	struct number text =
		number__short(picture->seconds > 0 ? (double)count / picture->seconds : 0);

	strcat(text.text, "/s");
	return text;
}

/* ---- nodes ---- */

static bool is_same_process(const struct graph_node *a, const struct graph_node *b)
{
	return a->end && b->end && !a->outside && !b->outside && a->end->tgid == b->end->tgid &&
	       a->end->leader_ns == b->end->leader_ns;
}

/* Behind the threads of a process, which lie side by side. */
static void put_ring(const struct picture *picture, size_t first, size_t last)
{
	size_t i, steps = 8 * (last - first);

	fputs("<path class=\"ring\" d=\"", picture->out);
	for (i = 0; i <= steps; i++) {
		struct point at = place_at(picture, (double)first + (double)i / 8, 0);

		fprintf(picture->out, "%s%.1f %.1f", i ? "L" : "M", at.x, at.y);
	}
	fputs("\"/>\n", picture->out);
}

static void put_rings(const struct picture *picture)
{
	const struct graph *graph = &picture->graph;
	size_t first = 0, i;

	for (i = 1; i <= graph->node_count && graph->grain != GRAIN_NAME; i++) {
		if (i < graph->node_count &&
		    is_same_process(&graph->nodes[first], &graph->nodes[i]))
			continue;
		if (i - first > 1)
			put_ring(picture, first, i - 1);
		first = i;
	}
}

static void put_name(const struct picture *picture, const struct graph_node *node)
{
	FILE *out = picture->out;

	if (node->nobody) {
		fputs(node->nobody == WAKES_UNSEEN ? "not seen" : "interrupts", out);
	} else if (!node->end) {
		fprintf(out, "%zu others", node->tasks);
	} else {
		html__cut(out, node->end->comm, COLUMNS);
		if (node->tasks > 1)
			fprintf(out, " \xc3\x97%zu", node->tasks);
		else
			fprintf(out, " %s", number__id(node->end->tid).text);
	}
}

static void put_node(const struct picture *picture, size_t i)
{
	const struct graph_node *node = &picture->graph.nodes[i];
	struct point at = place_at(picture, (double)i, 0);
	struct point name = place_at(picture, (double)i, 30);
	double side = cos(angle_of(picture, (double)i));

	fprintf(picture->out, "<circle class=\"node%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>",
		node->nobody  ? " irq" :
		node->outside ? " out" :
				"",
		at.x, at.y, size_of(picture, i));
	put_name(picture, node);
	fprintf(picture->out, ": %s wakeups%s</title></circle>", number__count(node->count).text,
		node->outside ? ", not in the target" : "");
	fprintf(picture->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", name.x,
		name.y + 4.5,
		side > 0.15  ? "start" :
		side < -0.15 ? "end" :
			       "middle");
	put_name(picture, node);
	fputs("</text>\n", picture->out);
}

/* ---- edges ---- */

static double thickness(const struct picture *picture, const struct graph_edge *edge)
{
	return 1.2 + 4.3 * sqrt((double)edge->count / (double)picture->graph.edges[0].count);
}

/* How many edges between the same two nodes, in this direction, have more wakeups. */
static size_t parallel(const struct graph *graph, const struct graph_edge *edge)
{
	const struct graph_edge *other;
	size_t count = 0;

	for (other = graph->edges; other < edge; other++)
		count += other->from == edge->from && other->to == edge->to;
	return count;
}

static void put_figures(const struct picture *picture, const struct graph_edge *edge)
{
	fprintf(picture->out, "%s %s", wake_channels[edge->channel],
		rate(picture, edge->count).text);
}

static void put_edge_title(const struct picture *picture, const struct graph_edge *edge)
{
	fputs("<title>", picture->out);
	put_name(picture, &picture->graph.nodes[edge->from]);
	fputs(" wakes ", picture->out);
	put_name(picture, &picture->graph.nodes[edge->to]);
	fprintf(picture->out, ": %s, %s</title>", wake_channels[edge->channel],
		number__count(edge->count).text);
}

/* Towards `to` with its tip at `tip`. */
static void put_tip(const struct picture *picture, const struct graph_edge *edge, struct point from,
		    struct point tip)
{
	double far = distance(from, tip), half = 3 + thickness(picture, edge);
	double x = far > 0 ? (tip.x - from.x) / far : 1, y = far > 0 ? (tip.y - from.y) / far : 0;
	double back = 2.2 * half;

	fprintf(picture->out,
		"<path class=\"w%d\" stroke=\"none\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fZ\" "
		"style=\"stroke:none\"/>",
		edge->channel, tip.x, tip.y, tip.x - back * x - half * y,
		tip.y - back * y + half * x, tip.x - back * x + half * y,
		tip.y - back * y - half * x);
}

/* Drawn bent to the inside, and to the right of its way, so that the way back is another line. */
static void put_curve(const struct picture *picture, const struct graph_edge *edge, bool label)
{
	struct point a = place_at(picture, (double)edge->from, 0);
	struct point b = place_at(picture, (double)edge->to, 0);
	double far = distance(a, b);
	double aside = 16 + 0.1 * far + 22 * (double)parallel(&picture->graph, edge);
	double part = 0.36 + 0.18 * (double)(parallel(&picture->graph, edge) % 3);
	struct point bend = point__toward(point__toward(a, b, 0.5), picture->center, 0.3);
	struct point tip, end, at;

	bend.x -= (b.y - a.y) / far * aside;
	bend.y += (b.x - a.x) / far * aside;
	tip = point__toward(b, bend, (size_of(picture, edge->to) + 2) / distance(b, bend));
	end = point__toward(b, bend,
			    (size_of(picture, edge->to) + 2 + thickness(picture, edge) + 3) /
				    distance(b, bend));
	fprintf(picture->out,
		"<g><path class=\"edge w%d\" d=\"M%.1f %.1fQ%.1f %.1f %.1f %.1f\" "
		"style=\"fill:none;stroke-width:%.1f\"/>",
		edge->channel, a.x, a.y, bend.x, bend.y, end.x, end.y, thickness(picture, edge));
	put_tip(picture, edge, bend, tip);
	put_edge_title(picture, edge);
	fputs("</g>\n", picture->out);
	if (!label)
		return;
	at = point__toward(point__toward(a, bend, part), point__toward(bend, b, part), part);
	fprintf(picture->out, "<text class=\"on\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
		at.x, at.y + 4);
	put_figures(picture, edge);
	fputs("</text>\n", picture->out);
}

/* Of a node that stands for several tasks, or of one that wakes itself by a timer. */
static void put_loop(const struct picture *picture, const struct graph_edge *edge)
{
	struct point at = place_at(picture, (double)edge->from, 0);
	double more = 46 + 12 * (double)parallel(&picture->graph, edge);
	struct point left = place_at(picture, (double)edge->from - 0.25, -more);
	struct point right = place_at(picture, (double)edge->from + 0.25, -more);
	struct point tip =
		point__toward(at, right, (size_of(picture, edge->from) + 2) / distance(at, right));

	fprintf(picture->out,
		"<g><path class=\"edge w%d\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\" "
		"style=\"fill:none;stroke-width:%.1f\"/>",
		edge->channel, at.x, at.y, left.x, left.y, right.x, right.y, tip.x, tip.y,
		thickness(picture, edge));
	put_tip(picture, edge, right, tip);
	put_edge_title(picture, edge);
	fputs("</g>\n", picture->out);
}

static void put_edges(const struct picture *picture)
{
	const struct graph *graph = &picture->graph;
	size_t i;

	for (i = graph->edge_count; i--;) { /* the thickest on top */
		const struct graph_edge *edge = &graph->edges[i];

		if (edge->from == edge->to)
			put_loop(picture, edge);
		else
			put_curve(picture, edge,
				  graph->edge_count <= LABELS && edge->count * 100 >= graph->all);
	}
}

/* ---- around it ---- */

static void put_legend(const struct picture *picture)
{
	const struct graph *graph = &picture->graph;
	bool outside = false, interrupt = false, unseen = false;
	int channel;
	size_t i;

	fputs("<ul class=\"legend\">\n", picture->out);
	for (channel = 0; channel < WAKE_CHANNELS; channel++) {
		__u64 count = 0;

		for (i = 0; i < graph->edge_count; i++)
			count += graph->edges[i].channel == (enum channel_of_wake)channel ?
					 graph->edges[i].count :
					 0;
		if (count)
			fprintf(picture->out, "<li><i class=\"w%d\"></i>%s %s</li>\n", channel,
				wake_channels[channel], rate(picture, count).text);
	}
	fputs("</ul>\n<p class=\"note\">An arrow leads from the task that wakes to the one that it wakes; it "
	      "is thicker with more wakeups.",
	      picture->out);
	for (i = 0; i < graph->node_count; i++) {
		outside |= graph->nodes[i].outside;
		interrupt |= graph->nodes[i].nobody == WAKES_INTERRUPT;
		unseen |= graph->nodes[i].nobody == WAKES_UNSEEN;
	}
	if (outside)
		fputs(" Hollow: not in the target.", picture->out);
	if (interrupt)
		fputs(" Dashed: interrupts that no task caused.", picture->out);
	if (unseen)
		fputs(" Not seen: sleeps that ended without a wakeup that was seen.", picture->out);
	if (graph->grain == GRAIN_THREAD)
		fputs(" Shaded: threads of one process.", picture->out);
	else
		fprintf(picture->out, " Tasks with the same name%s are drawn as one.",
			graph->grain == GRAIN_NAME ? "" : " in a process");
	if (graph->drawn < graph->all)
		fprintf(picture->out, " Drawn are %s of all wakeups.",
			number__share((double)graph->drawn, (double)graph->all).text);
	fputs("</p>\n", picture->out);
}

static void put_end(FILE *out, const struct wake_end *end, const char *nobody)
{
	fputs("<td><bdi>", out);
	if (end) {
		html__text(out, end->comm);
		fprintf(out, "</bdi> %s</td>", number__id(end->tid).text);
	} else {
		fprintf(out, "%s</bdi></td>", nobody);
	}
}

static void put_pairs(const struct picture *picture, const struct wakes *wakes)
{
	FILE *out = picture->out;
	size_t i;

	fputs("<table>\n<thead><tr><th>waker</th><th>woken</th><th>by</th><th class=\"n\">count</th>"
	      "<th class=\"n\">p50 until it runs</th><th class=\"n\">p99</th></tr></thead>\n<tbody>\n",
	      out);
	for (i = 0; i < wakes->count && i < PAIRS; i++) {
		const struct wake *wake = &wakes->list[i];

		fputs("<tr>", out);
		put_end(out, wake->scope >= WAKES_INTERRUPT ? NULL : &wake->waker,
			wake_scope__nobody(wake->scope));
		put_end(out, &wake->woken, NULL);
		fprintf(out, "<td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>",
			wake_channels[wake->channel], number__count(wake->count).text,
			number__duration_digits(dist__percentile(&wake->latency, D_RUNQ, 0.5), 2)
				.text);
		fprintf(out, "<td class=\"n\">%s</td></tr>\n",
			number__duration_digits(dist__percentile(&wake->latency, D_RUNQ, 0.99), 2)
				.text);
	}
	fputs("</tbody>\n</table>\n", out);
	if (wakes->count > PAIRS)
		fprintf(out, "<p class=\"note\">%s more pairs: --format json has all.</p>\n",
			number__count(wakes->count - PAIRS).text);
}

void html__wakes(FILE *out, const struct wakes *wakes, __u64 duration_ns)
{
	struct picture picture = { .out = out, .seconds = (double)duration_ns / 1e9 };
	size_t i;

	if (!wakes->count || graph__make(&picture.graph, wakes)) {
		fputs("<p class=\"note\">No task of it was woken.</p>\n", out);
		return;
	}
	picture.radius_y = fmin(60 + 13 * (double)picture.graph.node_count, 230);
	picture.center = (struct point){ WIDTH / 2.0, picture.radius_y + 48 };
	fprintf(out,
		"<div class=\"graph\"><svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"wake "
		"graph\">\n",
		WIDTH, 2 * picture.center.y);
	put_rings(&picture);
	put_edges(&picture);
	for (i = 0; i < picture.graph.node_count; i++)
		put_node(&picture, i);
	fputs("</svg></div>\n", out);
	put_legend(&picture);
	put_pairs(&picture, wakes);
}
