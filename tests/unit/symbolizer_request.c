/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is made of answers that end early, or that no honest helper would give. */
#include "callstack/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define STACKS 10

static const __u64 regs[STACK_REGS];
static __u64 chains[STACKS][2];
static struct request *request;
static struct helper_answer answer;

static void begin(void)
{
	struct symbolizer_process process = { 0 };
	struct unwind_stack stacks[STACKS] = { 0 };
	size_t i;

	for (i = 0; i < STACKS; i++) {
		chains[i][0] = 100 + i;
		chains[i][1] = 200 + i;
		stacks[i] = (struct unwind_stack){ .regs = regs,
						   .chain = chains[i],
						   .chain_count = 2,
						   .bytes = (const __u8 *)"bytes",
						   .size = i % 6 };
	}
	request = request__stacks(&process, stacks, STACKS);
	cr_assert_not_null(request);
	answer.data = calloc(1, 4096);
}

static void end(void)
{
	request__free(request);
	free(answer.data);
}

TestSuite(symbolizer_request, .init = begin, .fini = end);

/* As the helper has it: one frame each. */
static void add_result(__u64 pc, bool complete)
{
	struct unwind_result result = { .complete = complete, .count = 1 };
	struct unwind_frame frame = { .pc = pc };
	char *at = (char *)answer.data + answer.size;

	memcpy(at, &result, sizeof(result));
	memcpy(at + sizeof(result), &frame, sizeof(frame));
	answer.size += sizeof(result) + sizeof(frame);
}

static void check_walked(size_t i, __u64 pc)
{
	SAME(request->chains[i].count, 1);
	SAME(request->chains[i].frames[0].pc, pc);
}

static void check_plain(size_t i)
{
	SAME(request->chains[i].count, 2);
	SAME(request->chains[i].frames[0].pc, 100 + i);
	SAME(request->chains[i].frames[1].pc, 200 + i);
	SAME(request->chains[i].frames[1].by_chain, 1);
}

Test(symbolizer_request, stack_that_ends_the_helper_has_its_plain_chain)
{
	struct helper_request job;

	add_result(1, true);
	add_result(2, true);
	add_result(3, false);
	answer.error = -EIO;
	cr_expect(request__take_chains(request, &answer), "the others are asked for");
	job = request__job(request);
	SAME(((const struct unwind_request *)job.data)->first, 3);
	check_walked(0, 1);
	check_walked(1, 2);
	check_plain(2);
	answer.size = 0;
	answer.error = 0;
	for (int i = 3; i < STACKS; i++)
		add_result(10, true);
	cr_expect_not(request__take_chains(request, &answer));
	check_walked(9, 10);
	SAME(request->done, STACKS);
	SAME(request->error, -EIO);
}

Test(symbolizer_request, when_every_stack_ends_it_no_more_are_tried)
{
	int tries = 1;

	answer.error = -ETIMEDOUT;
	while (request__take_chains(request, &answer))
		cr_assert_lt(++tries, STACKS);
	request__finish(request);
	for (size_t i = 0; i < STACKS; i++)
		check_plain(i);
	SAME(request->done, STACKS);
}

Test(symbolizer_request, answer_that_lies_about_its_size)
{
	struct unwind_result result = { .complete = 1, .count = ~0U };

	memcpy(answer.data, &result, sizeof(result));
	answer.size = 4096;
	request__take_chains(request, &answer);
	check_plain(0);
	answer.size = 3;
	request__take_chains(request, &answer);
	check_plain(1);
}

Test(symbolizer_request, more_results_than_stacks)
{
	for (int i = 0; i < STACKS + 5; i++)
		add_result(7, true);
	cr_expect_not(request__take_chains(request, &answer));
	check_walked(STACKS - 1, 7);
}

/* ---- names ---- */

Test(symbolizer_request, names_that_lie_outside_are_not_there)
{
	struct symbolizer_place places[3] = { 0 };
	struct symbolizer_file file = { .fd = 0, .root = -1 };
	struct request *names = request__file(NULL, &file, places, 3);
	struct elf_names_reply *reply = answer.data, head;
	size_t size = sizeof(*reply) + 3 * sizeof(reply->entries[0]);

	memset(reply->build_id, 0xab, BUILD_ID_BYTES);
	memset(reply->debug_link, 'x', DEBUG_LINK);
	reply->build_id_size = ~0U;
	memcpy((char *)answer.data + size, "name", 4);
	reply->entries[0].name = (__u32)size;
	reply->entries[0].name_length = 4;
	reply->entries[1].name = (__u32)size;
	reply->entries[1].name_length = 5;
	reply->entries[2].name = ~0U;
	reply->entries[2].name_length = ~0U;
	reply->entries[0].inlined = (__u32)size;
	reply->entries[0].inlined_length = ~0U;
	answer.size = size + 4;
	request__take_names(names, &answer, &head);
	SAME_TEXT(names->names[0].name, "name");
	cr_expect_null(names->names[0].inlined);
	cr_expect_null(names->names[1].name);
	cr_expect_null(names->names[2].name);
	SAME(strlen(names->build_id), 2 * BUILD_ID_BYTES);
	SAME(strlen(head.debug_link), DEBUG_LINK - 1);
	request__free(names);
}
