/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/html_machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/html.h"

#define GROUPS_SHOWN 50
#define CHART_HEIGHT 60
#define BAR_WIDTH    10 /* of a chart that has RECENT_POINTS of them */
#define STATES_WIDTH 1000

static const char style[] =
#include <view/html.css.inc>
#include <view/html_machine.css.inc>
	;

static const char *const state_words[STATES] = { "on CPU", "waiting for a CPU", "asleep (S)",
						 "uninterruptible (D)", "other" };

void html_machine__write_style(FILE *out)
{
	fputs(style, out);
}

/* ---- head ---- */

static struct number time_of(__u64 realtime_ns)
{
	struct number text;
	time_t seconds = (time_t)(realtime_ns / 1000000000ULL);
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text.text, sizeof(text.text), "%F %T", &tm);
	return text;
}

static void put_head(FILE *out, const struct html_machine *page)
{
	const struct summary *run = page->run;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"refresh\" content=\"10\">\n"
	      "<link rel=\"stylesheet\" href=\"style.css\">\n<title>",
	      out);
	html__text(out, run->host);
	fputs(" \xe2\x80\x93 tasktoll</title>\n</head>\n<body>\n<main>\n<header>\n<p class=\"kicker\">"
	      "tasktoll serve</p>\n<h1>",
	      out);
	html__text(out, run->host);
	fputs("</h1>\n<p>", out);
	html__text(out, run->target);
	fprintf(out, ", %d CPUs, Linux ", run->cpus);
	html__text(out, run->kernel);
	fprintf(out,
		"; counting since %s, for %s. The page reads itself anew every ten seconds.</p>\n</header>\n",
		time_of(run->start_realtime_ns).text, number__duration(run->duration_ns).text);
}

/* ---- now ---- */

static void put_now(FILE *out, const char *what, const char *figure, bool bad)
{
	fprintf(out, "<div><dt>%s</dt><dd%s>%s</dd></div>\n", what, bad ? " class=\"bad\"" : "",
		figure);
}

static double rate(__u64 sum, const struct recent_point *point)
{
	return point->duration_ns ? (double)sum * 1e9 / (double)point->duration_ns : 0;
}

/* Of threads at a time: ns of a state each ns. */
static struct number at_a_time(__u64 ns, const struct recent_point *point)
{
	struct number text;

	snprintf(text.text, sizeof(text.text), "%.2f",
		 point->duration_ns ? (double)ns / (double)point->duration_ns : 0);
	return text;
}

static void put_points_now(FILE *out, const struct html_machine *page,
			   const struct recent_point *now)
{
	const struct summary *run = page->run;
	double cpus = (double)now->busy + (double)now->idle;

	if (!run->whole_machine)
		cpus = (double)now->duration_ns * run->cpus;
	put_now(out, "CPUs busy", number__share((double)now->busy, cpus).text, false);
	if (summary__has_states(run)) {
		put_now(out, "threads waiting for a CPU",
			at_a_time(now->state[STATE_WAITING], now).text, false);
		put_now(out, "threads in uninterruptible sleep",
			at_a_time(now->state[STATE_DISK], now).text, false);
	}
	fprintf(out, "<div><dt>switches</dt><dd>%s/s</dd></div>\n",
		number__short(rate(now->switches, now)).text);
	put_now(out, "toll, of the CPUs' time",
		run->cost_source == COST_NONE ? "n/a" : number__share((double)now->toll, cpus).text,
		false);
}

static void put_machine(FILE *out, const struct html_machine *page)
{
	const struct recent_point *now = recent__last(page->recent);
	const struct summary *run = page->run;

	fputs("<section>\n<h2>The last ten seconds</h2>\n", out);
	if (!now) {
		fputs("<p>The first ten seconds are not over yet.</p>\n</section>\n", out);
		return;
	}
	fputs("<dl class=\"now\">\n", out);
	put_points_now(out, page, now);
	if (run->ends)
		put_now(out, "crashes since the start", number__count(page->crashes_all).text,
			page->crashes_all);
	put_now(out, "lost since the start",
		number__count(summary_loss__sum(&run->lost) + run->proof.missed).text,
		!run->complete);
	fputs("</dl>\n</section>\n", out);
}

/* ---- ten minutes ---- */

typedef double (*figure_of)(const struct recent_point *point);

static double figure__busy(const struct recent_point *point)
{
	return point->duration_ns ? (double)point->busy / (double)point->duration_ns : 0;
}

static double figure__waiting(const struct recent_point *point)
{
	return point->duration_ns ?
		       (double)point->state[STATE_WAITING] / (double)point->duration_ns :
		       0;
}

static double figure__disk(const struct recent_point *point)
{
	return point->duration_ns ? (double)point->state[STATE_DISK] / (double)point->duration_ns :
				    0;
}

