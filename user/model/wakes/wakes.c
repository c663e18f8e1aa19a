/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/wakes/wakes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const wake_channels[WAKE_CHANNELS] = {
	[WAKE_OTHER] = "other",	    [WAKE_FUTEX] = "futex",   [WAKE_PIPE] = "pipe",
	[WAKE_UNIX] = "unix",	    [WAKE_TCP] = "tcp",	      [WAKE_UDP] = "udp",
	[WAKE_EVENTFD] = "eventfd", [WAKE_SIGNAL] = "signal", [WAKE_CHILD] = "child",
	[WAKE_TIMER] = "timer",	    [WAKE_DISK] = "disk",     [WAKE_UNSEEN] = "unseen",
};

const char *const wake_scopes[WAKE_SCOPES] = { "inside", "between", "outside", "interrupt",
					       "unseen" };

const char *wake_scope__nobody(enum wake_scope scope)
{
	return scope == WAKES_UNSEEN ? "not seen" : "interrupt";
}

static void wake_end__set(struct wake_end *end, const struct task_id *task)
{
	end->start_ns = task->start_ns;
	end->leader_ns = task->leader_ns;
	end->tid = task->tid;
	end->tgid = task->tgid;
	utf8__from_bytes(end->comm, sizeof(end->comm), task->comm, sizeof(task->comm));
}

static enum wake_scope scope_of(const struct task_id *waker, const struct task_id *woken,
				enum channel_of_wake channel)
{
	if (channel == WAKE_UNSEEN)
		return WAKES_UNSEEN;
	if (!waker)
		return WAKES_INTERRUPT;
	if (waker->tgid == woken->tgid && waker->leader_ns == woken->leader_ns)
		return WAKES_INSIDE;
	return waker->flags & TASK_ID_TRACED ? WAKES_BETWEEN : WAKES_OUTSIDE;
}

/* Room for one more; NULL without memory.  The list of `size` bytes each may move. */
static void *list__room(void *list, size_t count, size_t *room, size_t size)
{
	void *more;

	if (count < *room)
		return list;
	more = reallocarray(list, *room ? 2 * *room : 64, size);
	if (more)
		*room = *room ? 2 * *room : 64;
	return more;
}

int wakes__take(struct wakes *wakes, const struct wake *wake)
{
	struct wake *list = list__room(wakes->list, wakes->count, &wakes->room, sizeof(*list));
	struct wake_sum *sum = &wakes->sums.of[wake->scope][wake->channel];

	if (!list)
		return -ENOMEM;
	wakes->list = list;
	list[wakes->count++] = *wake;
	sum->count += wake->count;
	sum->slept_ns += wake->slept_ns;
	dist__add(&sum->latency, D_RUNQ, &wake->latency); /* no memory: nothing in the fine grain */
	return 0;
}

int wakes__add_beyond(struct wakes *wakes, const struct task_id *waker, const struct task_id *woken,
		      enum channel_of_wake channel, const struct wake_value *value,
		      const struct wake_value *before)
{
	struct wake wake;

	if ((unsigned int)channel >= WAKE_CHANNELS)
		channel = WAKE_OTHER;
	memset(&wake, 0, sizeof(wake));
	if (waker)
		wake_end__set(&wake.waker, waker);
	wake_end__set(&wake.woken, woken);
	wake.channel = channel;
	wake.scope = scope_of(waker, woken, channel);
	wake.total = value->count;
	wake.count = value->count - (before ? before->count : 0);
	wake.slept_ns = value->slept_ns - (before ? before->slept_ns : 0);
	wake.waited_ns = value->waited_ns - (before ? before->waited_ns : 0);
	dist__add_wire(&wake.latency, D_RUNQ, &value->latency, before ? &before->latency : NULL);
	return wakes__take(wakes, &wake);
}

int wakes__add(struct wakes *wakes, const struct task_id *waker, const struct task_id *woken,
	       enum channel_of_wake channel, const struct wake_value *value)
{
	return wakes__add_beyond(wakes, waker, woken, channel, value, NULL);
}

int wakes__add_group(struct wakes *wakes, const struct wake_group *group)
{
	struct wake_group *list =
		list__room(wakes->groups, wakes->group_count, &wakes->group_room, sizeof(*list));

	if (!list)
		return -ENOMEM;
	wakes->groups = list;
	list[wakes->group_count++] = *group;
	return 0;
}

void wakes__clear(struct wakes *wakes)
{
	free(wakes->list);
	free(wakes->groups);
	memset(wakes, 0, sizeof(*wakes));
}

void wake_sums__add(struct wake_sums *to, const struct wake_sums *more)
{
	int scope, channel;

	for (scope = 0; scope < WAKE_SCOPES; scope++) {
		for (channel = 0; channel < WAKE_CHANNELS; channel++) {
			struct wake_sum *sum = &to->of[scope][channel];
			const struct wake_sum *one = &more->of[scope][channel];

			sum->count += one->count;
			sum->slept_ns += one->slept_ns;
			dist__add(&sum->latency, D_RUNQ, &one->latency);
		}
	}
}

__u64 wake_sums__count(const struct wake_sums *sums, enum wake_scope scope)
{
	__u64 count = 0;
	int channel;

	for (channel = 0; channel < WAKE_CHANNELS; channel++)
		count += sums->of[scope][channel].count;
	return count;
}

static int wake__compare(const void *a, const void *b)
{
	const struct wake *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (x->woken.tid != y->woken.tid)
		return x->woken.tid < y->woken.tid ? -1 : 1;
	if (x->waker.tid != y->waker.tid)
		return x->waker.tid < y->waker.tid ? -1 : 1;
	return (int)x->channel - (int)y->channel;
}

void wakes__sort(struct wakes *wakes)
{
	if (wakes->count)
		qsort(wakes->list, wakes->count, sizeof(*wakes->list), wake__compare);
}
