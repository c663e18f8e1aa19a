/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stacks.h"

#include <stdlib.h>
#include <string.h>

/* Where a function begins: the same for the same name. */
static __u64 address_of(const char *name)
{
	__u64 hash = 14695981039346656037ULL;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211ULL;
	return hash & 0xffffff0;
}

/* Joins the parts behind the first " + ", which it cuts off, as lines. */
static char *cut_inlined(char *name)
{
	char *inlined = strstr(name, " + "), *at;

	if (!inlined)
		return NULL;
	*inlined = 0;
	inlined += 3;
	while ((at = strstr(inlined, " + "))) {
		*at = '\n';
		memmove(at + 1, at + 3, strlen(at + 3) + 1);
	}
	return inlined;
}

static __u32 add_source(struct profile *profile, char *name)
{
	char *path = strchr(name, '^'), *line;

	*path++ = 0;
	line = strrchr(path, ':');
	if (line)
		*line++ = 0;
	return profile__source(profile, path, name, line ? (__u32)strtoul(line, NULL, 10) : 0);
}

static __u32 add_frame(struct profile *profile, char *name)
{
	char *kernel = strstr(name, "@k"), *inlined;
	__u64 address = address_of(name);
	__u32 module, frame;

	if (*name == '=')
		return profile__mark(profile, name + 1);
	if (strchr(name, '^'))
		return add_source(profile, name);
	if (kernel && !kernel[2]) {
		*kernel = 0;
		module = profile__module(profile, MODULE_KERNEL, "", 0, NULL);
	} else {
		module = profile__module(profile, MODULE_FILE, "/usr/bin/app", 7, "c0ffee");
	}
	if (*name == '?')
		return profile__frame(profile, module, address);
	inlined = cut_inlined(name);
	frame = profile__frame(profile, module, address);
	if (frame && !profile__get_frame(profile, frame)->name &&
	    profile__name(profile, frame, name, inlined))
		return 0;
	return frame;
}

__u32 stacks__add(struct profile *profile, const char *text)
{
	char *copy = strdup(text), *at = copy, *next;
	__u32 stack = 0;

	for (; at; at = next) {
		next = strstr(at, " > ");
		if (next) {
			*next = 0;
			next += 3;
		}
		stack = profile__stack(profile, stack, add_frame(profile, at));
	}
	free(copy);
	return stack;
}

__u32 stacks__thread(struct profile *profile, __u32 pid, __u32 tid, const char *comm)
{
	struct profile_thread thread = {
		.id = tid, .pid = pid, .tid = tid, .comm = comm, .process_comm = comm
	};

	return profile__thread(profile, &thread);
}

__u32 stacks__find_thread(const struct profile *profile, __u32 tid)
{
	__u32 i;

	for (i = profile__thread_count(profile); i > 0; i--) {
		if (profile__get_thread(profile, i)->tid == tid)
			break;
	}
	return i;
}

unsigned long long folded__weight(const char *folded, const char *one, const char *other)
{
	const char *line = folded;
	unsigned long long sum = 0;

	while (*line) {
		size_t length = strcspn(line, "\n");
		const char *number = memrchr(line, ' ', length);

		if (number && memmem(line, length, one, strlen(one)) &&
		    memmem(line, length, other, strlen(other)))
			sum += strtoull(number + 1, NULL, 10);
		line += length + (line[length] == '\n');
	}
	return sum;
}
