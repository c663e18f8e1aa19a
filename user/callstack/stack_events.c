/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/stack_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "callstack/pack.h"

/* Which stack of the profile has which number of the kernel side; 0: not unwound yet. */
struct number {
	__u64 id;
	__u32 stack;
	UT_hash_handle hh;
};

static int set_number(struct sights *sights, __u64 id, __u32 stack)
{
	struct number *number;

	HASH_FIND(hh, sights->numbers, &id, sizeof(id), number);
	if (!number) {
		number = calloc(1, sizeof(*number));
		if (!number)
			return -ENOMEM;
		number->id = id;
		HASH_ADD(hh, sights->numbers, id, sizeof(number->id), number);
		sights->known++;
	}
	number->stack = stack;
	return 0;
}

static void forget_number(struct sights *sights, __u64 id)
{
	struct number *number;

	HASH_FIND(hh, sights->numbers, &id, sizeof(id), number);
	if (!number || number->stack)
		return;
	HASH_DEL(sights->numbers, number);
	free(number);
	sights->known--;
}

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

static size_t sights__bytes(const struct sights *sights)
{
	/* with what the allocator, the table, and the profile have for it */
	return sights->bytes + sights->known * (sizeof(struct number) + 16 + 64);
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
	__u32 known;

	if (sight->stack_size > SIGHT_DEEP || sights__bytes(sights) > sights->bytes_max) {
		sights->left++;
		return 0; /* samples on it will say that it is lost */
	}
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
	return sights__find(sights, sight->id, &known) ? 0 : set_number(sights, sight->id, 0);
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

int sights__settle(struct sights *sights, __u64 id, __u32 stack)
{
	if (stack)
		return set_number(sights, id, stack);
	forget_number(sights, id); /* it is not to be expected any more */
	return 0;
}

bool sights__find(const struct sights *sights, __u64 id, __u32 *ret_stack)
{
	struct number *number;

	HASH_FIND(hh, sights->numbers, &id, sizeof(id), number);
	if (number)
		*ret_stack = number->stack;
	return number;
}

void sights__free(struct sights *sights)
{
	struct number *number, *next;
	size_t i;

	HASH_ITER(hh, sights->numbers, number, next) {
		HASH_DEL(sights->numbers, number);
		free(number);
	}
	for (i = 0; i < sights->count; i++)
		free(sights->list[i]);
	free(sights->list);
	free(sights->scratch);
}