static double figure__switches(const struct recent_point *point)
{
	return rate(point->switches, point);
}

static void put_chart(FILE *out, const struct recent *recent, const char *title, figure_of figure,
		      const char *class)
{
	const struct recent_point *point;
	double most = 0;
	size_t i, there = 0;

	for (i = 0; (point = recent__point(recent, i)); i++, there++)
		most = figure(point) > most ? figure(point) : most;
	fprintf(out,
		"<div><h3>%s</h3>\n<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\">\n",
		title, RECENT_POINTS * BAR_WIDTH, CHART_HEIGHT);
	for (i = 0; most > 0 && (point = recent__point(recent, i)); i++) {
		double height = CHART_HEIGHT * figure(point) / most;

		fprintf(out,
			"<rect class=\"%s\" x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>\n",
			class, (RECENT_POINTS - there + i) * BAR_WIDTH, CHART_HEIGHT - height,
			BAR_WIDTH - 1, height);
	}
	fprintf(out, "</svg><p>at most %s</p></div>\n", number__short(most).text);
}

static void put_history(FILE *out, const struct html_machine *page)
{
	if (!page->recent->count)
		return;
	fputs("<section>\n<h2>The last ten minutes, ten seconds each</h2>\n<div class=\"charts\">\n",
	      out);
	put_chart(out, page->recent, "CPUs busy", figure__busy, "c0");
	if (summary__has_states(page->run)) {
		put_chart(out, page->recent, "Threads waiting for a CPU", figure__waiting, "c1");
		put_chart(out, page->recent, "Threads in uninterruptible sleep (D)", figure__disk,
			  "c3");
	}
	put_chart(out, page->recent, "Switches a second", figure__switches, "c5");
	fputs("</div>\n</section>\n", out);
}

/* ---- groups ---- */

