/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An array of the BPF programs, mapped: read and written without a system call. */
#ifndef TRACE_SHARED_MAP_H
#define TRACE_SHARED_MAP_H

#include <bpf/libbpf.h>

/* All its entries, one after the other; the map is loaded and BPF_F_MMAPABLE.  NULL, with errno. */
void *shared_map__open(const struct bpf_map *map);
void shared_map__close(const struct bpf_map *map, void *at);

#endif
