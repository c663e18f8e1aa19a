/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A number for a user stack whose rules are missing: made of the words that point into code
 * near its upper end, and of its frame pointers.  user/callstack/stack_scan.c does the same, to
 * know which return addresses are among them: change both.
 */
#ifndef STACK_EVENT_SCAN_BPF_H
#define STACK_EVENT_SCAN_BPF_H

/* Does a word point into the program's code, or into the library that runs? */
static __always_inline bool scan__is_code(const volatile struct user_unwind *unwind, __u64 word)
{
	return word - unwind->code < unwind->code_size ||
	       word - unwind->ip + SCAN_NEAR < 2 * SCAN_NEAR;
}

/* Is there a frame at fp: where the one above it lies, and a return address? */
static __always_inline bool scan__is_frame(struct stack_event_scratch *s,
					   const volatile struct user_unwind *unwind, __u64 fp)
{
	__u64 at = fp - unwind->sp, next;

	if (at & 7)
		return false;
	at >>= 3;
	if (at > USER_WORDS - 2)
		return false;
	next = s->user[at];
	return next - fp - 1 < USER_FRAME && scan__is_code(unwind, s->user[at + 1]);
}

/*
 * Its place; the return addresses by frame pointers; and, below the first frame that has one
 * (a C library's system calls have none), whatever points into the program's or that library's
 * code.  Such a function may use the frame pointer for something else: then it has been
 * put onto the stack before.
 */
__noinline __u64 user__scan(struct stack_event_scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	struct mm_struct *mm = task->mm;
	volatile struct user_unwind *unwind;
	__u32 i;

	if (!s || !mm)
		return 0;
	unwind = &s->unwind;
	unwind->links = unwind->moved = unwind->found = 0;
	unwind->h = unwind->ip;
	unwind->sp = unwind->begin;
	unwind->fp = TASK_FP(regs);
	unwind->code = mm->start_code;
	unwind->code_size = mm->end_code - unwind->code;
	if (unwind->narrow || bpf_probe_read_user(s->user, sizeof(s->user), (void *)unwind->sp))
		return unwind->h;
	if (unwind->fp - unwind->sp < USER_FRAME) /* where a frame lies follows from it */
		unwind->h = mix(unwind->h, unwind->fp - unwind->sp);
	unwind->found = scan__is_frame(s, unwind, unwind->fp);
	for (i = 0; i < USER_WORDS; i++) {
		__u64 word;

		if (unwind->found && i * 8 >= unwind->fp - unwind->sp)
			break;
		word = s->user[i];
		if (scan__is_code(unwind, word)) {
			unwind->h = mix(unwind->h, word ^ (__u64)i << 56);
		} else if (!unwind->found && scan__is_frame(s, unwind, word)) {
			unwind->fp = word;
			unwind->found = unwind->moved = 1;
		}
	}
	for (i = 0; i < STACK_EVENT_USER; i++) {
		__u64 at = unwind->fp - unwind->sp, next, address;

		if (at & 7 || at > USER_FRAME)
			break;
		if (at > (USER_WORDS - 2) * 8) { /* out of the window: it moves */
			unwind->sp = unwind->fp;
			if (bpf_probe_read_user(s->user, sizeof(s->user), (void *)unwind->sp))
				break;
			at = 0;
		}
		at >>= 3;
		if (at > USER_WORDS - 2)
			break;
		next = s->user[at];
		address = s->user[at + 1];
		if (!address)
			break;
		/* far away lies a frame, or whatever the register is used for instead */
		if (!unwind->found && (next <= unwind->fp || !scan__is_code(unwind, address)))
			break;
		unwind->found = 1;
		unwind->h = mix(unwind->h, address);
		if (!unwind->moved)
			unwind->links = i + 1;
		if (next <= unwind->fp)
			break;
		unwind->h = mix(unwind->h, next - unwind->fp);
		unwind->fp = next;
	}
	return unwind->h;
}

#endif
