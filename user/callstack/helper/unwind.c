/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind.h"

#include <string.h>

#include "frame_rule.h"
#include "callstack/helper/unwind_code.h"
#include "callstack/helper/unwind_root.h"
#include "callstack/helper/unwind_rule.h"
#include "callstack/helper/unwind_signal_32.h"
#include "callstack/helper/unwind_space.h"
#include "stack_event.h"

size_t unwind_stack__word_size(const struct unwind_stack *stack)
{
	return stack->narrow ? sizeof(__u32) : sizeof(__u64);
}

bool unwind_stack__word(const struct unwind_stack *stack, __u64 address, __u64 *ret_word)
{
	size_t size = unwind_stack__word_size(stack);
	__u64 at = stack->at, word = 0;

	if (address < at || address - at > stack->size || stack->size - (address - at) < size)
		return false;
	if (stack->there && !stack_there__has(stack->there, (address - at) / UNWIND_CHUNK))
		return false;
	memcpy(&word, stack->bytes + (address - at), size);
	*ret_word = word;
	return true;
}

bool unwind_space__word(struct unwind_space *space, __u64 address, __u64 *ret_word)
{
	if (unwind_stack__word(space->stack, address, ret_word))
		return true;
	if (!space->missed)
		space->missed = address;
	return false;
}

/* ---- what elfutils asks for ---- */

#if defined(__x86_64__)
/* Registers of the kernel's machine, in the order of i386's numbers. */
static const unsigned char narrow_regs[] = { 0, 2, 1, 3, 7, 6, 4, 5, 16 };
#endif

static bool thread__get(Dwfl *dwfl, pid_t tid, void *arg, void **thread_arg)
{
	(void)dwfl;
	(void)tid;
	*thread_arg = arg;
	return true;
}

static pid_t thread__next(Dwfl *dwfl, void *arg, void **thread_arg)
{
	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = arg;
	return THREAD;
}

static bool memory__read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *arg)
{
	struct unwind_space *space = arg;
	__u64 word;

	(void)dwfl;
	if (!unwind_space__word(space, address, &word))
		return false;
	if (space->read_count < MAX_READ) {
		space->read[space->read_count].address = address;
		space->read[space->read_count++].word = word;
	}
	*result = word;
	return true;
}

static bool registers__set(Dwfl_Thread *thread, void *arg)
{
	const struct unwind_space *space = arg;
	Dwarf_Word words[REGS_TO_SET];
	unsigned int count = REGS_TO_SET, i;

	for (i = 0; i < count; i++)
		words[i] = space->regs[i];
#if defined(__x86_64__)
	if (space->stack->narrow) { /* i386 has other numbers */
		count = sizeof(narrow_regs);
		for (i = 0; i < count; i++)
			words[i] = space->regs[narrow_regs[i]];
	}
#endif
	dwfl_thread_state_register_pc(thread, space->regs[REG_PC]);
	return dwfl_thread_state_registers(thread, 0, count, words);
}

const Dwfl_Thread_Callbacks unwind_callbacks = {
	.next_thread = thread__next,
	.get_thread = thread__get,
	.memory_read = memory__read,
	.set_initial_registers = registers__set,
};

/* Where the return address was read from that led here; 0: from no memory. */
static __u64 space__slot(struct unwind_space *space, __u64 pc)
{
	__u64 slot = 0;
	size_t i;

	for (i = 0; i < space->read_count; i++) {
		if (space->read[i].word == pc)
			slot = space->read[i].address;
	}
	space->read_count = 0;
	return slot;
}

static int space__abort(struct unwind_space *space, enum unwind_why why)
{
	space->why = why;
	return DWARF_CB_ABORT;
}

static bool space__is_root(struct unwind_space *space, const struct unwind_frame *frame)
{
	__u64 address = frame->pc - frame->caller;
	struct unwind_symbols *symbols = unwind_space__symbols(space, address);

	if (!symbols->is_root_known[frame->caller]) {
		symbols->is_root_known[frame->caller] = true;
		symbols->is_root[frame->caller] =
			unwind_root__is(unwind_space__module(space, address), address,
					frame->caller);
	}
	return symbols->is_root[frame->caller];
}

static __u64 space__rule(struct unwind_space *space, const struct unwind_frame *frame)
{
	__u64 address = frame->pc - frame->caller;
	size_t i = (address * 0x9E3779B97F4A7C15ULL) >> 52;

	_Static_assert(RULES == 1 << 12, "as many as that shift leaves");
	if (space->rules[i].address != address) {
		space->rules[i].address = address;
		space->rules[i].rule =
			unwind_rule__at(unwind_space__module(space, address), address);
	}
	return space->rules[i].rule;
}

/* The registers of a frame, as far as they are known. */
static void space__read_registers(struct unwind_space *space, Dwfl_Frame *frame)
{
	unsigned int i;

	for (i = 0; i < REGS_TO_SET; i++) {
		unsigned int to = i;
		Dwarf_Word word;

#if defined(__x86_64__)
		if (space->stack->narrow && i >= sizeof(narrow_regs))
			break;
		to = space->stack->narrow ? narrow_regs[i] : i;
#endif
		if (to != REG_PC && !dwfl_frame_reg(frame, i, &word))
			space->regs[to] = word;
	}
}

