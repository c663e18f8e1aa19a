/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would hide the rest of a flame graph: what waited through the run, and tasktoll itself. */
#include <stdlib.h>
#include <string.h>

#include "model/profile/flame_private.h"

#define WAITING ((1U << WEIGHT_SLEEP) | (1U << WEIGHT_DISK) | (1U << WEIGHT_OTHER))

/* The names of all processes that tasktoll consists of. */
static bool is_own(const struct profile_thread *thread)
{
	static const char *const names[] = { "tasktoll", "tasktoll-broker", "tasktoll-helper",
					     "tasktoll-opener", "tasktoll-end" };
	size_t i;

	for (i = 0; thread && i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(thread->process_comm, names[i]) || !strcmp(thread->comm, names[i]))
			return true;
	}
	return false;
}

/* Who asks for some threads gets these. */
static bool takes_all(const struct thread_filter *filter)
{
	return !filter->pid_count && !filter->tid_count && !filter->comm;
}

static bool is_idle(const struct flame *flame, const struct flame_side *side,
		    const struct flame_sum *sum)
{
	__u64 waited = sum->value[VALUE_WAITED] > 0 ? (__u64)sum->value[VALUE_WAITED] : 0;
	__u64 waits = sum->value[VALUE_WAITS] > 0 ? (__u64)sum->value[VALUE_WAITS] : 1;

	if (!(flame->options.metric->weights & WAITING) || !side->duration_ns || sum->woken)
		return false;
	return waited / FLAME_IDLE_PERCENT >= side->duration_ns / 100 &&
	       waited / waits >= FLAME_IDLE_WAIT_NS;
}

static const char *flame__reason(const struct flame *flame, int which, const struct flame_sum *sum)
{
	const struct flame_side *side = &flame->sides[which];

	if (takes_all(&flame->options.filter) &&
	    is_own(profile__get_thread(side->profile, sum->thread)))
		return FLAME_OWN;
	return is_idle(flame, side, sum) ? FLAME_IDLE : NULL;
}

void flame__find_idle(struct flame *flame)
{
	const struct flame_side *side = &flame->sides[0];
	__u32 i;

	for (i = 0; flame->options.waits && i < side->keys.count; i++) {
		struct flame_sum sum = flame__get_sum(flame, 0, i);

		const char *reason = *sum.value ? flame__reason(flame, 0, &sum) : NULL;

		if (!reason || strcmp(reason, FLAME_IDLE) != 0)
			continue;
		flame->idle.value = add(flame->idle.value, *sum.value);
		flame->idle.threads++; /* no thread has two such stacks */
	}
}

const char *flame__apart(const struct flame *flame, int which, const struct flame_sum *sum)
{
	return flame->options.apart ? flame__reason(flame, which, sum) : NULL;
}
