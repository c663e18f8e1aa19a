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

/* ---- of one process ---- */

/* A start that is not known yet is any. */
static bool is_of(const struct wake_end *end, const struct row_key *of)
{
	return end->tgid == of->pid && (!of->start_ns || end->leader_ns == of->start_ns);
}

/* Which wakeups, and what they come to. */
static size_t choose(const struct wakes *wakes, const struct row_key *of, bool by,
		     struct frame_own_wakes *own, const struct wake **ret_chosen)
{
	size_t count = 0, i;

	for (i = 0; i < wakes->count; i++) {
		const struct wake *wake = &wakes->list[i];
		bool woken = is_of(&wake->woken, of);

		if (by ? !woken : woken || !is_of(&wake->waker, of))
			continue;
		if (by)
			own->sums[wake->scope] += wake->count;
		else
			own->to_sum += wake->count;
		ret_chosen[count++] = wake;
	}
	if (count)
		qsort(ret_chosen, count, sizeof(*ret_chosen), by_count);
	return count;
}

static size_t take_chosen(struct frame_wake *to, const struct wake **chosen, size_t count,
			  size_t most)
{
	size_t i;

	for (i = 0; i < count && i < most; i++)
		take_wake(&to[i], chosen[i]);
	return i;
}

int frame__take_own_wakes(struct frame *frame, const struct wakes *wakes, const struct row_key *of,
			  size_t most)
{
	struct frame_own_wakes own = { .of = *of };
	const struct wake **chosen = calloc(wakes->count + 1, sizeof(*chosen));
	size_t room = 2 * (wakes->count < most ? wakes->count : most) + 1, count;

	own.list = calloc(room, sizeof(*own.list));
	if (!chosen || !own.list) {
		free(chosen);
		free(own.list);
		return -ENOMEM;
	}
	count = choose(wakes, of, true, &own, chosen);
	own.by_count = take_chosen(own.list, chosen, count, most);
	own.by_more = count - own.by_count;
	count = choose(wakes, of, false, &own, chosen);
	own.to_count = take_chosen(own.list + own.by_count, chosen, count, most);
	own.to_more = count - own.to_count;
	free(chosen);
	frame->own = own;
	frame->bytes += room * sizeof(*own.list);
	return 0;
}
