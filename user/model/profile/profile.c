/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "core/array.h"
#include "model/profile/keyset.h"
#include "model/profile/thread_table.h"

const struct weight_info weight_infos[WEIGHTS] = {
#define WEIGHT(id, column, unit, stack, help) { column, unit, help },
#include "model/profile/metrics.def"
};

enum { STACK_OWN, STACK_WAKER };

const __u32 weights_by_waker = 0
#define WEIGHT(id, column, unit, stack, help) | STACK_##stack << WEIGHT_##id
#include "model/profile/metrics.def"
	;

#define W(id) (1U << WEIGHT_##id)
const struct metric metrics[] = {
#define METRIC(name, unit, weights, help) { name, unit, help, weights },
#include "model/profile/metrics.def"
};
#undef W

const size_t metric_count = sizeof(metrics) / sizeof(metrics[0]);

const char *const module_kind_names[MODULE_KINDS] = { "file", "kernel", "vdso",
						      "jit",  "mark",	"source" };

const struct metric *metric__find(const char *name)
{
	size_t i;

	for (i = 0; i < metric_count; i++) {
		if (!strcmp(metrics[i].name, name))
			return &metrics[i];
	}
	return NULL;
}

__s64 metric__of(const struct metric *metric, const __s64 weight[WEIGHTS])
{
	__s64 sum = 0;
	int w;

	for (w = 0; w < WEIGHTS; w++) {
		if (metric->weights & (1U << w))
			sum += weight[w];
	}
	return sum;
}

/* ---- tables ---- */

/* One entry of whichever table: what it is found by, and what it holds. */
struct module_entry {
	struct profile_module module;
	__u32 number;
	char *key; /* kind, identity, path and build id in one */
	UT_hash_handle hh;
};

/* The entries in the order of their numbers. */
struct table {
	void **entries;
	size_t room;
	__u32 count;
};

/* There are few modules and threads, and very many of the others: these lie close together. */
struct profile {
	struct table modules;
	struct thread_table threads;
	struct module_entry *module_hash;
	struct keyset frame_keys, stack_keys;
	struct profile_frame *frames;
	struct profile_stack *stacks;
	__u32 frame_room, stack_room;
	__u32 module_base, frame_base,
		stack_base; /* so many are forgotten: their numbers are taken */
	size_t text_bytes;  /* of names and paths, about */
	struct table named; /* struct named */
};

/* A frame that was named; the names themselves if the frame is forgotten.  Or a module's build ID. */
struct named {
	__u32 frame, module;
	char *name, *inlined;
};

static bool table__add(struct table *table, void *entry)
{
	if (!ARRAY_ROOM(table->entries, table->count, table->room, 256))
		return false;
	table->entries[table->count++] = entry;
	return true;
}

static void *table__get(const struct table *table, __u32 number)
{
	return number && number <= table->count ? table->entries[number - 1] : NULL;
}

struct profile *profile__new(void)
{
	return calloc(1, sizeof(struct profile));
}

static void module__free(struct module_entry *entry)
{
	free((char *)(unsigned long)entry->module.path);
	free((char *)(unsigned long)entry->module.build_id);
	free(entry->key);
	free(entry);
}

static void named__free(struct named *named)
{
	free(named->name);
	free(named->inlined);
	free(named);
}

/* ---- what is written need not be kept ---- */

void profile__forget_stacks(struct profile *profile)
{
	profile->stack_base += profile->stack_keys.count;
	keyset__release(&profile->stack_keys);
	free(profile->stacks);
	profile->stacks = NULL;
	profile->stack_room = 0;
}

static void profile__release_places(struct profile *profile)
{
	__u32 i;

	HASH_CLEAR(hh, profile->module_hash);
	for (i = 0; i < profile->modules.count; i++)
		module__free(profile->modules.entries[i]);
	for (i = 0; i < profile->frame_keys.count; i++) {
		free((char *)(unsigned long)profile->frames[i].name);
		free((char *)(unsigned long)profile->frames[i].inlined);
	}
	keyset__release(&profile->frame_keys);
	free(profile->modules.entries);
	free(profile->frames);
}