/* Without call frame information elfutils believes in frame pointers; the code knows better. */
static int frame__leave(Dwfl_Frame *frame, struct unwind_space *space)
{
	const struct unwind_frame *last = &space->found.frames[space->found.count - 1];

	if (space__rule(space, last) || (!unwind_code__is_there(space, last->pc - last->caller) &&
					 !unwind_signal_32__is_there(space)))
		return DWARF_CB_OK;
	if (!space__is_root(space, last)) {
		space__read_registers(space, frame);
		space->stuck = true;
	}
	return space__abort(space, UNWIND_NO_CFI);
}

static int frame__take(Dwfl_Frame *frame, void *arg)
{
	struct unwind_space *space = arg;
	struct unwind_found *found = &space->found;
	bool activation, called = space->called;
	Dwarf_Addr pc;
	__u64 slot;

	if (found->count >= UNWIND_FRAMES)
		return space__abort(space, UNWIND_DEEP);
	if (!dwfl_frame_pc(frame, &pc, NULL))
		return space__abort(space, UNWIND_DAMAGED);
	slot = space__slot(space, pc);
	/* to say whether it was called, elfutils looks at its caller, and reads more */
	if (!dwfl_frame_pc(frame, &pc, &activation))
		return space__abort(space, UNWIND_DAMAGED);
	if (called) {
		space->called = activation = false;
		pc++;
	}
	if (found->count && !unwind_space__map(space, pc))
		return space__abort(space, UNWIND_DAMAGED);
	if (slot && slot <= found->last_slot)
		return space__abort(
			space, UNWIND_DAMAGED); /* callers lie further up, or this is a circle */
	if (called)
		slot = found->last_slot;
	unwind_found__add(found, pc, !activation, slot);
	return frame__leave(frame, space);
}

/* ---- frame pointers ---- */

/* Does a function of this rule keep them, so that its own leads to its caller? */
static bool rule__is_by_frame_pointer(__u64 rule)
{
#if defined(__x86_64__)
	if (RULE_KIND(rule) == RULE_AT_FP) /* it has put its return address there once more */
		return RULE_HOW(rule) == RULE_FP_BY_FP;
	return RULE_KIND(rule) == RULE_FP && RULE_CFA(rule) == 2 && RULE_RA(rule) == 1 &&
	       (RULE_HOW(rule) == RULE_FP_BY_FP ||
		(RULE_HOW(rule) == RULE_FP_SAVED && RULE_FP_AT(rule) == 2));
#else
	return (RULE_KIND(rule) == RULE_SP || RULE_KIND(rule) == RULE_FP) && RULE_RA(rule) &&
	       RULE_HOW(rule) == RULE_FP_SAVED && RULE_FP_AT(rule) == RULE_RA(rule) + 1;
#endif
}

static bool space__keeps_frame_pointer(struct unwind_space *space, const struct unwind_frame *frame)
{
	__u64 rule = frame->rule ? frame->rule : space__rule(space, frame);

	return rule ? rule__is_by_frame_pointer(rule) :
		      unwind_code__keeps_frame_pointer(space, frame);
}

/*
 * The chain passes over functions that keep no frame pointer: what it has above one of them is
 * not its caller.  What nobody knows anything of is believed to keep them.
 */
static size_t space__cut_at_passed(struct unwind_space *space, const struct unwind_frame *frames,
				   size_t count)
{
	size_t i;

	for (i = 1; i < count; i++) {
		if (frames[i].by_chain && !space__keeps_frame_pointer(space, &frames[i - 1]))
			return i;
	}
	return count;
}

/* ---- one stack ---- */

/* Where there was no frame, frame pointers of another kind of function led nowhere. */
static size_t space__cut(const struct unwind_space *space, const struct unwind_frame *frames,
			 size_t count)
{
	while (count > 1 && frames[count - 1].by_chain &&
	       !unwind_space__map(space, frames[count - 1].pc))
		count--;
	return count;
}

/* The return address that was read last is null: nobody has called this function. */
static bool space__read_null(const struct unwind_space *space)
{
	return space->read_count && !space->read[space->read_count - 1].word;
}

/* Why what could not be read was not there. */
static enum unwind_why space__why_missed(const struct unwind_space *space)
{
	const struct unwind_stack *stack = space->stack;
	__u64 end = stack->at + stack->size;

	if (stack->all || space->missed < end || space->missed - end > MAX_FRAME)
		return UNWIND_NO_MEMORY;
	return UNWIND_NOT_COPIED;
}

/*
 * Why call frame information came to its end; err: what elfutils says of it.  A register
 * that could not be read looks like the root, frames later, too.
 */
static enum unwind_why space__why(struct unwind_space *space, int err)
{
	const struct unwind_found *found = &space->found;

