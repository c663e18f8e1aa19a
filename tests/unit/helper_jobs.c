/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs as the helper's children do them, in memory of ours. */
#include "callstack/helper/job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "callstack/helper/perf_map.h"
#include "make_unwound.h"
#include "unit.h"

#define ROOM 65536

static struct {
	__u64 used;
	char bytes[ROOM + 64];
} reply;
static struct {
	__u64 words[ROOM / 8];
} request;
static size_t request_size;
static int files[1] = { -1 };
static struct job job;

static void begin(void)
{
	close(STDIN_FILENO); /* 0 is a descriptor like others */
	job = (struct job){ .request = &request,
			    .reply = (struct job_reply *)(void *)&reply,
			    .room = ROOM,
			    .files = files,
			    .file_count = 1 };
}

TestSuite(helper_jobs, .init = begin);

static void add(const void *bytes, size_t size)
{
	if (size)
		memcpy((char *)&request + request_size, bytes, size);
	request_size += (size + 7) & ~7UL;
	job.size = request_size;
}

/* ---- the reply ---- */

Test(helper_jobs, reply_is_aligned_and_has_an_end)
{
	char *first;

	SAME(job__add_text(&job, "abc", 3), 0);
	SAME(reply.used, 3);
	first = job__reserve(&job, 16);
	SAME(first - reply.bytes, 8);
	SAME(reply.used, 24);
	SAME(job__add_text(&job, "defg", 4), 24);
	cr_expect_eq(memcmp(reply.bytes + 24, "defg", 4), 0);
	cr_expect_null(job__reserve(&job, ROOM - 31));
	cr_expect_not_null(job__reserve(&job, ROOM - 32));
	SAME(reply.used, ROOM);
	cr_expect_null(job__reserve(&job, 1));
	SAME(job__add_text(&job, "h", 1), 0);
	SAME(reply.used, ROOM);
	reply.used = ROOM - 1;
	SAME(job__add_text(&job, "hi", 2), 0);
	SAME(job__add_text(&job, "h", 1), ROOM - 1);
	reply.used = 8;
	SAME(job__add_text(&job, "h", ROOM + 1), 0);
	SAME(reply.used, 8);
}

/* ---- names of code made at run time ---- */

static const struct perf_map_reply *read_map(const char *text, const struct perf_map_place *places,
					     __u32 count)
{
	struct perf_map_request head = { .count = count };

	files[0] = memfd_create("map", MFD_CLOEXEC);
	SAME(files[0], 0);
	cr_assert_eq(write(files[0], text, strlen(text)), (ssize_t)strlen(text));
	request_size = 0;
	add(&head, sizeof(head));
	add(places, count * sizeof(*places));
	memset(&reply, 0, sizeof(reply));
	job__perf_map(&job);
	cr_expect_geq(lseek(files[0], 0, SEEK_CUR), 0, "the file is closed");
	close(files[0]);
	return (const void *)reply.bytes;
}

static void check_name(const struct perf_map_reply *names, size_t i, const char *expected)
{
	SAME(names->entries[i].length, strlen(expected));
	cr_expect_eq(strncmp(reply.bytes + names->entries[i].name, expected, strlen(expected)), 0,
		     "%zu: %.*s", i, (int)names->entries[i].length,
		     reply.bytes + names->entries[i].name);
}

Test(helper_jobs, places_in_code_made_at_run_time)
{
	static const struct perf_map_place places[] = { { .address = 0x3000 },
							{ .address = 0x1008 },
							{ .address = 0x2000, .caller = 1 },
							{ .address = 0x1008 } };
	const struct perf_map_reply *names =
		read_map("1000 1000 first\n3000 10 third\n1008 1 longer name\n1008 1 short\n",
			 places, 4);

	SAME(names->count, 4);
	check_name(names, 0, "third");
	check_name(names, 1, "short");
	check_name(names, 2, "first");
	check_name(names, 3, "short");
	cr_expect_neq(names->entries[1].name, names->entries[3].name);
}

Test(helper_jobs, places_that_no_line_names)
{
	static const struct perf_map_place places[] = { { .address = 0x10 } };
	const struct perf_map_reply *names = read_map("1000 10 x\n", places, 1);

	SAME(names->count, 1);
	SAME(names->entries[0].length, 0);
	SAME(names->entries[0].name, 0);
}

/* A later name takes the room of an earlier one, if it fits: else there is more. */
Test(helper_jobs, reply_does_not_grow_with_lines)
{
	static const struct perf_map_place places[] = { { .address = 0x1000 } };
	__u64 used;

	read_map("1000 10 abcd\n", places, 1);
	used = reply.used;
	check_name(read_map("1000 10 abcd\n1000 10 ef\n1000 10 ghij\n", places, 1), 0, "ghij");
	SAME(reply.used, used);
	check_name(read_map("1000 10 abcd\n1000 10 ef\n1000 10 ghijk\n", places, 1), 0, "ghijk");
	SAME(reply.used, used + 5);
}