void profile__forget_places(struct profile *profile)
{
	profile__forget_named(profile);
	profile__forget_stacks(profile);
	profile->module_base += profile->modules.count;
	profile->frame_base += profile->frame_keys.count;
	profile__release_places(profile);
	memset(&profile->modules, 0, sizeof(profile->modules));
	profile->frames = NULL;
	profile->frame_room = 0;
	profile->text_bytes = 0;
}

__u32 profile__first_module(const struct profile *profile)
{
	return profile->module_base + 1;
}

__u32 profile__first_frame(const struct profile *profile)
{
	return profile->frame_base + 1;
}

__u32 profile__first_stack(const struct profile *profile)
{
	return profile->stack_base + 1;
}

/* With the room that tables have to grow; texts with what the allocator has of them. */
size_t profile__stack_bytes(const struct profile *profile)
{
	return profile->stack_keys.room * (sizeof(struct key) + 2 * sizeof(__u32)) +
	       profile->stack_room * sizeof(*profile->stacks);
}

size_t profile__place_bytes(const struct profile *profile)
{
	return profile->frame_keys.room * (sizeof(struct key) + 2 * sizeof(__u32)) +
	       profile->frame_room * sizeof(*profile->frames) +
	       profile->modules.count * (sizeof(struct module_entry) + 64) + profile->text_bytes;
}

void profile__free(struct profile *profile)
{
	if (!profile)
		return;
	profile__forget_named(profile);
	profile__forget_stacks(profile);
	profile__release_places(profile);
	thread_table__release(&profile->threads);
	free(profile->named.entries);
	free(profile);
}

/* Takes the key over. */
static __u32 profile__new_module(struct profile *profile, enum module_kind kind, const char *path,
				 __u64 identity, const char *build_id, char *key)
{
	struct module_entry *entry = calloc(1, sizeof(*entry));

	if (!entry) {
		free(key);
		return 0;
	}
	entry->key = key;
	entry->module.kind = kind;
	entry->module.identity = identity;
	entry->module.path = strdup(path);
	entry->module.build_id = strdup(build_id ? build_id : "");
	if (!entry->module.path || !entry->module.build_id ||
	    !table__add(&profile->modules, entry)) {
		module__free(entry);
		return 0;
	}
	entry->number = profile->module_base + profile->modules.count;
	profile->text_bytes += 2 * strlen(key) + 64;
	HASH_ADD_KEYPTR(hh, profile->module_hash, entry->key, strlen(key), entry);
	return entry->number;
}

static char *module__key(enum module_kind kind, const char *path, __u64 identity,
			 const char *build_id)
{
	char *key;

	return asprintf(&key, "%d %llx %s %s", kind, (unsigned long long)identity,
			build_id ? build_id : "", path) < 0 ?
		       NULL :
		       key;
}

__u32 profile__module(struct profile *profile, enum module_kind kind, const char *path,
		      __u64 identity, const char *build_id)
{
	char *key = module__key(kind, path, identity, build_id);
	struct module_entry *entry;

	if (!key)
		return 0;
	HASH_FIND(hh, profile->module_hash, key, strlen(key), entry);
	if (!entry)
		return profile__new_module(profile, kind, path, identity, build_id, key);
	free(key);
	return entry->number;
}

__u32 profile__next_module(struct profile *profile, enum module_kind kind, const char *path,
			   __u64 identity, const char *build_id)
{
	char *key = module__key(kind, path, identity, build_id);
	struct module_entry *entry;

	if (!key)
		return 0;
	HASH_FIND(hh, profile->module_hash, key, strlen(key), entry);
	if (entry) { /* it is not found by its key any more: the later one is */
		HASH_DEL(profile->module_hash, entry);
	}
	return profile__new_module(profile, kind, path, identity, build_id, key);
}

__u32 profile__frame(struct profile *profile, __u32 module, __u64 offset)
{
	struct key key = { module, (__u32)(offset >> 32), (__u32)offset };
	const struct profile_module *in = profile__get_module(profile, module);
	const struct profile_frame frame = { .module = module,
					     .offset = offset,
					     .line = in && in->kind == MODULE_SOURCE ?
							     (__u32)offset :
							     0 };
	__u32 number =
		KEYSET_PUT(&profile->frame_keys, key, profile->frames, &profile->frame_room, frame);

	return number ? profile->frame_base + number : 0;
}

