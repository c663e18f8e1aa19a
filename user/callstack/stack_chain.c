/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/stack_chain.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#define REG_FP 6
#define REG_PC 16
#else
#define REG_FP 29
#define REG_PC 32
#endif

static bool chain__word(const struct stack_event *head, const __u8 *stack, __u64 address,
			__u64 *ret_word)
{
	__u64 at = address - head->stack_at;

	if (address & 7 || at >= head->stack_size || head->stack_size - at < 8 ||
	    !stack_there__has(head->stack_there, at / STACK_EVENT_CHUNK))
		return false;
	memcpy(ret_word, stack + at, 8);
	return true;
}

void stack_event__follow_frame_pointers(struct stack_event *head, const __u8 *stack)
{
	__u64 fp = head->regs[REG_FP], next, address;

	if (head->user_count || !head->stack_size || head->narrow)
		return;
	head->user[head->user_count++] = head->regs[REG_PC];
	while (head->user_count < STACK_EVENT_USER && chain__word(head, stack, fp, &next) &&
	       chain__word(head, stack, fp + 8, &address) && address) {
		head->user[head->user_count++] = address;
		if (next <= fp)
			break;
		fp = next;
	}
}
