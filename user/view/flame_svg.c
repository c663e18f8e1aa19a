/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture that a browser opens by itself, without any other file.  It can be
 * read without its script, which zooms and searches.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/array.h"
#include "core/number.h"
#include "core/utf8.h"
#include "view/escape.h"
#include "view/flame.h"

static const char style[] =
#include <view/flame_svg.css.inc>
	;
static const char script[] =
#include <view/flame_svg.js.inc>
	;

#define WIDTH	   1200 /* where nobody says how wide */
#define ROW	   18
#define HEAD	   150 /* rows begin below it */
#define FOOT	   30
#define NARROWEST  0.1 /* pixels of WIDTH */
#define LABELLED   24
#define OUTLINED   3
#define CHARACTERS 7.25 /* pixels of one */

/* A frame that is drawn: from `at` to `at + width`, in the metric. */
struct box {
	__u32 node, depth;
	__s64 at, width;
};

struct drawing {
	FILE *out;
	const struct flame *flame;
	const struct flame_run *runs;
	const struct metric *metric;
	int shown; /* the side that the widths are of */
	__s64 total;
	struct box *boxes;
	size_t count, room;
	__u32 deepest;
	__u64 narrow; /* frames not drawn */
	__u64 gone;   /* only in the first run */
};

/* ---- text ---- */

static void put_text(FILE *out, const char *text)
{
	escape__xml(out, text, strlen(text));
}

/* At most so many columns, with an ellipsis in place of the rest. */
static void put_cut(FILE *out, const struct flame_name *name, size_t columns)
{
	size_t fits = utf8__fitting(name->text, columns);

	if (fits < name->length && columns)
		fits = utf8__fitting(name->text, columns - 1);
	escape__xml(out, name->text, fits);
	if (fits < name->length)
		fputs("\xe2\x80\xa6", out);
}

static bool is_time(const struct drawing *drawing)
{
	return !strcmp(drawing->metric->unit, "nanoseconds");
}

static struct number amount(const struct drawing *drawing, __s64 value)
{
	__u64 size = value < 0 ? 0 - (__u64)value : (__u64)value;
	struct number plain = is_time(drawing) ? number__duration(size) : number__count(size);
	struct number number;

	snprintf(number.text, sizeof(number.text), "%s%.30s", value < 0 ? "-" : "", plain.text);
	return number;
}

static double rate(const struct drawing *drawing, __s64 value, int side)
{
	__u64 duration = drawing->runs[side].duration_ns;

	return duration ? (double)value * 1e9 / (double)duration : 0;
}

/* Of runs that are not equally long only what they have per second can be compared. */
static struct number amount_per_second(const struct drawing *drawing, __s64 value, int side)
{
	double each = rate(drawing, value, side), size = each < 0 ? -each : each;
	struct number plain = is_time(drawing) ? number__duration((__u64)size) :
						 number__short(size);
	struct number number;

	snprintf(number.text, sizeof(number.text), "%s%.28s/s", each < 0 ? "-" : "", plain.text);
	return number;
}

static bool is_comparison(const struct drawing *drawing)
{
	return drawing->shown == 1;
}

/* ---- what is drawn ---- */

static int drawing__add(struct drawing *drawing, const struct box *box)
{
	if (!ARRAY_ROOM(drawing->boxes, drawing->count, drawing->room, 1024))
		return -ENOMEM;
	drawing->boxes[drawing->count++] = *box;
	if (box->depth > drawing->deepest)
		drawing->deepest = box->depth;
	return 0;
}

/* Where the next frame on each depth begins, and where the one below it ends. */
struct edges {
	__s64 *next, *end;
	__u32 depths;
};

static int edges__make_room(struct edges *edges, __u32 depth)
{
	size_t room = 2UL * depth + 64;
	__s64 *next, *end;

	if (depth + 1 < edges->depths)
		return 0;
	next = reallocarray(edges->next, room, sizeof(*next));
	if (next)
		edges->next = next;
	end = reallocarray(edges->end, room, sizeof(*end));
	if (end)
		edges->end = end;
	if (!next || !end)
		return -ENOMEM;
	edges->depths = (__u32)room;
	return 0;
}