	if (!space->map_count)
		return UNWIND_NO_MAPS;
	if (!found->count || !space->attached)
		return UNWIND_NO_CFI;
	if (space__is_root(space, &found->frames[found->count - 1]))
		return UNWIND_COMPLETE;
	if (err == DWARF_CB_ABORT)
		return space->why;
	if (!err && !space->missed && space__read_null(space))
		return UNWIND_COMPLETE;
	/* frame pointers that lead nowhere are tried where there is nothing else */
	if (space->missed && (!err || space__why_missed(space) == UNWIND_NOT_COPIED))
		return space__why_missed(space);
	return UNWIND_NO_CFI;
}

/* What was found last lies in a file of which nothing is known. */
static bool space__ends_unreadable(const struct unwind_space *space)
{
	const struct unwind_found *found = &space->found;
	const struct unwind_frame *last = found->count ? &found->frames[found->count - 1] : NULL;

	return last && unwind_space__is_unreadable(space, last->pc - last->caller);
}

/* And the stack, with what the chain has added.  cut: it had more. */
static struct unwind_end space__end(struct unwind_space *space, const struct unwind_frame *frames,
				    size_t count, size_t capacity, bool cut)
{
	const struct unwind_stack *stack = space->stack;
	struct unwind_end end = { .why = space->why };

	if (end.why == UNWIND_COMPLETE)
		return end;
	if (count && frames[count - 1].by_chain) {
		if (space__is_root(space, &frames[count - 1]))
			end.why = UNWIND_COMPLETE;
		else if (!cut && (count == capacity ||
				  (stack->chain_room && stack->chain_count == stack->chain_room)))
			end.why = UNWIND_DEEP;
	}
	if (end.why == UNWIND_DEEP)
		end.detail = (__u32)count;
	if (end.why == UNWIND_NOT_COPIED)
		end.detail = (__u32)stack->size;
	return end;
}

/*
 * Of the last frame, where nothing says how it leads on.  If no more than its caller's bytes were
 * missing, a copy that begins here will tell, unless they are too far away for any.
 */
static __u64 space__last_rule(struct unwind_space *space, const struct unwind_frame *frame,
			      enum unwind_why why)
{
	if (why != UNWIND_NOT_COPIED && why != UNWIND_NO_MEMORY)
		return RULE_STUCK;
	if (space__keeps_frame_pointer(space, frame))
		return unwind_rule__by_frame_pointer();
	if (why == UNWIND_NOT_COPIED && space->beyond &&
	    space->missed - space->regs[REG_SP] < STACK_EVENT_FAR)
		return RULE_NONE;
	return RULE_STUCK;
}

/* How each frame led to its caller; where nothing says so, frame pointers did. */
static void space__add_rules(struct unwind_space *space, struct unwind_frame *frames, size_t count,
			     const struct unwind_end *end, bool cut)
{
	bool over = end->why == UNWIND_COMPLETE ||
		    ((end->why == UNWIND_NO_CFI || end->why == UNWIND_NO_FILE) && !cut);
	size_t i;

	for (i = 0; i < count; i++) {
		__u64 rule = frames[i].rule ? frames[i].rule : space__rule(space, &frames[i]);

		if (i + 1 == count && over)
			rule = RULE_END;
		else if (!rule && i + 1 == count)
			rule = space__last_rule(space, &frames[i], end->why);
		else if (!rule)
			rule = unwind_rule__by_frame_pointer();
		frames[i].rule = rule;
	}
}

/* On from a frame that has no call frame information. */
static bool space__leave_frame(struct unwind_space *space)
{
	return unwind_signal_32__is_there(space) ? unwind_signal_32__leave(space) :
						   unwind_code__leave(space);
}

size_t unwind_space__unwind(struct unwind_space *space, const struct unwind_stack *stack,
			    struct unwind_frame *frames, size_t capacity,
			    struct unwind_end *ret_end)
{
	struct unwind_found *found = &space->found;
	size_t count, passed;
	int err = -1;
	__u64 fp;

	space->stack = stack;
	space->read_count = 0;
	space->missed = 0;
	space->beyond = false;
	found->count = 0;
	found->last_slot = 0;
	memcpy(space->regs, stack->regs, sizeof(space->regs));
	unwind_space__leave(space);
	fp = space->regs[REG_FP];
	do {
		space->stuck = false;
		if (space->attached)
			err = dwfl_getthread_frames(space->dwfl, THREAD, frame__take, space);
	} while (space->stuck && space__leave_frame(space));
	if (!found->count && !stack->chain_count)
		unwind_found__add(found, space->regs[REG_PC], false, 0);
	space->why = space__why(space, err);
	if (space->stuck && space->beyond)
		space->why = space__why_missed(space);
	if (space->why == UNWIND_NO_CFI && space__ends_unreadable(space))
		space->why = UNWIND_NO_FILE;
	/* frame pointers pass over a function that does not tell where its caller is */
	found->ended = space->why == UNWIND_COMPLETE ||
		       (space->stuck && space->why == UNWIND_NO_CFI);
	count = unwind_found__join(found, stack, fp, frames, capacity);
	count = space__cut(space, frames, count);
	passed = space__cut_at_passed(space, frames, count);
	*ret_end = space__end(space, frames, passed, capacity, passed < count);
	space__add_rules(space, frames, passed, ret_end, passed < count);
	return passed;
}
