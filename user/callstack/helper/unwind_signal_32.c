/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind_signal_32.h"

#include "frame_rule.h"

#if defined(__x86_64__)

#define USER_CS	 0x23 /* of 32 bits, by which a set of registers is known */
#define USER_SS	 0x2b
#define SEGMENTS 0xffff

/* struct sigcontext_32: where the registers lie in it, and their DWARF numbers of 64 bits. */
#define SAVED_SP	   28
#define SAVED_IP	   56
#define SAVED_CS	   60
#define SAVED_SP_AT_SIGNAL 68
#define SAVED_SS	   72

static const struct {
	unsigned char at, reg;
} saved_regs[] = { { 16, 5 }, { 20, 4 }, { 24, REG_FP }, { 28, REG_SP }, { 32, 3 },
		   { 36, 1 }, { 40, 2 }, { 44, 0 },	 { 56, REG_PC } };

/*
 * Above the stack pointer when a handler has returned lie its arguments: the signal, and of
 * SA_SIGINFO two pointers, a siginfo (128) and the ucontext up to its registers (20).
 */
static const unsigned char saved_at[] = { 4, 3 * 4 + 128 + 20 };

static bool space__saved_word(const struct unwind_space *space, __u64 address, __u64 *ret_word)
{
	return unwind_stack__word(space->stack, address, ret_word);
}

/* Nothing but the kernel writes the stack pointer twice, and the segments of a user. */
static bool space__is_saved_at(const struct unwind_space *space, __u64 at)
{
	__u64 sp, same, cs, ss, ip;

	return space__saved_word(space, at + SAVED_SP, &sp) &&
	       space__saved_word(space, at + SAVED_SP_AT_SIGNAL, &same) && sp == same &&
	       space__saved_word(space, at + SAVED_CS, &cs) && (cs & SEGMENTS) == USER_CS &&
	       space__saved_word(space, at + SAVED_SS, &ss) && (ss & SEGMENTS) == USER_SS &&
	       space__saved_word(space, at + SAVED_IP, &ip);
}

static void space__restore_saved(struct unwind_space *space, __u64 at)
{
	struct unwind_frame *last = &space->found.frames[space->found.count - 1];
	size_t i;

	for (i = 0; i < sizeof(saved_regs) / sizeof(saved_regs[0]); i++)
		space__saved_word(space, at + saved_regs[i].at, &space->regs[saved_regs[i].reg]);
	last->rule = RULE_STUCK; /* the kernel's side does not know of it */
	last->caller = false;
	space->found.last_slot = 0;
	space->called = false;
}

bool unwind_signal_32__is_there(const struct unwind_space *space)
{
	const struct unwind_frame *last = &space->found.frames[space->found.count - 1];
	const struct unwind_map *map = unwind_space__map(space, last->pc);

	return space->stack->narrow && space->found.count > 1 && map && map->file < 0;
}

bool unwind_signal_32__leave(struct unwind_space *space)
{
	size_t i;

	for (i = 0; i < sizeof(saved_at); i++) {
		__u64 at = space->regs[REG_SP] + saved_at[i];

		if (!space__is_saved_at(space, at))
			continue;
		space__restore_saved(space, at);
		return true;
	}
	return false;
}

#else /* not looked into on arm64: the frame is marked as having no unwind information */

bool unwind_signal_32__is_there(const struct unwind_space *space)
{
	(void)space;
	return false;
}

bool unwind_signal_32__leave(struct unwind_space *space)
{
	(void)space;
	return false;
}
#endif
