/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wakes of several periods of one run, as one. */
#include <stdlib.h>
#include <string.h>

#include "model/wakes/wakes.h"

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

static int wake__compare(const void *a, const void *b)
{
	const struct wake *x = a, *y = b;

	COMPARE(x->woken.tid, y->woken.tid);
	COMPARE(x->woken.start_ns, y->woken.start_ns);
	COMPARE(x->waker.tid, y->waker.tid);
	COMPARE(x->waker.start_ns, y->waker.start_ns);
	COMPARE(x->channel, y->channel);
	return 0;
}

static int group__compare(const void *a, const void *b)
{
	const struct wake_group *x = a, *y = b;

	COMPARE(x->leader_ns, y->leader_ns);
	COMPARE(x->tgid, y->tgid);
	return 0;
}

static void wake__add(struct wake *to, const struct wake *more)
{
	to->count += more->count;
	to->total += more->total;
	to->slept_ns += more->slept_ns;
	to->waited_ns += more->waited_ns;
	dist__add(&to->latency, D_RUNQ, &more->latency); /* no memory: nothing in the fine grain */
}

void wakes__merge(struct wakes *wakes)
{
	size_t i, left = 0;

	if (wakes->count)
		qsort(wakes->list, wakes->count, sizeof(*wakes->list), wake__compare);
	for (i = 0; i < wakes->count; i++) {
		if (left && !wake__compare(&wakes->list[left - 1], &wakes->list[i]))
			wake__add(&wakes->list[left - 1], &wakes->list[i]);
		else
			wakes->list[left++] = wakes->list[i];
	}
	wakes->count = left;
	left = 0;
	if (wakes->group_count)
		qsort(wakes->groups, wakes->group_count, sizeof(*wakes->groups), group__compare);
	for (i = 0; i < wakes->group_count; i++) {
		if (left && !group__compare(&wakes->groups[left - 1], &wakes->groups[i]))
			wake_times__add(&wakes->groups[left - 1].times, &wakes->groups[i].times, 1);
		else
			wakes->groups[left++] = wakes->groups[i];
	}
	wakes->group_count = left;
}
