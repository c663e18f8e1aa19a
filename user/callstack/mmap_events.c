/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/mmap_events.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cpus.h"

#define RING_PAGES 128 /* of each CPU: some thousand mappings between two polls */

struct mmaps_cpu {
	int fd;
	void *ring; /* one page about it, then RING_PAGES */
};

/* An event, and where its path lies in the texts of this poll. */
struct mmaps_entry {
	struct mmap_event event;
	size_t path;
};

struct mmaps {
	struct mmaps_cpu *cpus;
	int cpu_count;
	size_t page;
	__u64 lost;
	/* of one poll */
	struct mmaps_entry *entries;
	size_t count, room;
	char *texts;
	size_t text_used, text_room;
	bool failed; /* no memory */
	/* the record at hand: its size has 16 bits */
	char scratch[1 << 16] __attribute__((aligned(8)));
};

static int mmaps__open_cpu(struct mmaps *mmaps, struct mmaps_cpu *cpu, int number)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_DUMMY,
					.sample_type = PERF_SAMPLE_TIME,
					.exclude_kernel = 1,
					.exclude_hv = 1,
					.mmap = 1,
					.mmap2 = 1,
					.comm = 1,
					.comm_exec = 1,
					.task = 1,
					.sample_id_all = 1,
					.use_clockid = 1,
					.watermark = 1,
					.wakeup_watermark = 1U << 30,
					.clockid = CLOCK_MONOTONIC };

	cpu->fd = (int)syscall(SYS_perf_event_open, &attr, -1, number, -1, PERF_FLAG_FD_CLOEXEC);
	if (cpu->fd < 0)
		return errno == ENODEV ? 0 : -errno; /* a CPU that is offline maps nothing */
	cpu->ring = mmap(NULL, (RING_PAGES + 1) * mmaps->page, PROT_READ | PROT_WRITE, MAP_SHARED,
			 cpu->fd, 0);
	if (cpu->ring != MAP_FAILED)
		return 0;
	cpu->ring = NULL;
	return -errno;
}

int mmaps__open(struct mmaps **ret_mmaps)
{
	struct mmaps *mmaps = calloc(1, sizeof(*mmaps));
	int i, err = 0;

	if (!mmaps)
		return -ENOMEM;
	mmaps->page = (size_t)sysconf(_SC_PAGESIZE);
	mmaps->cpu_count = cpus__possible();
	mmaps->cpus = calloc((size_t)mmaps->cpu_count, sizeof(*mmaps->cpus));
	if (!mmaps->cpus)
		err = -ENOMEM;
	for (i = 0; mmaps->cpus && i < mmaps->cpu_count; i++)
		mmaps->cpus[i].fd = -1;
	for (i = 0; i < mmaps->cpu_count && !err; i++)
		err = mmaps__open_cpu(mmaps, &mmaps->cpus[i], i);
	if (err) {
		mmaps__close(mmaps);
		return err;
	}
	*ret_mmaps = mmaps;
	return 0;
}

void mmaps__close(struct mmaps *mmaps)
{
	int i;

	if (!mmaps)
		return;
	for (i = 0; mmaps->cpus && i < mmaps->cpu_count; i++) {
		if (mmaps->cpus[i].ring)
			munmap(mmaps->cpus[i].ring, (RING_PAGES + 1) * mmaps->page);
		if (mmaps->cpus[i].fd >= 0)
			close(mmaps->cpus[i].fd);
	}
	free(mmaps->cpus);
	free(mmaps->entries);
	free(mmaps->texts);
	free(mmaps);
}

__u64 mmaps__lost(const struct mmaps *mmaps)
{
	return mmaps->lost;
}

/* ---- records, as perf_event_open(2) has them ---- */

struct record_mmap2 {
	struct perf_event_header header;
	__u32 pid, tid;
	__u64 start, length, offset;
	__u32 major, minor;
	__u64 inode, generation;
	__u32 protection, flags;
	char path[];
};

struct record_task { /* PERF_RECORD_FORK and PERF_RECORD_EXIT */
	struct perf_event_header header;
	__u32 pid, ppid, tid, ptid;
	__u64 time;
};

struct record_comm {
	struct perf_event_header header;
	__u32 pid, tid;
};

struct record_lost {
	struct perf_event_header header;
	__u64 id, lost;
};

static bool mmaps__keep_text(struct mmaps *mmaps, const char *text, size_t size, size_t *ret_at)
{
	size_t length = strnlen(text, size), room = mmaps->text_room;
	char *grown;

	while (room < mmaps->text_used + length + 1)
		room = room ? 2 * room : 65536;
	if (room != mmaps->text_room) {
		grown = realloc(mmaps->texts, room);
		if (!grown)
			return false;
		mmaps->texts = grown;
		mmaps->text_room = room;
	}
	*ret_at = mmaps->text_used;
	memcpy(mmaps->texts + mmaps->text_used, text, length);
	mmaps->texts[mmaps->text_used + length] = 0;
	mmaps->text_used += length + 1;
	return true;
}

