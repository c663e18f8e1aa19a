/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/shared_map.h"

#include <sys/mman.h>

static size_t shared_map__size(const struct bpf_map *map)
{
	size_t entry = (bpf_map__value_size(map) + 7UL) & ~7UL; /* as the kernel lays them out */

	return entry * bpf_map__max_entries(map);
}

void *shared_map__open(const struct bpf_map *map)
{
	size_t size = shared_map__size(map);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (at == MAP_FAILED)
		return NULL;
	madvise(at, size, MADV_DONTFORK); /* else who notes our end would have 200 MiB of it */
	return at;
}

void shared_map__close(const struct bpf_map *map, void *at)
{
	if (at)
		munmap(at, shared_map__size(map));
}