/* again: 0, or what tells it from others of the same caller and frame. */
static __u32 profile__put_stack(struct profile *profile, __u32 caller, __u32 frame, __u32 again)
{
	struct key key = { caller, frame, again };
	const struct profile_stack *below = profile__get_stack(profile, caller);
	const struct profile_stack stack = { .caller = caller,
					     .frame = frame,
					     .outer = below && below->caller ? below->outer : 0 };
	bool is_outer = !caller || (below && !below->caller);
	__u32 number =
		KEYSET_PUT(&profile->stack_keys, key, profile->stacks, &profile->stack_room, stack);

	if (!number)
		return 0;
	number += profile->stack_base;
	if (is_outer)
		profile->stacks[number - profile->stack_base - 1].outer = number;
	return number;
}

__u32 profile__stack(struct profile *profile, __u32 caller, __u32 frame)
{
	return profile__put_stack(profile, caller, frame, 0);
}

__u32 profile__next_stack(struct profile *profile, __u32 caller, __u32 frame)
{
	__u32 next = profile__stack_count(profile) + 1;
	__u32 number = profile__put_stack(profile, caller, frame, 0);

	return !number || number == next ? number :
					   profile__put_stack(profile, caller, frame, next);
}

__u32 profile__thread(struct profile *profile, const struct profile_thread *thread)
{
	__u32 number = profile__find_thread(profile, thread);

	return number ? number : thread_table__add(&profile->threads, thread);
}

__u32 profile__find_thread(const struct profile *profile, const struct profile_thread *thread)
{
	const struct thread_entry *entry = thread_table__find(&profile->threads, thread);

	return entry ? entry->number : 0;
}

__u32 profile__next_thread(struct profile *profile, const struct profile_thread *thread)
{
	return thread_table__add(&profile->threads, thread);
}

__u32 profile__mark(struct profile *profile, const char *text)
{
	__u32 module = profile__module(profile, MODULE_MARK, text, 0, NULL), frame;

	if (!module)
		return 0;
	frame = profile__frame(profile, module, 0);
	if (frame && !profile__get_frame(profile, frame)->name &&
	    profile__name(profile, frame, text, NULL))
		return 0;
	return frame;
}

__u32 profile__source(struct profile *profile, const char *path, const char *function, __u32 line)
{
	__u32 module = profile__module(profile, MODULE_SOURCE, path, 0, NULL), h = 2166136261U;
	const char *at;
	__u32 frame;

	for (at = function; *at; at++)
		h = (h ^ (unsigned char)*at) * 16777619U;
	if (!module)
		return 0;
	frame = profile__frame(profile, module, (__u64)h << 32 | line);
	if (frame && !profile__get_frame(profile, frame)->name &&
	    profile__name(profile, frame, function, NULL))
		return 0;
	return frame;
}

/* NULL: there is no frame of that number. */
static struct profile_frame *profile__at(const struct profile *profile, __u32 frame)
{
	__u32 at = frame - profile->frame_base - 1;

	return frame > profile->frame_base && at < profile->frame_keys.count ?
		       &profile->frames[at] :
		       NULL;
}

int profile__name(struct profile *profile, __u32 frame, const char *name, const char *inlined)
{
	struct profile_frame *entry = profile__at(profile, frame);
	struct named *named = calloc(1, sizeof(*named));
	char *copy = strdup(name), *more = inlined ? strdup(inlined) : NULL;

	if (frame > profile__frame_count(profile) || !named || !copy || (inlined && !more) ||
	    !table__add(&profile->named, named)) {
		free(named);
		free(copy);
		free(more);
		return -ENOMEM;
	}
	named->frame = frame;
	if (!entry) {
		named->name = copy;
		named->inlined = more;
		return 0;
	}
	free((char *)(unsigned long)entry->name);
	free((char *)(unsigned long)entry->inlined);
	entry->name = copy;
	entry->inlined = more;
	profile->text_bytes += strlen(copy) + 24 + (more ? strlen(more) + 24 : 0);
	return 0;
}