static struct mmaps_entry *mmaps__add(struct mmaps *mmaps)
{
	if (!ARRAY_ROOM(mmaps->entries, mmaps->count, mmaps->room, 1024)) {
		mmaps->failed = true;
		return NULL;
	}
	memset(&mmaps->entries[mmaps->count], 0, sizeof(*mmaps->entries));
	return &mmaps->entries[mmaps->count++];
}

/* The time stands at the end of every record. */
static __u64 record__time(const struct perf_event_header *header)
{
	__u64 time;

	memcpy(&time, (const char *)header + header->size - sizeof(time), sizeof(time));
	return time;
}

static void mmaps__take_map(struct mmaps *mmaps, const struct perf_event_header *header)
{
	const struct record_mmap2 *record = (const void *)header;
	struct mmaps_entry *entry;

	if (header->size < sizeof(*record) + sizeof(__u64))
		return;
	entry = mmaps__add(mmaps);
	if (!entry)
		return;
	entry->event = (struct mmap_event){ .type = MMAP_MAPS,
					    .pid = record->pid,
					    .time_ns = record__time(header),
					    .start = record->start,
					    .end = record->start + record->length,
					    .offset = record->offset,
					    .inode = record->inode,
					    .device = record->major << 20 | record->minor };
	if (!mmaps__keep_text(mmaps, record->path, header->size - sizeof(*record) - sizeof(__u64),
			      &entry->path))
		mmaps->failed = true;
}

static void mmaps__take_task(struct mmaps *mmaps, const struct perf_event_header *header,
			     enum mmap_type type)
{
	const struct record_task *record = (const void *)header;
	struct mmaps_entry *entry;

	/* of threads only the last matters, and it is told by the leader's number */
	if (header->size < sizeof(*record) || record->pid != record->tid)
		return;
	entry = mmaps__add(mmaps);
	if (!entry)
		return;
	entry->event = (struct mmap_event){
		.type = type, .pid = record->pid, .ppid = record->ppid, .time_ns = record->time
	};
}

/*
 * Ids are those of our PID namespace: who is outside of it is 0, and has no entry in /proc.
 * All records but that of a loss begin with the id.
 */
static bool record__is_of_outside(const struct perf_event_header *header)
{
	return header->type != PERF_RECORD_LOST && header->size >= sizeof(struct record_comm) &&
	       !((const struct record_comm *)(const void *)header)->pid;
}

static void mmaps__take(struct mmaps *mmaps, const struct perf_event_header *header)
{
	struct mmaps_entry *entry;

	if (record__is_of_outside(header))
		return;
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		mmaps__take_map(mmaps, header);
		break;
	case PERF_RECORD_FORK:
		mmaps__take_task(mmaps, header, MMAP_FORKS);
		break;
	case PERF_RECORD_EXIT:
		mmaps__take_task(mmaps, header, MMAP_ENDS);
		break;
	case PERF_RECORD_COMM:
		if (!(header->misc & PERF_RECORD_MISC_COMM_EXEC))
			break;
		entry = mmaps__add(mmaps);
		if (entry)
			entry->event = (struct mmap_event){
				.type = MMAP_EXECS,
				.pid = ((const struct record_comm *)(const void *)header)->pid,
				.time_ns = record__time(header)
			};
		break;
	case PERF_RECORD_LOST:
		mmaps->lost += ((const struct record_lost *)(const void *)header)->lost;
		break;
	}
}

/* A record may wrap around the end of its ring: each is copied out of it first. */
static void mmaps__read_ring(struct mmaps *mmaps, struct perf_event_mmap_page *page)
{
	const char *ring = (const char *)page + mmaps->page;
	__u64 size = RING_PAGES * mmaps->page, tail = page->data_tail;
	__u64 head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);

	while (tail < head) {
		struct perf_event_header *header = (void *)mmaps->scratch;
		__u64 at = tail % size, first;

		memcpy(header, ring + at,
		       sizeof(*header)); /* records are aligned: it never wraps */
		if (header->size < sizeof(*header))
			break;
		first = size - at < header->size ? size - at : header->size;
		memcpy(mmaps->scratch, ring + at, first);
		memcpy(mmaps->scratch + first, ring, header->size - first);
		mmaps__take(mmaps, header);
		tail += header->size;
	}
	__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
}

static int entry__compare(const void *a, const void *b)
{
	const struct mmaps_entry *x = a, *y = b;

	if (x->event.time_ns != y->event.time_ns)
		return x->event.time_ns < y->event.time_ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

int mmaps__poll(struct mmaps *mmaps, void (*take)(void *context, const struct mmap_event *event),
		void *context)
{
	size_t i;
	int cpu;

	mmaps->count = mmaps->text_used = 0;
	mmaps->failed = false;
	for (cpu = 0; cpu < mmaps->cpu_count; cpu++) {
		if (mmaps->cpus[cpu].ring)
			mmaps__read_ring(mmaps, mmaps->cpus[cpu].ring);
	}
	if (mmaps->count)
		qsort(mmaps->entries, mmaps->count, sizeof(*mmaps->entries), entry__compare);
	for (i = 0; i < mmaps->count; i++) {
		struct mmaps_entry *entry = &mmaps->entries[i];

		entry->event.path = mmaps->texts ? mmaps->texts + entry->path : "";
		take(context, &entry->event);
	}
	return mmaps->failed ? -ENOMEM : 0;
}
