/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/sights.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

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

/* It is not to be expected any more. */
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

static size_t sight__bytes(const struct sight *sight)
{
	return sizeof(*sight) + sight->stack_size;
}

size_t sights__bytes(const struct sights *sights)
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
	size_t bytes = sight__bytes(sight);
	struct sight *copy;
	__u32 known;

	if (sights__bytes(sights) + bytes > sights->bytes_max) {
		sights->left++;
		return 0; /* samples on it will say that it is lost */
	}
	if (sights->count == sights->room && grow(sights))
		return -ENOMEM;
	copy = malloc(bytes);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, sight, bytes);
	sights->list[sights->count++] = copy;
	sights->bytes += bytes;
	return sights__find(sights, sight->id, &known) ? 0 : set_number(sights, sight->id, 0);
}

/* NULL without memory. */
static struct sight **take_oldest(struct sights *sights, size_t count)
{
	struct sight **taken = malloc(count * sizeof(*taken));
	size_t i;

	if (!taken)
		return NULL;
	memcpy(taken, sights->list, count * sizeof(*taken));
	sights->count -= count;
	memmove(sights->list, sights->list + count, sights->count * sizeof(*taken));
	for (i = 0; i < count; i++)
		sights->bytes -= sight__bytes(taken[i]);
	return taken;
}

int sights__resolve(struct sights *sights, struct code *code, size_t most)
{
	size_t count = sights->count < most ? sights->count : most, i;
	struct sight **taken;
	__u32 *stacks;
	int err = 0;

	if (!count)
		return 0;
	stacks = calloc(count, sizeof(*stacks));
	taken = stacks ? take_oldest(sights, count) : NULL;
	if (!taken) {
		free(stacks);
		return -ENOMEM;
	}
	code__poll(code); /* what they lie in has been mapped before */
	code__resolve(code, (const struct sight *const *)taken, stacks, count);
	for (i = 0; i < count; i++) {
		if (!err && stacks[i])
			err = set_number(sights, taken[i]->id, stacks[i]);
		else
			forget_number(sights, taken[i]->id);
		free(taken[i]);
	}
	free(taken);
	free(stacks);
	return err;
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
}