Test(helper_jobs, map_without_a_file_or_a_request)
{
	static const struct perf_map_place places[] = { { .address = 0x1000 } };

	read_map("1000 10 abcd\n", places, 1);
	memset(&reply, 0, sizeof(reply));
	files[0] = memfd_create("map", MFD_CLOEXEC);
	job.size = sizeof(struct perf_map_request) - 1;
	job__perf_map(&job);
	SAME(reply.used, 0);
	job.size = request_size;
	job.file_count = 0;
	job__perf_map(&job);
	SAME(reply.used, 0);
	close(files[0]);
	job.file_count = 1;
	job__perf_map(&job);
	SAME(reply.used, 0);
}

/* ---- stacks ---- */

#if defined(__x86_64__)

static struct unwound on;

static void add_stack(__u64 pc, size_t words, const __u64 *chain, __u32 chain_count)
{
	struct unwind_record record = { .at = STACK_AT,
					.size = (__u32)(8 * words),
					.chain_count = chain_count,
					.chain_room = 9,
					.all = 1 };

	on.regs[16] = CODE + pc;
	memcpy(record.regs, on.regs, sizeof(record.regs));
	add(&record, sizeof(record));
	add(chain, chain_count * sizeof(*chain));
	add(on.words, record.size);
}

static void add_head(__u32 stacks, __u32 first)
{
	struct unwind_request head = { .map_count = 2, .stack_count = stacks, .first = first };

	unwound__begin(&on, false);
	unwound__put_all(&on);
	files[0] = program__file(&on.program);
	request_size = 0;
	add(&head, sizeof(head));
	add(on.maps, sizeof(on.maps));
}

/* The i-th result of those that are there; checks where its frames are. */
static const struct unwind_result *result(size_t i, size_t count, const __u64 *places)
{
	const char *at = reply.bytes;
	const struct unwind_result *one = (const void *)at;
	const struct unwind_frame *frames;
	size_t k;

	while (i--) {
		at += sizeof(*one) + one->count * sizeof(*frames);
		one = (const void *)at;
	}
	frames = (const void *)(at + sizeof(*one));
	SAME(one->complete, 1);
	SAME(one->count, count);
	for (k = 0; k < count; k++)
		SAME(frames[k].pc, CODE + places[k]);
	return one;
}

Test(helper_jobs, stacks_one_after_the_other)
{
	add_head(2, 0);
	add_stack(0x85, 8, NULL, 0);
	add_stack(0x85, 3, (__u64[]){ CODE + 0x85, CODE + 0x48, CODE + 7 }, 3);
	job__unwind(&job);
	SAME(result(0, 3, (__u64[]){ 0x85, 0x48, 7 })->end.why, UNWIND_COMPLETE);
	/* leaf() keeps no frame pointer: its chain does not say who has called it */
	SAME(result(1, 1, (__u64[]){ 0x85 })->end.why, UNWIND_NO_MEMORY);
	SAME(reply.used, 2 * sizeof(struct unwind_result) + 4 * sizeof(struct unwind_frame));
}

Test(helper_jobs, stacks_that_were_unwound_before_are_passed_over)
{
	add_head(2, 1);
	add_stack(0x85, 3, (__u64[]){ 1, 2, 3 }, 3);
	add_stack(0x85, 8, NULL, 0);
	job__unwind(&job);
	result(0, 3, (__u64[]){ 0x85, 0x48, 7 });
	SAME(reply.used, sizeof(struct unwind_result) + 3 * sizeof(struct unwind_frame));
}

Test(helper_jobs, request_that_ends_early)
{
	add_head(3, 0);
	add_stack(0x85, 8, NULL, 0);
	add_stack(0x85, 8, NULL, 0);
	job.size -= 8;
	job__unwind(&job);
	result(0, 3, (__u64[]){ 0x85, 0x48, 7 });
	SAME(reply.used, sizeof(struct unwind_result) + 3 * sizeof(struct unwind_frame));
	memset(&reply, 0, sizeof(reply));
	job.size = sizeof(struct unwind_request) - 8;
	job__unwind(&job);
	SAME(reply.used, 0);
	job.size = sizeof(struct unwind_request) + 2 * sizeof(struct unwind_map) - 8;
	job__unwind(&job);
	SAME(reply.used, 0);
}

/* What has no room is not complete. */
Test(helper_jobs, reply_without_room)
{
	const struct unwind_result *one = (const void *)reply.bytes;

	add_head(2, 0);
	add_stack(0x85, 8, NULL, 0);
	add_stack(0x85, 8, NULL, 0);
	job.room = sizeof(*one) + 3 * sizeof(struct unwind_frame) - 1;
	job__unwind(&job);
	SAME(reply.used, sizeof(*one));
	SAME(one->complete, 0);
	memset(&reply, 0, sizeof(reply));
	job.room = sizeof(*one) - 1;
	job__unwind(&job);
	SAME(reply.used, 0);
}

#endif
