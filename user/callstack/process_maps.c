/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/process_maps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/sorted.h"

/* ---- text ---- */

#define DELETED " (deleted)"

/* The kernel writes the newline of a name as "\012", and nothing else so. */
static void path__unescape(char *path)
{
	char *to = path;

	while (*path) {
		if (!strncmp(path, "\\012", 4)) {
			*to++ = '\n';
			path += 4;
		} else {
			*to++ = *path++;
		}
	}
	*to = 0;
}

static bool map__take_path(struct process_map *map, char *path)
{
	size_t length;

	path[strcspn(path, "\n")] = 0;
	length = strlen(path);
	if (map->inode && length > strlen(DELETED) &&
	    !strcmp(path + length - strlen(DELETED), DELETED)) {
		path[length - strlen(DELETED)] = 0;
		map->deleted = true;
	}
	path__unescape(path);
	map->path = strdup(path);
	return map->path;
}

static struct process_map *maps__room(struct process_maps *maps)
{
	if (!ARRAY_ROOM(maps->list, maps->count, maps->room, 64))
		return NULL;
	return &maps->list[maps->count];
}

/* False without memory. */
static bool maps__take_line(struct process_maps *maps, char *line)
{
	struct process_map *map, one = { 0 };
	uint64_t start, end, offset, inode;
	unsigned int major, minor;
	char rights[8];
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %" SCNu64 " %n", &start,
		   &end, rights, &offset, &major, &minor, &inode, &path) < 7 ||
	    rights[2] != 'x' || start >= end)
		return true;
	one = (struct process_map){ .start = start,
				    .end = end,
				    .offset = offset,
				    .inode = inode,
				    .major = major,
				    .minor = minor };
	map = maps__room(maps);
	if (!map || !map__take_path(&one, line + path))
		return false;
	*map = one;
	maps->count++;
	return true;
}

static int map__compare(const void *a, const void *b)
{
	const struct process_map *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

void process_maps__read(struct process_maps *maps, FILE *file)
{
	size_t capacity = 0;
	char *line = NULL;

	memset(maps, 0, sizeof(*maps));
	while (!maps->cut && getline(&line, &capacity, file) > 0)
		maps->cut = !maps__take_line(maps, line);
	free(line);
	if (maps->count)
		qsort(maps->list, maps->count, sizeof(*maps->list), map__compare);
}

int process_maps__of(struct process_maps *maps, pid_t pid)
{
	char path[64];
	FILE *file;
	int err;

	memset(maps, 0, sizeof(*maps));
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	errno = 0;
	process_maps__read(maps, file);
	err = ferror(file) ? -errno : 0;
	fclose(file);
	return maps->count ? 0 : err ? err : maps->cut ? -ENOMEM : 0;
}

const struct process_map *process_maps__find(const struct process_maps *maps, __u64 address)
{
	return SORTED_RANGE(maps->list, maps->count, address);
}

void process_maps__free(struct process_maps *maps)
{
	size_t i;

	for (i = 0; i < maps->count; i++)
		free((char *)(unsigned long)maps->list[i].path);
	free(maps->list);
	memset(maps, 0, sizeof(*maps));
}
