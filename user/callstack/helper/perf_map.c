/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/perf_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/helper/job.h"

#define LINE (PERF_MAP_NAME + 64)

struct wanted {
	__u64 address;
	__u32 place;
};

struct search {
	struct wanted *wanted; /* by address */
	__u32 count;
	perf_map_found *found;
	void *context;
};

static int wanted__compare(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* The first one at or above an address. */
static __u32 search__first(const struct search *search, __u64 address)
{
	__u32 low = 0, high = search->count;

	while (low < high) {
		__u32 middle = low + (high - low) / 2;

		if (search->wanted[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* "START SIZE name", both hexadecimal, with or without 0x. */
static void search__take_line(const struct search *search, char *line, bool cut)
{
	__u64 start, size;
	size_t length;
	char *at;
	__u32 i;

	start = strtoull(line, &at, 16);
	if (at == line || *at != ' ')
		return;
	line = at;
	size = strtoull(line, &at, 16);
	if (at == line || *at != ' ' || !at[1] || at[1] == '\n')
		return;
	i = search__first(search, start);
	if (i >= search->count || search->wanted[i].address - start >= size)
		return;
	at++;
	length = strcspn(at, "\n");
	if (length > PERF_MAP_NAME || cut) {
		length = length < PERF_MAP_NAME ? length : PERF_MAP_NAME;
		memcpy(at + length - 3, "...", 3);
	}
	for (; i < search->count && search->wanted[i].address - start < size; i++)
		search->found(search->context, search->wanted[i].place, at, length);
}

static void search__read(const struct search *search, FILE *file)
{
	char line[LINE];

	while (fgets(line, sizeof(line), file)) {
		size_t length = strlen(line);
		bool cut = length == sizeof(line) - 1 && line[length - 1] != '\n';
		int c;

		search__take_line(search, line, cut);
		while (cut && (c = getc(file)) != EOF && c != '\n')
			;
	}
}

int perf_map__read(FILE *file, const struct perf_map_place *places, __u32 count,
		   perf_map_found *found, void *context)
{
	struct search search = { .count = count, .found = found, .context = context };
	__u32 i;

	search.wanted = calloc(count + 1, sizeof(*search.wanted));
	if (!search.wanted)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		search.wanted[i] =
			(struct wanted){ .address = places[i].address - (places[i].caller != 0),
					 .place = i };
	qsort(search.wanted, count, sizeof(*search.wanted), wanted__compare);
	search__read(&search, file);
	free(search.wanted);
	return 0;
}

/* ---- the job ---- */

struct answer {
	const struct job *job;
	struct perf_map_reply *reply;
	__u32 *capacity; /* of the room that the name of each place has */
};

/* A later name takes the room of an earlier one, if it fits. */
static void answer__take(void *context, __u32 place, const char *name, size_t length)
{
	struct answer *answer = context;
	struct perf_map_name *entry = &answer->reply->entries[place];
	__u32 at;

	if (length <= answer->capacity[place]) {
		memcpy(answer->job->reply->bytes + entry->name, name, length);
		entry->length = (__u32)length;
		return;
	}
	at = job__add_text(answer->job, name, length);
	if (!at)
		return;
	entry->name = at;
	entry->length = answer->capacity[place] = (__u32)length;
}

void job__perf_map(const struct job *job)
{
	const struct perf_map_request *request = job->request;
	struct answer answer = { .job = job };
	int fd = job->file_count ? dup(job->files[0]) : -1; /* that one is left open */
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (!file || job->size < sizeof(*request))
		return;
	rewind(file);
	answer.reply = job__reserve(job, sizeof(*answer.reply) +
						 request->count * sizeof(answer.reply->entries[0]));
	answer.capacity = calloc(request->count + 1, sizeof(*answer.capacity));
	if (answer.reply && answer.capacity) {
		answer.reply->count = request->count;
		perf_map__read(file, request->places, request->count, answer__take, &answer);
	}
	free(answer.capacity);
	fclose(file);
}
