/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/stack_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/pack.h"
#include "callstack/stack_chain.h"
#include "core/array.h"

#define IDLE_LONG  15	 /* turns without use, after which a number is forgotten, and */
#define IDLE_SHORT 3	 /* where there are many */
#define AGAIN_MAX  65536 /* stacks that found no room, to be told of again */

static size_t packed__bytes(const struct packed *packed)
{
	return sizeof(*packed) + packed->words * sizeof(packed->word[0]) + 16;
}

static struct packed *pack(struct stack_events *stack_events, const struct stack_event *stack_event)
{
	size_t words;
	struct packed *packed;
	struct stack_event head;

	memset(&head, 0, sizeof(head));
	memcpy(&head, stack_event,
	       stack_event__unwinds(stack_event) ? sizeof(head) : STACK_EVENT_HEAD);
	if (head.unwound_count < STACK_EVENT_USER)
		memset(head.unwound + head.unwound_count, 0,
		       (STACK_EVENT_USER - head.unwound_count) * sizeof(head.unwound[0]));
	if (head.kernel_count < STACK_EVENT_KERNEL)
		memset(head.kernel + head.kernel_count, 0,
		       (STACK_EVENT_KERNEL - head.kernel_count) * sizeof(head.kernel[0]));
	if (head.user_count < STACK_EVENT_USER)
		memset(head.user + head.user_count, 0,
		       (STACK_EVENT_USER - head.user_count) * sizeof(head.user[0]));
	stack_event__follow_frame_pointers(&head, stack_event->stack);
	words = pack__words(stack_events->scratch, &head, sizeof(head));
	words += pack__words(stack_events->scratch + words, stack_event->stack,
			     stack_event->stack_size);
	packed = malloc(sizeof(*packed) + words * sizeof(packed->word[0]));
	if (!packed)
		return NULL;
	packed->id = stack_event->id;
	packed->now_ns = stack_event->now_ns;
	packed->leader_ns = stack_event->task_id.leader_ns;
	packed->gap = 0;
	packed->tgid = stack_event->task_id.tgid;
	packed->exec_id = stack_event->exec_id;
	packed->taken = false;
	packed->unwinds = stack_event__unwinds(stack_event);
	packed->stack_size = stack_event->stack_size;
	packed->words = (__u32)words;
	memcpy(packed->word, stack_events->scratch, words * sizeof(packed->word[0]));
	return packed;
}

struct stack_event *packed__unpack(const struct packed *packed)
{
	struct stack_event *stack_event = malloc(sizeof(*stack_event) + packed->stack_size);
	size_t used;

	if (!stack_event)
		return NULL;
	used = pack__unpack(stack_event, sizeof(*stack_event), packed->word);
	pack__unpack(stack_event->stack, packed->stack_size, packed->word + used);
	return stack_event;
}

/* It counts as lost as long as it is not told of again, which it is when there is room. */
static int leave_out(struct stack_events *stack_events, __u64 id)
{
	stack_events->left++;
	if (!stack_events->again)
		stack_events->again = calloc(AGAIN_MAX, sizeof(*stack_events->again));
	if (stack_events->again && stack_events->again_count < AGAIN_MAX)
		stack_events->again[stack_events->again_count++] = id;
	return 0;
}

static bool has_room(const struct stack_events *stack_events)
{
	return stack_events->bytes < stack_events->bytes_max &&
	       stack_numbers__bytes(&stack_events->numbers) <= stack_events->numbers_max;
}

int stack_events__take(struct stack_events *stack_events, const struct stack_event *stack_event)
{
	struct packed_list *list;
	struct packed *packed;

	if (stack_event->stack_size > STACK_EVENT_MOST || !has_room(stack_events))
		return leave_out(stack_events, stack_event->id);
	if (!stack_events->scratch)
		stack_events->scratch =
			malloc((pack__room(sizeof(*stack_event)) + pack__room(STACK_EVENT_MOST)) *
			       sizeof(*stack_events->scratch));
	if (!stack_events->scratch)
		return -ENOMEM;
	packed = pack(stack_events, stack_event);
	if (!packed)
		return -ENOMEM;
	list = packed->unwinds ? &stack_events->unwinds : &stack_events->ready;
	if (!ARRAY_ROOM(list->at, list->count, list->room, 1024)) {
		free(packed);
		return -ENOMEM;
	}
	list->at[list->count++] = packed;
	stack_events->bytes += packed__bytes(packed);
	/* sent again: the kernel's side knows it from now on, so that it is not to be forgotten yet */
	return stack_numbers__add(&stack_events->numbers, stack_event->id) ? 0 : -ENOMEM;
}

void stack_events__drop_taken(struct stack_events *stack_events, struct packed_list *list,
			      size_t most)
{
	size_t kept = 0, i;

	if (!most)
		return; /* there may be no list yet */
	for (i = 0; i < most; i++) {
		if (!list->at[i]->taken) {
			list->at[kept++] = list->at[i];
			continue;
		}
		stack_events->bytes -= packed__bytes(list->at[i]);
		free(list->at[i]);
	}
	memmove(list->at + kept, list->at + most, (list->count - most) * sizeof(*list->at));
	list->count -= most - kept;
}

/* stack 0: it is not to be expected any more, unless it was known before. */
int stack_events__settle(struct stack_events *stack_events, __u64 id, __u32 stack)
{
	struct stack_number *number = stack ? stack_numbers__add(&stack_events->numbers, id) :
					      stack_numbers__find(&stack_events->numbers, id);

	if (number && stack)
		number->stack = stack;
	else if (number && !number->stack)
		stack_numbers__drop(&stack_events->numbers, number);
	return !number && stack ? -ENOMEM : 0;
}

bool stack_events__find(const struct stack_events *stack_events, __u64 id, __u32 *ret_stack)
{
	struct stack_number *number = stack_numbers__find(&stack_events->numbers, id);

	if (!number)
		return false;
	stack_numbers__use(&stack_events->numbers, number);
	*ret_stack = number->stack;
	return true;
}

void stack_events__next_turn(struct stack_events *stack_events,
			     void (*forget)(void *context, __u64 id), void *context)
{
	bool many = stack_events->go_soon ||
		    stack_numbers__bytes(&stack_events->numbers) > stack_events->numbers_max / 2;
	__u32 idle = many ? IDLE_SHORT : IDLE_LONG;

	if (stack_events->numbers.ids.count < stack_events->numbers_few)
		idle = ~0U;
	stack_numbers__next(&stack_events->numbers, idle, forget, context);
	if (stack_events->bytes > stack_events->bytes_max / 2 || !has_room(stack_events))
		return;
	while (stack_events->again_count)
		forget(context, stack_events->again[--stack_events->again_count]);
}

static void packed_list__free(struct packed_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->at[i]);
	free(list->at);
}

void stack_events__free(struct stack_events *stack_events)
{
	packed_list__free(&stack_events->ready);
	packed_list__free(&stack_events->unwinds);
	stack_numbers__free(&stack_events->numbers);
	free(stack_events->again);
	free(stack_events->scratch);
}