/* Who ran and waited most comes first. */
static int compare_groups(const void *a, const void *b)
{
	const struct group_sum *x = *(const struct group_sum *const *)a;
	const struct group_sum *y = *(const struct group_sum *const *)b;
	__u64 of_x = x->recent.state[STATE_ONCPU] + x->recent.state[STATE_WAITING];
	__u64 of_y = y->recent.state[STATE_ONCPU] + y->recent.state[STATE_WAITING];

	if (of_x != of_y)
		return of_x < of_y ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void put_states(FILE *out, const struct group_sum *sum)
{
	double all = 0, x = 0;
	int state;

	for (state = 0; state < STATES; state++)
		all += (double)sum->recent.state[state];
	fprintf(out,
		"<td class=\"states\"><svg viewBox=\"0 0 %d 14\" preserveAspectRatio=\"none\" role=\"img\">",
		STATES_WIDTH);
	for (state = 0; all > 0 && state < STATES; state++) {
		double width = STATES_WIDTH * (double)sum->recent.state[state] / all;

		fprintf(out,
			"<rect class=\"c%d\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"14\"><title>%s: %s</title></rect>",
			state, x, width, state_words[state],
			number__share((double)sum->recent.state[state], all).text);
		x += width;
	}
	fputs("</svg></td>", out);
}

static void put_group(FILE *out, const struct html_machine *page, const struct group_sum *sum,
		      const struct recent_point *now)
{
	bool states = summary__has_states(page->run);
	int state;

	fputs("<tr><td class=\"name\">", out);
	html__cut(out, sum->name, 60);
	fprintf(out, "</td><td class=\"n\">%s</td><td class=\"n\">%s</td>",
		number__count(sum->threads).text,
		number__short(rate(sum->recent.switches, now)).text);
	for (state = 0; state < STATES; state++)
		fprintf(out, "<td class=\"n\">%s</td>",
			states || state == STATE_ONCPU ?
				number__duration(sum->recent.state[state]).text :
				"n/a");
	if (states)
		put_states(out, sum);
	fputs("</tr>\n", out);
}

static void put_table(FILE *out, const struct html_machine *page,
		      const struct group_sum *const *sorted, size_t count)
{
	static const char *const titles[STATES] = { "on CPU", "waiting", "asleep", "disk (D)",
						    "other" };
	const struct recent_point *now = recent__last(page->recent);
	size_t i;

	fprintf(out,
		"<section class=\"groups\">\n<h2>Time by %s, the last ten seconds</h2>\n<div class=\"scroll\">"
		"<table>\n<thead><tr><th>%s</th><th class=\"n\">threads</th><th class=\"n\">switches/s</th>",
		page->by, page->by);
	for (i = 0; i < STATES; i++)
		fprintf(out, "<th class=\"n\">%s</th>", titles[i]);
	fputs(summary__has_states(page->run) ? "<th></th></tr></thead>\n<tbody>\n" :
					       "</tr></thead>\n<tbody>\n",
	      out);
	for (i = 0; i < count && i < GROUPS_SHOWN; i++)
		put_group(out, page, sorted[i], now);
	fputs("</tbody></table></div>\n", out);
	if (count > GROUPS_SHOWN)
		fprintf(out,
			"<p class=\"note\">%zu more are in <a href=\"metrics\">metrics</a>.</p>\n",
			count - GROUPS_SHOWN);
	if (page->groups->in_other)
		fprintf(out,
			"<p class=\"note\">%zu groups found no room among --max-series and are in "
			"\xe2\x80\x9cother\xe2\x80\x9d.</p>\n",
			page->groups->in_other);
	html__states_legend(out, NULL);
	fputs("</section>\n", out);
}

static int put_groups(FILE *out, const struct html_machine *page)
{
	size_t count = HASH_COUNT(page->groups->names) + 1, i = 0;
	const struct group_sum **sorted = calloc(count, sizeof(*sorted)), *sum;

	if (!sorted)
		return -ENOMEM;
	for (sum = page->groups->names; sum; sum = sum->hh.next)
		sorted[i++] = sum;
	if (page->groups->other)
		sorted[i++] = page->groups->other;
	qsort(sorted, i, sizeof(*sorted), compare_groups);
	if (recent__last(page->recent))
		put_table(out, page, sorted, i);
	free(sorted);
	return 0;
}

/* ---- crashes ---- */

/* Line by line: a line break in a stranger's name would be marked. */
static void put_lines(FILE *out, const char *text)
{
	while (*text) {
		size_t size = strcspn(text, "\n");

		escape__xml(out, text, size);
		fputc('\n', out);
		text += size + (text[size] == '\n');
	}
}

static void put_crashes(FILE *out, const struct html_machine *page)
{
	size_t i;

	if (!page->run->ends)
		return;
	fprintf(out, "<section>\n<h2>Crashes</h2>\n<p class=\"note\">%s since the start%s.</p>\n",
		number__count(page->crashes_all).text,
		page->crash_count < page->crashes_all ? "; the last ones are here" : "");
	for (i = 0; i < page->crash_count; i++) {
		const struct told_crash *crash = &page->crashes[i];

		fprintf(out, "<details%s><summary>%s ", i ? "" : " open",
			time_of(crash->realtime_ns).text);
		html__text(out, crash->line);
		fputs("</summary><pre>", out);
		put_lines(out, crash->story);
		fputs("</pre></details>\n", out);
	}
	fputs("</section>\n", out);
}

/* ---- what is known of the figures ---- */

static void put_self(FILE *out, const struct summary *run, const struct summary *last)
{
	fprintf(out, "<li>tasktoll itself: %s CPU",
		number__share((double)run->self.cpu_ns, (double)run->duration_ns).text);
	if (run->self.known)
		fprintf(out, ", BPF %s of a CPU (%.0fns per switch)",
			number__share((double)run->self.bpf_ns, (double)run->duration_ns).text,
			run->self.ns_per_switch);
	else if (run->self.why_not)
		fprintf(out, ", BPF n/a: %s", run->self.why_not);
	fprintf(out, ", %s here", number__bytes(last->self.rss_bytes).text);
	fprintf(out, " and %s in the kernel</li>\n", number__bytes(last->self.kernel_bytes).text);
}

static void put_proof(FILE *out, const struct html_machine *page)
{
	const struct summary *run = page->run;
	int i;

	fputs("<section>\n<h2>How far this is known</h2>\n<ul class=\"plain\">\n", out);
	fprintf(out, "<li>%s switches seen", number__count(run->proof.seen).text);
	fprintf(out, ", %s counted by the kernel", number__count(run->proof.kernel).text);
	fprintf(out, ", %s missed</li>\n", number__count(run->proof.missed).text);
	fprintf(out, "<li>lost: %llu events, %llu tasks, %llu stacks, %llu edges</li>\n",
		(unsigned long long)run->lost.events, (unsigned long long)run->lost.tasks,
		(unsigned long long)run->lost.stacks, (unsigned long long)run->lost.edges);
	put_self(out, run, page->last);
	for (i = 0; i < run->unavailable_count; i++) {
		fputs("<li>not available: ", out);
		html__text(out, run->unavailable[i].measure);
		fputs(": ", out);
		html__text(out, run->unavailable[i].reason);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</section>\n", out);
}

int html_machine__write(FILE *out, const struct html_machine *page)
{
	int err;

	put_head(out, page);
	put_machine(out, page);
	put_history(out, page);
	err = put_groups(out, page);
	put_crashes(out, page);
	put_proof(out, page);
	fputs("<footer>Sums for machines: <a href=\"metrics\">metrics</a>.</footer>\n</main>\n</body>\n</html>\n",
	      out);
	return err;
}