/* Weights below 0 occur in damaged recordings only; no frame reaches over the one below it. */
static bool drawing__box(const struct drawing *drawing, struct edges *edges, struct box *box)
{
	box->at = edges->next[box->depth];
	box->width = flame__total_of(drawing->flame, box->node, drawing->shown);
	if (box->width > edges->end[box->depth] - box->at)
		box->width = edges->end[box->depth] - box->at;
	if (box->width <= 0)
		return false;
	edges->next[box->depth] += box->width;
	edges->next[box->depth + 1] = box->at;
	edges->end[box->depth + 1] = box->at + box->width;
	return (double)box->width >= NARROWEST / WIDTH * (double)drawing->total;
}

static int drawing__lay_out(struct drawing *drawing)
{
	struct edges edges = { 0 };
	struct box box = { .node = FLAME_ROOT };
	__u32 hidden =
		0; /* the depth of the frame that is not drawn, with what is on it; 0: none */
	int err = edges__make_room(&edges, 0);

	if (!err) {
		edges.next[0] = 0;
		edges.end[0] = drawing->total;
	}
	while (box.node && !err) {
		__u32 depth = box.depth;

		err = edges__make_room(&edges, depth);
		if (err)
			break;
		if (depth <= hidden)
			hidden = 0;
		if (!hidden && drawing__box(drawing, &edges, &box))
			err = drawing__add(drawing, &box);
		else if (!hidden)
			hidden = depth ? depth : 1;
		if (hidden && flame__total_of(drawing->flame, box.node, drawing->shown))
			drawing->narrow++;
		else if (hidden)
			drawing->gone++;
		box.node = flame__next_node(drawing->flame, box.node, &box.depth);
	}
	free(edges.next);
	free(edges.end);
	return err;
}

/* ---- colours ---- */

/* One of four shades, the same for the same name everywhere. */
static unsigned int shade(const struct flame_name *name)
{
	unsigned int hash = 2166136261U, i;

	for (i = 0; i < name->length; i++)
		hash = (hash ^ (unsigned char)name->text[i]) * 16777619U;
	return (hash >> 13) & 3;
}

/* How much more or less it is, in relation to the larger of both. */
static void put_change_class(const struct drawing *drawing, __u32 node)
{
	double a = rate(drawing, flame__total_of(drawing->flame, node, 0), 0);
	double b = rate(drawing, flame__total_of(drawing->flame, node, 1), 1);
	double size = a < b ? b - a : a - b, larger = a < b ? b : a;
	int step = larger > 0 ? (int)(size / larger * 4 + 0.999) : 0;

	if (larger <= 0 || size < larger * 0.05)
		fputs("same", drawing->out);
	else
		fprintf(drawing->out, "%s%d", a < b ? "more" : "less", step > 4 ? 4 : step);
}

static void put_class(const struct drawing *drawing, __u32 node)
{
	static const char letters[FLAME_KINDS] = "tukix";
	const struct flame_name *name;

	if (is_comparison(drawing)) {
		put_change_class(drawing, node);
		return;
	}
	if (node == FLAME_ROOT) {
		fputs("all", drawing->out);
		return;
	}
	name = flame__name_of(drawing->flame, node);
	fprintf(drawing->out, "%c%u", letters[name->kind], shade(name));
}

/* ---- frames ---- */

static void put_figures(const struct drawing *drawing, __u32 node)
{
	const struct flame *flame = drawing->flame;
	__s64 total = flame__total_of(flame, node, drawing->shown);
	__u32 parent = flame__get_node(flame, node)->parent;
	FILE *out = drawing->out;

	if (is_comparison(drawing)) {
		double a = rate(drawing, flame__total_of(flame, node, 0), 0);
		double b = rate(drawing, total, 1);

		fprintf(out, "%s, was %s", amount_per_second(drawing, total, 1).text,
			amount_per_second(drawing, flame__total_of(flame, node, 0), 0).text);
		if (a > 0)
			fprintf(out, " (%+.1f%%)", 100 * (b - a) / a);
		else
			fputs(" (new)", out);
	} else {
		fputs(amount(drawing, total).text, out);
	}
	fprintf(out, ", %s of all", number__share((double)total, (double)drawing->total).text);
	if (parent)
		fprintf(out, ", %s of the frame below",
			number__share((double)total,
				      (double)flame__total_of(flame, parent, drawing->shown))
				.text);
}

