/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/stack_scan.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#define REG_FP 6
#define REG_SP 7
#else
#define REG_FP 29
#define REG_SP 31
#endif

struct scan {
	const struct stack_event *stack_event;
	__u64 words[SCAN_WORDS];
	__u64 sp, fp;
	bool found;
	__u64 *slots;
	size_t count;
};

/* All words from sp on, or none. */
static bool scan__read(struct scan *scan)
{
	const struct stack_event *stack_event = scan->stack_event;
	__u64 at = scan->sp - stack_event->stack_at, size = sizeof(scan->words), chunk;

	if (at > stack_event->stack_size || stack_event->stack_size - at < size)
		return false;
	for (chunk = at / STACK_EVENT_CHUNK; chunk <= (at + size - 1) / STACK_EVENT_CHUNK;
	     chunk++) {
		if (!stack_there__has(stack_event->stack_there, chunk))
			return false;
	}
	memcpy(scan->words, stack_event->stack + at, size);
	return true;
}

static bool scan__is_code(const struct scan *scan, __u64 word)
{
	const struct stack_event *stack_event = scan->stack_event;

	return word - stack_event->code < stack_event->code_size ||
	       word - stack_event->ip + SCAN_NEAR < 2 * SCAN_NEAR;
}

static bool scan__is_frame(const struct scan *scan, __u64 fp)
{
	__u64 at = fp - scan->sp;

	if (at & 7 || at >> 3 > SCAN_WORDS - 2)
		return false;
	return scan->words[at >> 3] - fp - 1 < USER_FRAME &&
	       scan__is_code(scan, scan->words[(at >> 3) + 1]);
}

static void scan__words(struct scan *scan)
{
	__u64 i;

	scan->found = scan__is_frame(scan, scan->fp);
	for (i = 0; i < SCAN_WORDS; i++) {
		if (scan->found && i * 8 >= scan->fp - scan->sp)
			break;
		if (scan__is_code(scan, scan->words[i])) {
			scan->slots[scan->count++] = scan->sp + i * 8;
		} else if (!scan->found && scan__is_frame(scan, scan->words[i])) {
			scan->fp = scan->words[i];
			scan->found = true;
		}
	}
}

/* One frame pointer; false: there are no more. */
static bool scan__link(struct scan *scan)
{
	__u64 at = scan->fp - scan->sp, next, address;

	if (at & 7 || at > USER_FRAME)
		return false;
	if (at > (SCAN_WORDS - 2) * 8) {
		scan->sp = scan->fp;
		if (!scan__read(scan))
			return false;
		at = 0;
	}
	next = scan->words[at >> 3];
	address = scan->words[(at >> 3) + 1];
	if (!address || (!scan->found && (next <= scan->fp || !scan__is_code(scan, address))))
		return false;
	scan->found = true;
	scan->slots[scan->count++] = scan->fp + 8;
	if (next <= scan->fp)
		return false;
	scan->fp = next;
	return true;
}

size_t stack_event__scan(const struct stack_event *stack_event, __u64 slots[SCAN_SLOTS])
{
	struct scan scan = { .stack_event = stack_event,
			     .sp = stack_event->regs[REG_SP],
			     .fp = stack_event->regs[REG_FP],
			     .slots = slots };
	int i;

	if (stack_event->narrow || stack_event->resumed || !scan__read(&scan))
		return 0;
	scan__words(&scan);
	for (i = 0; i < STACK_EVENT_USER && scan__link(&scan); i++)
		;
	return scan.count;
}
