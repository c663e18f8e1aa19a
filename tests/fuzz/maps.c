/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text in the place of /proc/PID/maps: a table in order, whose names are whole. */
#include "callstack/process_maps.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct process_maps maps = { 0 };
	FILE *file;
	size_t i;

	if (!text)
		return 0;
	memcpy(text, data, size);
	file = size ? fmemopen(text, size, "r") : NULL;
	if (file) {
		process_maps__read(&maps, file);
		fclose(file);
	}
	for (i = 0; i < maps.count; i++) {
		const struct process_map *map = &maps.list[i];

		check(map->start < map->end);
		check(strlen(map->path) <= size);
		check(!i || maps.list[i - 1].start <= map->start);
	}
	process_maps__find(&maps, 0);
	process_maps__find(&maps, ~0ULL);
	process_maps__free(&maps);
	free(text);
	return 0;
}