static void put_box(const struct drawing *drawing, const struct box *box)
{
	static const struct flame_name all = { .text = "all", .length = 3 };
	const struct flame_name *name = &all;
	double total = (double)drawing->total, pixels = (double)box->width / total * WIDTH;
	FILE *out = drawing->out;

	if (box->node != FLAME_ROOT)
		name = flame__name_of(drawing->flame, box->node);
	fputs("<svg class=\"f ", out);
	put_class(drawing, box->node);
	fprintf(out, "%s\" x=\"%.4f%%\" y=\"%u\" width=\"%.4f%%\" height=\"%d\" ",
		pixels >= OUTLINED ? " l" : "", 100 * (double)box->at / total,
		HEAD + (drawing->deepest - box->depth) * ROW, 100 * (double)box->width / total,
		ROW);
	fprintf(out, "data-w=\"%lld\" tabindex=\"%d\" role=\"button\"><title>", box->width,
		box->node == FLAME_ROOT ? 0 : -1);
	escape__xml(out, name->text, name->length);
	fputc('\n', out);
	put_figures(drawing, box->node);
	fprintf(out, "</title><rect width=\"100%%\" height=\"%d\"/>", ROW - 1);
	if (pixels >= LABELLED) {
		fputs("<text x=\"4\" y=\"13\">", out);
		put_cut(out, name, (size_t)((pixels - 8) / CHARACTERS));
		fputs("</text>", out);
	}
	fputs("</svg>\n", out);
}

/* ---- what is written around them ---- */

static void put_title(const struct drawing *drawing)
{
	const struct flame *flame = drawing->flame;
	FILE *out = drawing->out;

	put_text(out, drawing->metric->name);
	fputs(": ", out);
	put_text(out, drawing->metric->help);
	if (is_comparison(drawing)) {
		fprintf(out, ", compared per second of the run: %s, was ",
			amount_per_second(drawing, drawing->total, 1).text);
		fputs(amount_per_second(drawing, flame__total(flame, 0), 0).text, out);
		return;
	}
	fprintf(out, ", %s in all", amount(drawing, drawing->total).text);
}

