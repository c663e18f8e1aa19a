/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text in the place of /tmp/perf-PID.map. */
#include "callstack/helper/perf_map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/job.h"

#define PLACES 8
#define ROOM   65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void check_reply(const struct job_reply *reply)
{
	const struct perf_map_reply *names = (const void *)reply->bytes;
	__u32 i;

	check(reply->used >= sizeof(*names) && reply->used <= ROOM && names->count == PLACES);
	for (i = 0; i < PLACES; i++) {
		const struct perf_map_name *entry = &names->entries[i];

		check(entry->name <= reply->used && entry->length <= reply->used - entry->name);
		check(entry->length <= PERF_MAP_NAME);
		check(!memchr(reply->bytes + entry->name, '\n', entry->length));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct {
		struct perf_map_request head;
		struct perf_map_place places[PLACES];
	} request = { .head = { .count = PLACES } };
	static const __u64 addresses[PLACES] = {
		0, 0x10, 0x1000, 0x1000, 0x7f0000001000, 0xffffffffULL, ~0ULL, 1
	};
	int file = memfd_create("file", MFD_CLOEXEC), i;
	struct job_reply *reply;

	check(file >= 0 && write(file, data, size) == (ssize_t)size);
	for (i = 0; i < PLACES; i++) {
		request.places[i].address = addresses[i];
		request.places[i].caller = i == 3;
	}
	reply = job__do(job__perf_map, &request, sizeof(request), &file, 1, ROOM);
	if (reply)
		check_reply(reply);
	check(lseek(file, 0, SEEK_CUR) >= 0); /* still open */
	close(file);
	free(reply);
	return 0;
}
