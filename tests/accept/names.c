/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names as a recording gets them, for others to compare.
 *
 *   names FILE   reads offsets in the file, hexadecimal, a line each, a return address with
 *                "r" in front; writes a name for each, an empty line where there is none
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/broker.h"
#include "callstack/symbolizer.h"

#define MAX_PLACES 65536

static void print_names(void *context, __u64 cookie, const struct symbolizer_names *names)
{
	size_t i;

	(void)cookie;
	*(int *)context = names->error;
	for (i = 0; i < names->count; i++)
		puts(names->list[i].name ? names->list[i].name : "");
}

static size_t read_places(struct symbolizer_place *places)
{
	char line[64];
	size_t count;

	for (count = 0; count < MAX_PLACES && fgets(line, sizeof(line), stdin); count++) {
		places[count].caller = *line == 'r';
		places[count].at = strtoull(line + places[count].caller, NULL, 16);
	}
	return count;
}

static int name_all(struct symbolizer *symbolizer, const char *path)
{
	static struct symbolizer_place places[MAX_PLACES];
	int error = 0;
	const struct symbolizer_sink sink = { .names = print_names, .context = &error };
	struct symbolizer_file file = { .fd = open(path, O_RDONLY | O_CLOEXEC), .root = -1 };
	struct pollfd ready = { .fd = symbolizer__fd(symbolizer), .events = POLLIN };
	char whole[PATH_MAX];

	file.path = realpath(path, whole);
	if (file.fd < 0)
		return -errno;
	error = symbolizer__ask_file(symbolizer, &file, places, read_places(places), &sink, 0);
	while (!error && symbolizer__pending(symbolizer)) {
		poll(&ready, 1, 1000);
		symbolizer__poll(symbolizer);
	}
	close(file.fd);
	return error;
}

int main(int argc, char **argv)
{
	struct symbolizer_config config = { .broker = broker__new(), .seconds = 60 };
	struct symbolizer *symbolizer = symbolizer__new(&config);
	int error;

	if (argc != 2 || !symbolizer)
		return 2;
	error = name_all(symbolizer, argv[1]);
	if (error)
		fprintf(stderr, "names: %s: %s\n", argv[1], strerror(-error));
	symbolizer__free(symbolizer);
	broker__free(config.broker);
	return error ? 1 : 0;
}