static void put_run(const struct drawing *drawing, int side)
{
	const struct flame_run *run = &drawing->runs[side];
	time_t seconds = (time_t)(run->start_realtime_ns / 1000000000ULL);
	struct tm tm;
	char when[64] = "";

	if (gmtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	put_text(drawing->out, run->target);
	fputs(" on ", drawing->out);
	put_text(drawing->out, run->host);
	fprintf(drawing->out, ", %s, for %s", when, number__duration(run->duration_ns).text);
}

static void put_subtitle(const struct drawing *drawing)
{
	if (!is_comparison(drawing)) {
		put_run(drawing, 0);
		return;
	}
	put_run(drawing, 1);
	fputs("; was: ", drawing->out);
	put_run(drawing, 0);
}

/* How a picture of these options is to be read. */
static void put_reading(const struct drawing *drawing)
{
	const struct flame_options *options = flame__options(drawing->flame);
	FILE *out = drawing->out;

	fprintf(out, "The wider a frame, the more %s%s. ", is_time(drawing) ? "time" : "of them",
		is_comparison(drawing) ? " per second of the second run" : "");
	if (options->metric->weights & weights_by_waker)
		fputs("Above the sleeper's frames is \"--\", then the waker's frames, upside down.",
		      out);
	else if (options->reverse)
		fputs("Callers are drawn above callees, the task on top.", out);
	else
		fputs("Callees are drawn above callers; at the bottom are the tasks.", out);
	if (options->no_kernel)
		fputs(" The kernel's frames are left out.", out);
}

struct legend {
	const char *class, *text;
};

static const struct legend kinds[] = {
	{ "t0", "task" },	  { "u0", "program or library" },	    { "k0", "kernel _[k]" },
	{ "i0", "inlined _[i]" }, { "x0", "without a name [file+offset]" }, { NULL, NULL },
};

static const struct legend changes[] = {
	{ "more4", "new, or many times more" },
	{ "more2", "more" },
	{ "same", "the same within 5%" },
	{ "less2", "less" },
	{ "less4", "nearly gone" },
	{ NULL, NULL },
};

static void put_legend(const struct drawing *drawing, unsigned int y)
{
	const struct legend *entry = is_comparison(drawing) ? changes : kinds;
	size_t x = 12;

	for (; entry->text; entry++) {
		fprintf(drawing->out,
			"<g class=\"%s\"><rect x=\"%zu\" y=\"%u\" width=\"14\" height=\"14\" rx=\"3\"/>"
			"<text x=\"%zu\" y=\"%u\">%s</text></g>\n",
			entry->class, x, y - 12, x + 20, y, entry->text);
		x += 44 + strlen(entry->text) * 7;
	}
}

static void put_head(const struct drawing *drawing)
{
	FILE *out = drawing->out;

	fprintf(out, "<g id=\"head\"><rect class=\"ground\" width=\"100%%\" height=\"%d\"/>\n",
		HEAD - 6);
	fputs("<text class=\"title\" x=\"12\" y=\"30\">", out);
	put_title(drawing);
	fputs("</text>\n<text class=\"soft\" x=\"12\" y=\"52\">", out);
	put_subtitle(drawing);
	fputs("</text>\n<text x=\"12\" y=\"74\">", out);
	put_reading(drawing);
	fputs("</text>\n", out);
	put_legend(drawing, 98);
	fputs("<text id=\"info\" x=\"12\" y=\"128\">Click or Enter: zoom in.  Esc: out.  Ctrl-F or /: "
	      "search.  Arrow keys: move.  Point at a frame for its figures.</text>\n"
	      "<svg x=\"100%\" overflow=\"visible\"><text id=\"found\" x=\"-12\" y=\"98\" "
	      "text-anchor=\"end\"></text></svg>\n",
	      out);
	fprintf(out, "<line x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/></g>\n", HEAD - 6, HEAD - 6);
}

static void put_foot(const struct drawing *drawing, unsigned int y)
{
	FILE *out = drawing->out;

	fprintf(out, "<text id=\"foot\" x=\"12\" y=\"%u\">", y);
	if (drawing->narrow)
		fprintf(out, "%s %s too narrow to draw. ", number__count(drawing->narrow).text,
			drawing->narrow == 1 ? "frame is" : "frames are");
	if (drawing->gone)
		fprintf(out, "%s %s only in the first run and not drawn. ",
			number__count(drawing->gone).text,
			drawing->gone == 1 ? "frame is" : "frames are");
	fputs("Made by tasktoll.</text>\n", out);
}

static void put_picture(const struct drawing *drawing)
{
	unsigned int bottom = HEAD + (drawing->deepest + 1) * ROW;
	FILE *out = drawing->out;
	size_t i;

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg id=\"top\" xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\">\n"
		"<title>",
		WIDTH, bottom + FOOT);
	put_title(drawing);
	fprintf(out, "</title>\n<style><![CDATA[\n%s]]></style>\n", style);
	for (i = 0; i < drawing->count; i++)
		put_box(drawing, &drawing->boxes[i]);
	put_foot(drawing, bottom + 20);
	put_head(drawing);
	fprintf(out, "<script><![CDATA[\n%s]]></script>\n</svg>\n", script);
}

static int svg__write(FILE *out, const struct flame *flame, const struct flame_run *runs)
{
	struct drawing drawing = { .out = out,
				   .flame = flame,
				   .runs = runs,
				   .metric = flame__options(flame)->metric,
				   .shown = flame__sides(flame) - 1 };
	int err;

	drawing.total = flame__total_of(flame, FLAME_ROOT, drawing.shown);
	err = drawing.total > 0 ? drawing__lay_out(&drawing) : 0;
	if (!err)
		put_picture(&drawing);
	free(drawing.boxes);
	return err;
}

const struct flame_format flame_svg = {
	.name = "svg",
	.suffixes = ".svg",
	.help = "an image for a browser, in one file",
	.more = "A click zooms in, Esc zooms out, Ctrl-F or / searches by a regular expression.",
	.write = svg__write,
};
