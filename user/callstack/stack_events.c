/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/stack_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/pack.h"

#define NUMBERS_FEW 32768 /* are kept, however long nothing refers to them */
#define IDLE_LONG   15	  /* turns without use, after which a number is forgotten, and */
#define IDLE_SHORT  3	  /* where there are many */
#define AGAIN_MAX   65536 /* stacks that found no room, to be told of again */

static size_t packed__bytes(const struct packed *packed)
{
	return sizeof(*packed) + packed->words * sizeof(packed->word[0]) + 16;
}

static struct packed *pack(struct sights *sights, const struct sight *sight)
{
	size_t words;
	struct packed *packed;
	struct sight head;

	memset(&head, 0, sizeof(head));
	memcpy(&head, sight,
	       sight->walk == SIGHT_WALK_PARTIAL || sight->walk == SIGHT_WALK_STUCK ? sizeof(head) :
										      SIGHT_HEAD);
	if (head.walked_count < SIGHT_USER)
		memset(head.walked + head.walked_count, 0,
		       (SIGHT_USER - head.walked_count) * sizeof(head.walked[0]));
	if (head.kernel_count < SIGHT_KERNEL)
		memset(head.kernel + head.kernel_count, 0,
		       (SIGHT_KERNEL - head.kernel_count) * sizeof(head.kernel[0]));
	if (head.user_count < SIGHT_USER)
		memset(head.user + head.user_count, 0,
		       (SIGHT_USER - head.user_count) * sizeof(head.user[0]));
	words = pack__words(sights->scratch, &head, sizeof(head));
	words += pack__words(sights->scratch + words, sight->stack, sight->stack_size);
	packed = malloc(sizeof(*packed) + words * sizeof(packed->word[0]));
	if (!packed)
		return NULL;
	packed->id = sight->id;
	packed->now_ns = sight->now_ns;
	packed->leader_ns = sight->who.leader_ns;
	packed->tgid = sight->who.tgid;
	packed->exec_id = sight->exec_id;
	packed->taken = false;
	packed->unwinds = sight->walk == SIGHT_WALK_PARTIAL || sight->walk == SIGHT_WALK_STUCK;
	packed->stack_size = sight->stack_size;
	packed->words = (__u32)words;
	memcpy(packed->word, sights->scratch, words * sizeof(packed->word[0]));
	return packed;
}

struct sight *packed__unpack(const struct packed *packed)
{
	struct sight *sight = malloc(sizeof(*sight) + packed->stack_size);
	size_t used;

	if (!sight)
		return NULL;
	used = pack__unpack(sight, sizeof(*sight), packed->word);
	pack__unpack(sight->stack, packed->stack_size, packed->word + used);
	return sight;
}

/* It counts as lost as long as it is not told of again, which it is when there is room. */
static int leave_out(struct sights *sights, __u64 id)
{
	sights->left++;
	if (!sights->again)
		sights->again = calloc(AGAIN_MAX, sizeof(*sights->again));
	if (sights->again && sights->again_count < AGAIN_MAX)
		sights->again[sights->again_count++] = id;
	return 0;
}

static bool has_room(const struct sights *sights)
{
	return sights->bytes < sights->bytes_max &&
	       stack_numbers__bytes(&sights->numbers) <= sights->numbers_max;
}

static int grow(struct sights *sights)
{
	size_t room = sights->room ? 2 * sights->room : 1024;
	void *grown = realloc(sights->list, room * sizeof(*sights->list));

	if (!grown)
		return -ENOMEM;
	sights->list = grown;
	sights->room = room;
	return 0;
}

int sights__take(struct sights *sights, const struct sight *sight)
{
	struct packed *packed;

	if (sight->stack_size > SIGHT_DEEP || !has_room(sights))
		return leave_out(sights, sight->id);
	if (!sights->scratch)
		sights->scratch = malloc((pack__room(sizeof(*sight)) + pack__room(SIGHT_DEEP)) *
					 sizeof(*sights->scratch));
	if (!sights->scratch || (sights->count == sights->room && grow(sights)))
		return -ENOMEM;
	packed = pack(sights, sight);
	if (!packed)
		return -ENOMEM;
	sights->list[sights->count++] = packed;
	sights->bytes += packed__bytes(packed);
	return stack_numbers__find(&sights->numbers, sight->id) ||
			       stack_numbers__add(&sights->numbers, sight->id) ?
		       0 :
		       -ENOMEM;
}

void sights__drop_taken(struct sights *sights, size_t most)
{
	size_t kept = 0, i;

	for (i = 0; i < most; i++) {
		if (!sights->list[i]->taken) {
			sights->list[kept++] = sights->list[i];
			continue;
		}
		sights->bytes -= packed__bytes(sights->list[i]);
		free(sights->list[i]);
	}
	memmove(sights->list + kept, sights->list + most,
		(sights->count - most) * sizeof(*sights->list));
	sights->count -= most - kept;
}

/* stack 0: it is not to be expected any more, unless it was known before. */
int sights__settle(struct sights *sights, __u64 id, __u32 stack)
{
	struct stack_number *number = stack ? stack_numbers__add(&sights->numbers, id) :
					      stack_numbers__find(&sights->numbers, id);

	if (number && stack)
		number->stack = stack;
	else if (number && !number->stack)
		stack_numbers__drop(&sights->numbers, number);
	return !number && stack ? -ENOMEM : 0;
}

bool sights__find(const struct sights *sights, __u64 id, __u32 *ret_stack)
{
	struct stack_number *number = stack_numbers__find(&sights->numbers, id);

	if (!number)
		return false;
	stack_numbers__use(&sights->numbers, number);
	*ret_stack = number->stack;
	return true;
}

void sights__next_turn(struct sights *sights, void (*forget)(void *context, __u64 id),
		       void *context)
{
	bool many = stack_numbers__bytes(&sights->numbers) > sights->numbers_max / 2;
	__u32 idle = many ? IDLE_SHORT : IDLE_LONG;

	if (sights->numbers.ids.count < NUMBERS_FEW)
		idle = ~0U;
	stack_numbers__next(&sights->numbers, idle, forget, context);
	if (sights->bytes > sights->bytes_max / 2 || !has_room(sights))
		return;
	while (sights->again_count)
		forget(context, sights->again[--sights->again_count]);
}

void sights__free(struct sights *sights)
{
	size_t i;

	for (i = 0; i < sights->count; i++)
		free(sights->list[i]);
	stack_numbers__free(&sights->numbers);
	free(sights->again);
	free(sights->list);
	free(sights->scratch);
}
