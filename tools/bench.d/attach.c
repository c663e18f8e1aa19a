/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attach OBJECT [COMM]
 *
 * Loads a BPF object, attaches all its programs, says "attached" and holds them
 * until standard input ends.  COMM goes into the object's `comm`, if it has one.
 * Then prints what its map `counts` holds: a line for each element that is not
 * 0, key and value.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The only read-only data of our objects is the name. */
static int set_comm(struct bpf_object *object, const char *comm)
{
	struct bpf_map *map;
	char *data;
	size_t size;

	bpf_object__for_each_map(map, object) {
		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		data = (char *)bpf_map__initial_value(map, &size);
		if (!data || size < strlen(comm) + 1)
			return -EINVAL;
		strcpy(data, comm);
		return 0;
	}
	return -ENOENT;
}

static int attach_all(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		if (!bpf_program__attach(program)) {
			fprintf(stderr, "attach: %s: %s\n", bpf_program__name(program),
				strerror(errno));
			return -errno;
		}
	}
	return 0;
}

static void print_counts(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, "counts");
	__u32 key, n;
	__u64 value;

	if (!map)
		return;
	n = bpf_map__max_entries(map);
	for (key = 0; key < n; key++) {
		if (!bpf_map_lookup_elem(bpf_map__fd(map), &key, &value) && value)
			printf("%u %llu\n", key, (unsigned long long)value);
	}
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	char byte;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: attach OBJECT [COMM]\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || (argc == 3 && set_comm(object, argv[2])) || bpf_object__load(object) ||
	    attach_all(object)) {
		fprintf(stderr, "attach: %s does not load here\n", argv[1]);
		return 1;
	}
	puts("attached");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	print_counts(object);
	bpf_object__close(object);
	return 0;
}
