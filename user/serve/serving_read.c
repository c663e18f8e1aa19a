/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A period that is over: into the sums; and the sums as pages. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "serve/serving.h"
#include "view/metrics.h"
#include "view/names.h"
#include "view/view.h"

#define STORY_WIDTH 110

/* ---- in ---- */

/* One line for the list; the newest is first, and the oldest goes. */
void serving__tell_crash(struct serving *serving, const struct crash *crash)
{
	static const struct view_options options = { .width = STORY_WIDTH };
	const char *function = crash__function(crash);
	struct told_crash told = { .realtime_ns = crash->at_realtime_ns };
	size_t size;
	FILE *out = open_memstream(&told.story, &size);

	if (!out)
		return;
	view_text.write_crash(out, crash, &options);
	fclose(out);
	if (!told.story ||
	    asprintf(&told.line, "%s %s%s%s: %llu down", crash->comm,
		     signal__name(crash->end.signal).text, function ? " in " : "",
		     function ? function : "", (unsigned long long)crash->fan_out) < 0) {
		free(told.story);
		return;
	}
	if (serving->crash_count == CRASHES_TOLD) {
		free(serving->crashes[CRASHES_TOLD - 1].line);
		free(serving->crashes[CRASHES_TOLD - 1].story);
		serving->crash_count--;
	}
	memmove(serving->crashes + 1, serving->crashes,
		serving->crash_count * sizeof(*serving->crashes));
	serving->crashes[0] = told;
	serving->crash_count++;
}

/* In the order in which they happened, as far as there is room for. */
static void serving__tell_crashes(struct serving *serving, const struct summary *summary)
{
	__u64 after = 0;
	size_t told, i;

	for (told = 0; told < summary->crash_count; told++) {
		const struct crash *next = NULL;

		for (i = 0; i < summary->crash_count; i++) {
			const struct crash *crash = summary->crashes[i];

			if (crash->at_ns > after && (!next || crash->at_ns < next->at_ns))
				next = crash;
		}
		if (!next)
			return;
		after = next->at_ns;
		serving__tell_crash(serving, next);
	}
}

static int serving__add(struct serving *serving, struct summary *summary)
{
	struct counting *counting = &serving->counting;
	struct groups groups = { 0 };
	int err = groups__make(&groups, summary, serving->by);

	if (!err)
		err = group_sums__add(&serving->groups, &groups, counting->period_end_ns);
	groups__free(&groups);
	if (!err)
		err = total__add_sums(&serving->run, counting->model, summary);
	if (!err)
		err = total__sum_up(&serving->run, NULL);
	if (err)
		return err;
	serving->run.summary.self.known = summary->self.known; /* once it is, it stays so */
	serving__tell_crashes(serving, summary);
	losses__add(&serving->losses, &summary->lost, summary->proof.missed);
	serving->last = *summary;
	return 0;
}

int serving__read(struct serving *serving, struct failure *failure)
{
	struct counting *counting = &serving->counting;
	struct summary summary;
	__u64 now;
	int err = counting__read(counting, &summary, &now, failure);

	if (err)
		return err;
	err = model__close(counting->model, now);
	if (!err)
		err = summary__take(&summary, counting->model, NULL);
	if (!err) {
		err = serving__add(serving, &summary);
		summary__release(&summary);
	}
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up what was counted");
	counting__next(counting);
	return 0;
}

/* ---- out ---- */

static void write_metrics(FILE *out, const struct serving *serving)
{
	const struct metrics sums = { .run = &serving->run.summary,
				      .last = &serving->last,
				      .groups = &serving->groups,
				      .by = serving->by,
				      .version = TASKTOLL_VERSION };

	metrics__write(out, &sums);
}

static int write_page(FILE *out, const struct serving *serving)
{
	const struct summary *run = &serving->run.summary;
	const struct html_machine page = { .run = run,
					   .last = &serving->last,
					   .groups = &serving->groups,
					   .by = group_names[serving->by],
					   .recent = &serving->recent,
					   .crashes = serving->crashes,
					   .crash_count = serving->crash_count,
					   .crashes_all = run->ends ? run->ends[END_CRASH] : 0 };

	return html_machine__write(out, &page);
}

void serving__answer(struct serving *serving, enum served page)
{
	FILE *out = server__compose(&serving->server);
	unsigned int status = 200;

	if (!out) /* a shortage that passes: it stays wanted */
		return;
	switch (page) {
	case SERVED_METRICS:
		write_metrics(out, serving);
		break;
	case SERVED_PAGE:
		if (write_page(out, serving))
			status = 503;
		break;
	case SERVED_STYLE:
		html_machine__write_style(out);
		break;
	default:
		fputs("ok\n", out);
	}
	server__answer(&serving->server, page, status, out);
}
