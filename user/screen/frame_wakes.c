/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who woke whom in a refresh, as the screen keeps it. */
#include <errno.h>
#include <stdlib.h>

#include "screen/frame.h"

static int by_count(const void *a, const void *b)
{
	const struct wake *x = *(const struct wake *const *)a, *y = *(const struct wake *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	if (x->woken.tid != y->woken.tid)
		return x->woken.tid < y->woken.tid ? -1 : 1;
	if (x->waker.tid != y->waker.tid)
		return x->waker.tid < y->waker.tid ? -1 : 1;
	return (int)x->channel - (int)y->channel;
}

static void take_wake(struct frame_wake *to, const struct wake *wake)
{
	frame__take_name(to->waker, sizeof(to->waker), wake->waker.comm);
	frame__take_name(to->woken, sizeof(to->woken), wake->woken.comm);
	to->waker_tid = wake->waker.tid;
	to->woken_tid = wake->woken.tid;
	to->channel = wake->channel;
	to->scope = wake->scope;
	to->count = wake->count;
	to->total = wake->total;
	to->p50_ns = dist__percentile(&wake->latency, D_RUNQ, 0.5);
}

int frame__take_wakes(struct frame *frame, const struct wakes *wakes, size_t most)
{
	size_t count = wakes->count < most ? wakes->count : most, i;
	const struct wake **sorted = calloc(wakes->count + 1, sizeof(*sorted));
	int scope;

	frame->wakes = calloc(count + 1, sizeof(*frame->wakes));
	if (!sorted || !frame->wakes) {
		free(sorted);
		return -ENOMEM;
	}
	for (i = 0; i < wakes->count; i++)
		sorted[i] = &wakes->list[i];
	qsort(sorted, wakes->count, sizeof(*sorted), by_count);
	for (i = 0; i < count; i++)
		take_wake(&frame->wakes[i], sorted[i]);
	free(sorted);
	for (scope = 0; scope < WAKE_SCOPES; scope++)
		frame->wake_sums[scope] = wake_sums__count(&wakes->sums, (enum wake_scope)scope);
	frame->wake_count = count;
	frame->wake_more = wakes->count - count;
	frame->bytes += (count + 1) * sizeof(*frame->wakes);
	frame->no_wakes = NULL;
	return 0;
}
