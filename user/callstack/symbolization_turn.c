/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks that wait, and what is done with them at a turn of the event loop. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/interpreters.h"
#include "callstack/symbolization_private.h"
#include "core/clock.h"

#define STEP	   2048 /* stacks that are looked at together, to be put in order */
#define A_TURN	   256	/* that are followed in one turn */
#define A_LOOK	   1024 /* of one process, that are looked at in one turn */
#define LATE_EVERY 64	/* from one look at the time to the next */

size_t symbolization__waiting(const struct symbolization *session)
{
	return session->events.ready.count + symbolization__unwinding(session);
}

size_t symbolization__unwinding(const struct symbolization *session)
{
	size_t unwinding = session->events.unwinds.count, i;

	for (i = 0; i < BATCHES; i++)
		unwinding += session->batches[i].count;
	return unwinding;
}

void symbolization__resolve(struct symbolization *session, size_t most)
{
	if (symbolization__is_resolving(session))
		return;
	session->step = session->events.unwinds.count < most ? session->events.unwinds.count : most;
	if (session->step > STEP)
		session->step = STEP;
}

bool symbolization__is_resolving(const struct symbolization *session)
{
	return session->step || symbolization__unwinding(session) > session->events.unwinds.count;
}

/* Process by process. */
static int packed__compare(const void *a, const void *b)
{
	const struct packed *x = *(struct packed *const *)a, *y = *(struct packed *const *)b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return x->now_ns < y->now_ns ? -1 : x->now_ns > y->now_ns;
}

/* Followed by what is known already.  False: it takes an unwinder, and ret_stack_event is the caller's. */
static bool symbolization__follow_one(struct symbolization *session, struct packed *packed,
				      struct stack_event **ret_stack_event)
{
	struct stack_event *stack_event = packed__unpack(packed);
	__u32 stack;

	packed->taken = true;
	if (!stack_event) {
		session->error = -ENOMEM;
		stack_events__settle(&session->events, packed->id, 0);
		return true;
	}
	stack = symbolization__by_rules(session, stack_event, &packed->gap);
	if (packed->unwinds && !stack) {
		*ret_stack_event = stack_event;
		return false;
	}
	symbolization__finish(session, stack_event, stack);
	free(stack_event);
	return true;
}

/*
 * The batch for a process: NULL as long as none is free, or stacks of it are being unwound,
 * which may spare others.
 */
static struct batch *symbolization__free_batch(struct symbolization *session,
					       const struct packed *packed, size_t *ret_most)
{
	struct batch *batch = NULL;
	size_t i;

	*ret_most = BATCH_FIRST;
	for (i = 0; i < BATCHES; i++) {
		struct batch *one = &session->batches[i];
		bool same = batch__is_of(one, packed);

		if (one->cookie && same)
			return NULL;
		if (same)
			*ret_most = BATCH_MOST;
		if (!one->cookie && (!batch || same))
			batch = one;
	}
	return batch;
}

/* Stacks of one process, as many as can be dealt with now: returns how many were followed. */
static size_t symbolization__turn_to_process(struct symbolization *session, struct packed **order,
					     size_t count)
{
	size_t followed = 0, most, i;
	struct batch *batch = symbolization__free_batch(session, order[0], &most);
	struct stack_event *stack_event;

	if (!batch)
		return 0;
	for (i = 0; i < count && i < A_LOOK && batch->count < most && followed < A_TURN; i++) {
		if (symbolization__follow_one(session, order[i], &stack_event))
			followed++;
		else
			order[i]->taken = batch__take(batch, stack_event, order[i]->gap);
	}
	if (!batch->count)
		return followed;
	batch->tgid = order[0]->tgid;
	batch->leader_ns = order[0]->leader_ns;
	batch->exec_id = order[0]->exec_id;
	symbolization__read_maps(session, batch->tgid, batch->stack_events[0]->task_id.ppid,
				 batch->stack_events[0]->now_ns);
	batch__ask(batch, session);
	return followed;
}

static size_t order__same(struct packed *const *order, size_t count)
{
	size_t n = 1;

	while (n < count && order[n]->tgid == order[0]->tgid &&
	       order[n]->leader_ns == order[0]->leader_ns && order[n]->exec_id == order[0]->exec_id)
		n++;
	return n;
}

static size_t symbolization__turn_to(struct symbolization *session, struct packed **order,
				     size_t count)
{
	size_t followed = 0, i = 0, n;

	while (i < count && followed < A_TURN) {
		n = order__same(&order[i], count - i);
		followed += symbolization__turn_to_process(session, &order[i], n);
		i += n;
	}
	return followed;
}

/* Those that the kernel's side has followed to their end hold nobody up, and nobody holds them up. */
static void symbolization__take_ready(struct symbolization *session)
{
	struct packed_list *ready = &session->events.ready;
	size_t count = ready->count < A_TURN ? ready->count : A_TURN, i;
	struct stack_event *stack_event;

	for (i = 0; i < count; i++)
		symbolization__follow_one(session, ready->at[i], &stack_event);
	stack_events__drop_taken(&session->events, ready, count);
}

static int symbolization__go_on(struct symbolization *session, bool *ret_more)
{
	struct packed_list *unwinds = &session->events.unwinds;
	size_t size = session->step * sizeof(struct packed *), before = unwinds->count;
	struct packed **order = malloc(size);

	if (!order)
		return -ENOMEM;
	memcpy(order, unwinds->at, size);
	qsort(order, session->step, sizeof(*order), packed__compare);
	*ret_more = symbolization__turn_to(session, order, session->step) > 0;
	free(order);
	stack_events__drop_taken(&session->events, unwinds, session->step);
	session->step -= before - unwinds->count;
	return 0;
}

int symbolization__turn(struct symbolization *session, bool *ret_more)
{
	int err = 0;

	*ret_more = false;
	if (session->step || session->events.ready.count) {
		symbolization__take_mappings(session); /* what they lie in has been mapped before */
		err = interpreters__settle(session->interpreters);
	}
	if (err)
		return err;
	symbolization__take_ready(session);
	if (session->step)
		err = symbolization__go_on(session, ret_more);
	*ret_more |= session->events.ready.count > 0;
	err = err ? err : session->error;
	session->error = 0;
	return err;
}

static void symbolization__lose(struct symbolization *session, struct packed *packed)
{
	packed->taken = true;
	stack_events__settle(&session->events, packed->id, 0);
	interpreters__drop(session->interpreters, packed->id);
	session->finished++;
	session->unwound += packed->unwinds;
	session->given_up++;
}

static void symbolization__give_up_list(struct symbolization *session, struct packed_list *list,
					__u64 until_ns)
{
	bool late = false;
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct packed *packed = list->at[i];
		struct stack_event *stack_event;

		late = late || (!(i % LATE_EVERY) && clock__monotonic() >= until_ns);
		if (late) {
			symbolization__lose(session, packed);
			continue;
		}
		if (symbolization__follow_one(session, packed, &stack_event))
			continue;
		symbolization__finish(session, stack_event,
				      symbolization__by_chain(session, stack_event, UNWIND_SLOW));
		free(stack_event);
	}
	stack_events__drop_taken(&session->events, list, list->count);
}

void symbolization__give_up(struct symbolization *session, __u64 until_ns)
{
	size_t i;

	for (i = 0; i < BATCHES; i++)
		batch__give_up(&session->batches[i], session, UNWIND_SLOW);
	symbolization__take_mappings(session);
	symbolization__give_up_list(session, &session->events.ready, until_ns);
	symbolization__give_up_list(session, &session->events.unwinds, until_ns);
	session->step = 0;
}
