/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture that a browser opens by itself, without any other file.  It can be
 * read without its script, which zooms and searches.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/number.h"
#include "core/utf8.h"
#include "view/escape.h"
#include "view/flame.h"
#include "view/flame_layout.h"

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
#define PADDING	   5
#define CHARACTERS 7.25 /* pixels of one */
#define LABELLED   (PADDING + 3 * CHARACTERS)
#define OUTLINED   3

struct drawing {
	FILE *out;
	const struct flame *flame;
	const struct flame_run *runs;
	const struct metric *metric;
	int shown; /* the side that the widths are of */
	struct flame_layout layout;
	int first; /* row */
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
	static const char letters[FLAME_KINDS] = "tukixa";
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

static bool is_put_aside(const struct drawing *drawing)
{
	return drawing->layout.shown < drawing->layout.total;
}

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
	fprintf(out, ", %s of all",
		number__share((double)total, (double)drawing->layout.total).text);
	if (node == FLAME_ROOT && is_put_aside(drawing))
		fprintf(out, ", %s without what is put aside",
			amount(drawing, drawing->layout.shown).text);
	if (parent && parent != FLAME_MEMBERS)
		fprintf(out, ", %s of the frame above",
			number__share((double)total,
				      (double)flame__total_of(flame, parent, drawing->shown))
				.text);
}

static const struct flame_name *name_of(const struct drawing *drawing, __u32 node)
{
	static const struct flame_name all = { .text = "all", .length = 3 };

	return node == FLAME_ROOT ? &all : flame__name_of(drawing->flame, node);
}

/* Frames that are not shown at first are there for the script. */
static void put_box(const struct drawing *drawing, const struct flame_box *box)
{
	const struct flame_layout *layout = &drawing->layout;
	const struct flame_name *name = name_of(drawing, box->node);
	__s64 size = box->node == FLAME_ROOT ? layout->shown : box->width;
	double shown = (double)layout->shown, pixels = (double)size / shown * WIDTH;
	FILE *out = drawing->out;

	fputs("<svg class=\"f ", out);
	put_class(drawing, box->node);
	fprintf(out, "%s\" x=\"%.4f%%\" y=\"%d\" width=\"%.4f%%\" height=\"%d\" ",
		pixels >= OUTLINED ? " l" : "", 100 * (double)box->at / shown,
		drawing->first + (int)box->depth * ROW, 100 * (double)size / shown, ROW);
	if (box->part != PART_SHOWN)
		fprintf(out, "data-part=\"%s\" display=\"none\" ",
			box->part == PART_APART ? "apart" : "members");
	if (box->members)
		fprintf(out, "data-members=\"%u\" ", box->members);
	fprintf(out, "data-w=\"%lld\" tabindex=\"%d\" role=\"button\"><title>", box->width,
		box->node == FLAME_ROOT ? 0 : -1);
	escape__xml(out, name->text, name->length);
	fputc('\n', out);
	put_figures(drawing, box->node);
	if (box->members)
		fprintf(out, ", %s threads", number__count(box->members).text);
	fprintf(out, "</title><rect width=\"100%%\" height=\"%d\"/>", ROW - 1);
	if (pixels >= LABELLED && box->part == PART_SHOWN) {
		fprintf(out, "<text x=\"%d\" y=\"13\">", PADDING - 2);
		put_cut(out, name, (size_t)((pixels - PADDING) / CHARACTERS));
		fputs("</text>", out);
	}
	fputs("</svg>\n", out);
}

/* "212s of 64 threads that waited through the run, 12s of tasktoll itself" */
static void put_apart_parts(const struct drawing *drawing)
{
	const struct flame *flame = drawing->flame;
	__u32 node = flame__get_node(flame, FLAME_ROOT)->child;
	const char *between = "";

	for (; node; node = flame__get_node(flame, node)->next) {
		const struct flame_name *name = flame__name_of(flame, node);

		if (name->kind != FLAME_APART)
			continue;
		fprintf(drawing->out, "%s%s of ", between,
			amount(drawing, flame__total_of(flame, node, drawing->shown)).text);
		if (!strcmp(name->text, FLAME_IDLE))
			fprintf(drawing->out, "%s thread%s that waited through the run",
				number__count(flame__idle(flame).threads).text,
				flame__idle(flame).threads == 1 ? "" : "s");
		else
			fputs("tasktoll itself", drawing->out);
		between = ", ";
	}
}

