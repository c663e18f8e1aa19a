/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/recorded_wakes.h"

#include <errno.h>

static bool has_end(const struct recorded_target *target, const struct wake_end *end)
{
	const struct process_key key = { .pid = end->tgid, .start_ns = end->leader_ns };

	return recorded_target__has_key(target, &key);
}

/* Who was in the target of the recording may be outside of this one. */
static int take(struct wakes *wakes, const struct wake *wake, const struct recorded_target *target)
{
	struct wake narrowed = *wake;

	if (!has_end(target, &wake->woken))
		return 0;
	if (wake->scope == WAKES_BETWEEN && !has_end(target, &wake->waker))
		narrowed.scope = WAKES_OUTSIDE;
	return wakes__take(wakes, &narrowed);
}

static int narrow(struct wakes *to, const struct wakes *all, const struct recorded_target *target)
{
	size_t i;
	int err = 0;

	for (i = 0; i < all->count && !err; i++)
		err = take(to, &all->list[i], target);
	for (i = 0; i < all->group_count && !err; i++) {
		const struct wake_group *group = &all->groups[i];
		const struct process_key key = { .pid = group->tgid, .start_ns = group->leader_ns };

		if (group->leader_ns && recorded_target__has_key(target, &key))
			err = wakes__add_group(to, group);
	}
	return err;
}

int recorded_wakes__read(struct wakes *wakes, struct store *store, __u32 period,
			 const struct recorded_target *target, struct failure *failure)
{
	struct wakes all = { 0 };
	int err;

	if (!target)
		return store__read_wakes(store, period, wakes, failure);
	err = store__read_wakes(store, period, &all, failure);
	if (!err && narrow(wakes, &all, target))
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot read who wakes whom");
	wakes->recorded |= all.group_count > 0;
	wakes__clear(&all);
	return err;
}

int recorded_wakes__add(struct wakes *to, const struct wakes *more)
{
	size_t i;
	int err = 0;

	for (i = 0; i < more->count && !err; i++)
		err = wakes__take(to, &more->list[i]);
	for (i = 0; i < more->group_count && !err; i++)
		err = wakes__add_group(to, &more->groups[i]);
	return err;
}
