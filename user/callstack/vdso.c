/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/vdso.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "callstack/process_maps.h"

int vdso__open(void)
{
	unsigned long start = getauxval(AT_SYSINFO_EHDR);
	const struct process_map *map;
	struct process_maps maps;
	size_t size = 0;
	int fd, err;

	err = process_maps__of(&maps, getpid());
	map = process_maps__find(&maps, start);
	if (map)
		size = map->end - start;
	process_maps__free(&maps);
	if (!start || !size)
		return err ? err : -ENOENT;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, (const void *)start, size) == (ssize_t)size)
		return fd;
	close(fd);
	return -EIO;
}