/* One box for all that is put aside, over the others, with its sum. */
static void put_apart(const struct drawing *drawing)
{
	const struct flame_layout *layout = &drawing->layout;
	FILE *out = drawing->out;

	if (!is_put_aside(drawing))
		return;
	fprintf(out,
		"<svg id=\"apart\" class=\"a0\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\" "
		"tabindex=\"0\" role=\"button\"><title>",
		HEAD, ROW);
	fprintf(out, "%s put aside: ", amount(drawing, layout->total - layout->shown).text);
	put_apart_parts(drawing);
	fprintf(out,
		"</title><rect width=\"100%%\" height=\"%d\"/><text x=\"%d\" y=\"13\">%s put aside: ",
		ROW - 1, PADDING - 2, amount(drawing, layout->total - layout->shown).text);
	put_apart_parts(drawing);
	fputs("</text></svg>\n", out);
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
			amount_per_second(drawing, drawing->layout.total, 1).text);
		fputs(amount_per_second(drawing, flame__total(flame, 0), 0).text, out);
		return;
	}
	fprintf(out, ", sum over %s thread%s in %s: %s",
		number__count(flame__threads(flame, 0)).text,
		flame__threads(flame, 0) == 1 ? "" : "s",
		number__duration(drawing->runs[0].duration_ns).text,
		amount(drawing, drawing->layout.total).text);
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
		fputs("Below the sleeper's frames is \"--\", then the waker's frames, innermost first.",
		      out);
	else if (options->reverse)
		fputs("On top is the innermost function; below it are its callers, then the task.",
		      out);
	else
		fputs("On top are the tasks; below each function is what it calls.", out);
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
			"<g class=\"key %s\" transform=\"translate(%zu %u)\"><rect y=\"-12\" width=\"14\" "
			"height=\"14\" rx=\"3\"/><text x=\"20\">%s</text></g>\n",
			entry->class, x, y, entry->text);
		x += 44 + strlen(entry->text) * 7;
	}
}

static void put_head(const struct drawing *drawing)
{
	FILE *out = drawing->out;

	fprintf(out, "<g id=\"head\"><rect class=\"ground\" width=\"100%%\" height=\"%d\"/>\n",
		HEAD - ROW);
	fputs("<text class=\"title\" x=\"12\" y=\"30\">", out);
	put_title(drawing);
	fputs("</text>\n<text class=\"soft\" x=\"12\" y=\"52\">", out);
	put_subtitle(drawing);
	fputs("</text>\n<text class=\"line\" x=\"12\" y=\"74\">", out);
	put_reading(drawing);
	fputs("</text>\n", out);
	put_legend(drawing, 98);
	fputs("<text id=\"info\" x=\"12\" y=\"122\"></text>\n", out);
	fprintf(out, "<line x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/></g>\n", HEAD - ROW,
		HEAD - ROW);
}

static void put_foot(const struct drawing *drawing, int y)
{
	const struct flame_layout *layout = &drawing->layout;
	FILE *out = drawing->out;

	fprintf(out, "<text id=\"foot\" x=\"12\" y=\"%d\">", y);
	if (layout->narrow)
		fprintf(out, "%s %s too narrow to draw. ", number__count(layout->narrow).text,
			layout->narrow == 1 ? "frame is" : "frames are");
	if (layout->gone)
		fprintf(out, "%s %s only in the first run and not drawn. ",
			number__count(layout->gone).text,
			layout->gone == 1 ? "frame is" : "frames are");
	fputs("Made by tasktoll.</text>\n", out);
}

static void put_picture(const struct drawing *drawing)
{
	int bottom = drawing->first + (int)(drawing->layout.deepest_shown + 1) * ROW;
	FILE *out = drawing->out;
	size_t i;

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg id=\"top\" xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\">\n"
		"<title>",
		WIDTH, bottom + FOOT);
	put_title(drawing);
	fprintf(out, "</title>\n<style><![CDATA[\n%s]]></style>\n<g id=\"rows\">\n", style);
	put_apart(drawing);
	for (i = 0; i < drawing->layout.count; i++)
		put_box(drawing, &drawing->layout.boxes[i]);
	put_foot(drawing, bottom + 20);
	fputs("</g>\n", out);
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
	int err = flame_layout__take(&drawing.layout, flame, drawing.shown, NARROWEST / WIDTH);

	drawing.first = HEAD + (is_put_aside(&drawing) ? ROW + 4 : 0);
	if (!err)
		put_picture(&drawing);
	flame_layout__free(&drawing.layout);
	return err;
}

const struct flame_format flame_svg = {
	.name = "svg",
	.suffixes = ".svg",
	.help = "an image for a browser, in one file",
	.more = "A click zooms in, another one on the same task opens it into its threads, Esc leaves the "
		"zoom, Ctrl-F or / searches by a regular expression.  Threads of one name, and those whose "
		"names differ only by numbers, are one box.",
	.apart = true,
	.write = svg__write,
};
