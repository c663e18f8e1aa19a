/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What frames are called in a flame graph. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/utf8.h"
#include "model/profile/flame_private.h"

/* ---- names ---- */

static const char kind_letters[FLAME_KINDS] = "TUKI?A";

/* The kind's letter, and the text as it is shown; NULL without memory. */
static char *name__key(enum flame_kind kind, const char *text, const char *suffix)
{
	size_t size = strlen(text), room = 3 * size + strlen(suffix) + 16;
	char *key = malloc(room);

	if (!key)
		return NULL;
	key[0] = kind_letters[kind];
	utf8__from_bytes(key + 1, room - 1, text, size);
	utf8__printable(key + 1);
	if (!key[1])
		strcpy(key + 1, "[no name]");
	strcat(key, suffix);
	return key;
}

static int flame__add_name(struct flame *flame, struct name_entry *entry)
{
	if (!ARRAY_ROOM(flame->names, flame->name_count, flame->name_room, 256))
		return -ENOMEM;
	flame->names[flame->name_count++] = entry;
	entry->number = flame->name_count;
	return 0;
}

__u32 flame__intern(struct flame *flame, enum flame_kind kind, const char *text, const char *suffix)
{
	struct name_entry *entry;
	char *key = name__key(kind, text, suffix);
	size_t length;

	if (!key)
		return 0;
	length = strlen(key);
	HASH_FIND(hh, flame->name_hash, key, length, entry);
	if (entry) {
		free(key);
		return entry->number;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->key = realloc(key, length + 1);
		if (entry->key)
			key = entry->key;
		entry->key = key;
		entry->name.text = key + 1;
		entry->name.length = (__u32)length - 1;
		entry->name.kind = kind;
	}
	if (!entry || flame__add_name(flame, entry)) {
		free(entry);
		free(key);
		return 0;
	}
	HASH_ADD_KEYPTR(hh, flame->name_hash, entry->key, length, entry);
	return entry->number;
}

/* ---- frames ---- */

int numbers__add(struct numbers *numbers, __u32 number)
{
	if (!number)
		return -ENOMEM;
	if (!ARRAY_ROOM(numbers->at, numbers->count, numbers->room, 64))
		return -ENOMEM;
	numbers->at[numbers->count++] = number;
	return 0;
}

/* One name a line, outermost first. */
static int flame__name_inlined(struct flame *flame, struct numbers *names, const char *lines)
{
	int err = 0;

	while (!err && *lines) {
		size_t length = strcspn(lines, "\n");
		char *line = strndup(lines, length);

		if (!line)
			return -ENOMEM;
		if (length)
			err = numbers__add(names,
					   flame__intern(flame, FLAME_INLINED, line, "_[i]"));
		free(line);
		lines += length + (lines[length] == '\n');
	}
	return err;
}

static int flame__name_frame(struct flame *flame, const struct flame_side *side,
			     struct numbers *names, __u32 number)
{
	const struct profile_frame *frame = profile__get_frame(side->profile, number);
	const struct profile_module *module =
		frame ? profile__get_module(side->profile, frame->module) : NULL;
	bool kernel = module && module->kind == MODULE_KERNEL;
	const char *suffix = kernel ? "_[k]" : "";
	enum flame_kind kind = kernel ? FLAME_KERNEL : FLAME_USER;
	char label[4096 + 32];
	int err;

	if (kernel && flame->options.no_kernel)
		return 0;
	if (!frame)
		return numbers__add(names, flame__intern(flame, FLAME_UNRESOLVED, "[unknown]", ""));
	if (module && module->kind == MODULE_MARK)
		kind = FLAME_TASK;
	if (frame->name && module && module->kind == MODULE_SOURCE) {
		profile__label(side->profile, number, label, sizeof(label));
		return numbers__add(names, flame__intern(flame, kind, label, suffix));
	}
	if (!frame->name) {
		profile__label(side->profile, number, label, sizeof(label));
		return numbers__add(names, flame__intern(flame, FLAME_UNRESOLVED, label, suffix));
	}
	err = numbers__add(names, flame__intern(flame, kind, frame->name, suffix));
	if (!err && frame->inlined)
		err = flame__name_inlined(flame, names, frame->inlined);
	return err;
}

int flame__part(struct flame *flame, struct flame_side *side, __u32 frame,
		struct frame_part *ret_part)
{
	struct frame_part *part;
	int err;

	if (frame > profile__frame_count(side->profile))
		frame = 0;
	part = &side->parts[frame];
	if (!part->known) {
		part->at = side->frame_names.count;
		err = flame__name_frame(flame, side, &side->frame_names, frame);
		if (err)
			return err;
		part->count = (__u32)(side->frame_names.count - part->at);
		part->known = true;
	}
	*ret_part = *part;
	return 0;
}
