/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of places in code, followed over our own stack as the kernel's side does. */
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "frame_rule.h"
#include "make_stack.h"
#include "unit.h"

static struct ourselves ourselves;
static struct snapshot snapshot;
static struct unwind_frame frames[64];
static size_t frame_count;

static void begin(void)
{
	ourselves__open(&ourselves);
}

static void end(void)
{
	ourselves__close(&ourselves);
}

TestSuite(unwind_rule, .init = begin, .fini = end);

static void unwind(void)
{
	const struct symbolizer_process *process = &ourselves.process;
	struct unwind_space *space = unwind_space__new(process->maps, process->map_count,
						       process->files, process->file_count);
	struct unwind_end why;

	cr_assert_not_null(space);
	frame_count = unwind_space__unwind(space, &snapshot.stack, frames, 64, &why);
	unwind_space__free(space);
	SAME(why.why, UNWIND_COMPLETE);
}

static bool word_at(__u64 address, __u64 *ret_word)
{
	const struct unwind_stack *stack = &snapshot.stack;

	if (address < stack->at || address + 8 > stack->at + stack->size)
		return false;
	memcpy(ret_word, stack->bytes + (address - stack->at), sizeof(*ret_word));
	return true;
}

static __u64 follow(__u64 rule, __u64 *sp, __u64 *fp, __u64 lr)
{
	__u64 cfa = RULE_CFA(rule) * 8, pc = lr;

	if (RULE_KIND(rule) == RULE_AT_FP)
		cr_assert(word_at(*fp - cfa, &cfa));
	else
		cfa += RULE_KIND(rule) == RULE_FP ? *fp : *sp;
	if (RULE_RA(rule))
		cr_assert(word_at(cfa - RULE_RA(rule) * 8, &pc));
	if (RULE_HOW(rule) == RULE_FP_SAVED)
		cr_assert(word_at(cfa - RULE_FP_AT(rule) * 8, fp));
	else if (RULE_HOW(rule) == RULE_FP_BY_FP)
		cr_assert(word_at(*fp, fp));
	*sp = cfa;
	return pc;
}

/* From the innermost frame to the root. */
static void check(void)
{
	__u64 sp = snapshot.regs[SP], fp = snapshot.regs[FP], pc = snapshot.regs[PC];
	__u64 lr = snapshot.regs[30];
	size_t i;

	unwind();
	cr_assert_gt(frame_count, 4);
	for (i = 0; i + 1 < frame_count; i++) {
		SAME(frames[i].pc, pc);
		cr_assert_lt(RULE_KIND(frames[i].rule), RULE_SIGNAL, "frame %zu", i);
		pc = follow(frames[i].rule, &sp, &fp, lr);
		lr = 0;
	}
	SAME(frames[i].pc, pc);
	SAME(RULE_KIND(frames[i].rule), RULE_END);
}

static int compare_and_take(const void *a, const void *b)
{
	ucontext_t context;

	if (!snapshot.stack.size) {
		cr_assert_eq(getcontext(&context), 0);
		snapshot__take(&snapshot, &context);
	}
	return *(const int *)a - *(const int *)b;
}

/* Over a library that keeps no frame pointers, and the test's own functions. */
Test(unwind_rule, leads_where_the_unwinder_does)
{
	int list[] = { 3, 1, 2, 4 };

	qsort(list, 4, sizeof(*list), compare_and_take);
	check();
}

static __attribute__((noinline, optimize("no-omit-frame-pointer"))) int sort_framed(int *list,
										    size_t count)
{
	volatile char *room = __builtin_alloca(16 * count);

	room[0] = 0;
	qsort(list, count, sizeof(*list), compare_and_take);
	return list[0] + room[0];
}

/* A frame whose size nobody knows in advance. */
Test(unwind_rule, leads_over_a_frame_of_any_size)
{
	int list[] = { 3, 1, 2, 4 };

	SAME(sort_framed(list, 4), 1);
	check();
}

/* Aligned, and of any size: its frame is found by what lies below the frame pointer. */
static __attribute__((noipa)) int sort_aligned(int *list, size_t count)
{
	_Alignas(64) volatile char room[64];
	volatile char *more = __builtin_alloca(16 * count);

	room[0] = more[0] = 0;
	qsort(list, count, sizeof(*list), compare_and_take);
	return list[0] + room[0] + more[0];
}

Test(unwind_rule, leads_over_an_aligned_frame)
{
	int list[] = { 3, 1, 2, 4 };

	SAME(sort_aligned(list, 4), 1);
	check();
}