int profile__identify(struct profile *profile, __u32 module, const char *build_id)
{
	struct profile_module *known =
		(struct profile_module *)(unsigned long)profile__get_module(profile, module);
	struct named *named = calloc(1, sizeof(*named));
	char *copy = strdup(build_id), *own = strdup(build_id);

	if (!named || !copy || !own || !table__add(&profile->named, named)) {
		free(named);
		free(copy);
		free(own);
		return -ENOMEM;
	}
	named->module = module;
	named->name = copy;
	if (known) {
		free((char *)(unsigned long)known->build_id);
		known->build_id = own;
	} else {
		free(own);
	}
	return 0;
}

__u32 profile__module_count(const struct profile *profile)
{
	return profile->module_base + profile->modules.count;
}

__u32 profile__frame_count(const struct profile *profile)
{
	return profile->frame_base + profile->frame_keys.count;
}

__u32 profile__stack_count(const struct profile *profile)
{
	return profile->stack_base + profile->stack_keys.count;
}

__u32 profile__thread_count(const struct profile *profile)
{
	return profile->threads.count;
}

const struct profile_module *profile__get_module(const struct profile *profile, __u32 number)
{
	const struct module_entry *entry =
		number > profile->module_base ?
			table__get(&profile->modules, number - profile->module_base) :
			NULL;

	return entry ? &entry->module : NULL;
}

const struct profile_frame *profile__get_frame(const struct profile *profile, __u32 number)
{
	return profile__at(profile, number);
}

const struct profile_stack *profile__get_stack(const struct profile *profile, __u32 number)
{
	__u32 at = number - profile->stack_base - 1;

	return number > profile->stack_base && at < profile->stack_keys.count ?
		       &profile->stacks[at] :
		       NULL;
}

__u32 profile__threads_kept(const struct profile *profile)
{
	return profile->threads.kept;
}

void profile__forget_thread(struct profile *profile, __u32 number,
			    void (*forgot)(void *context, __u32 number), void *context)
{
	thread_table__forget(&profile->threads, number, forgot, context);
}

const struct profile_thread *profile__get_thread(const struct profile *profile, __u32 number)
{
	const struct thread_entry *entry = thread_table__get(&profile->threads, number);

	return entry ? &entry->thread : NULL;
}

size_t profile__named(const struct profile *profile)
{
	return profile->named.count;
}

struct profile_name profile__get_named(const struct profile *profile, size_t i)
{
	const struct named *named = profile->named.entries[i];
	const struct profile_frame *frame = profile__at(profile, named->frame);
	struct profile_name name = { named->frame, named->module, named->name, named->inlined };

	if (!frame)
		return name;
	name.name = frame->name;
	name.inlined = frame->inlined;
	return name;
}

void profile__forget_named(struct profile *profile)
{
	while (profile->named.count)
		named__free(profile->named.entries[--profile->named.count]);
}

bool profile__is_kernel(const struct profile *profile, __u32 frame)
{
	const struct profile_frame *entry = profile__get_frame(profile, frame);
	const struct profile_module *module = entry ? profile__get_module(profile, entry->module) :
						      NULL;

	return module && module->kind == MODULE_KERNEL;
}

int profile__label(const struct profile *profile, __u32 frame, char *text, size_t capacity)
{
	const struct profile_frame *entry = profile__get_frame(profile, frame);
	const struct profile_module *module = entry ? profile__get_module(profile, entry->module) :
						      NULL;
	const char *path = module ? module->path : "", *base = strrchr(path, '/');

	if (base)
		path = base + 1;
	if (entry && entry->name && module && module->kind == MODULE_SOURCE && entry->line)
		return snprintf(text, capacity, "%s (%s:%u)", entry->name, path, entry->line);
	if (entry && entry->name && module && module->kind == MODULE_SOURCE)
		return snprintf(text, capacity, "%s (%s)", entry->name, path);
	if (entry && entry->name)
		return snprintf(text, capacity, "%s", entry->name);
	return snprintf(text, capacity, "[%s+0x%llx]", *path ? path : "unknown",
			(unsigned long long)(entry ? entry->offset : 0));
}
