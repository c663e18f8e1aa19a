/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A number for a user stack whose rules are missing: made of the words that point into code
 * near its upper end, and of its frame pointers.  user/callstack/stack_scan.c does the same, to
 * know which return addresses are among them: change both.
 */
#ifndef STACK_EVENT_SCAN_BPF_H
#define STACK_EVENT_SCAN_BPF_H

/* Does a word point into the program's code, or into the library that runs? */
static __always_inline bool scan__is_code(const volatile struct user_walk *walk, __u64 word)
{
	return word - walk->code < walk->code_size || word - walk->ip + SCAN_NEAR < 2 * SCAN_NEAR;
}

/* Is there a frame at fp: where the one above it lies, and a return address? */
static __always_inline bool scan__is_frame(struct stack_event_scratch *s,
					   const volatile struct user_walk *walk, __u64 fp)
{
	__u64 at = fp - walk->sp, next;

	if (at & 7)
		return false;
	at >>= 3;
	if (at > USER_WORDS - 2)
		return false;
	next = s->user[at];
	return next - fp - 1 < USER_FRAME && scan__is_code(walk, s->user[at + 1]);
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
	volatile struct user_walk *walk;
	__u32 i;

	if (!s || !mm)
		return 0;
	walk = &s->walk;
	walk->links = walk->moved = walk->found = 0;
	walk->h = walk->ip;
	walk->sp = walk->begin;
	walk->fp = TASK_FP(regs);
	walk->code = mm->start_code;
	walk->code_size = mm->end_code - walk->code;
	if (walk->narrow || bpf_probe_read_user(s->user, sizeof(s->user), (void *)walk->sp))
		return walk->h;
	if (walk->fp - walk->sp < USER_FRAME) /* where a frame lies follows from it */
		walk->h = mix(walk->h, walk->fp - walk->sp);
	walk->found = scan__is_frame(s, walk, walk->fp);
	for (i = 0; i < USER_WORDS; i++) {
		__u64 word;

		if (walk->found && i * 8 >= walk->fp - walk->sp)
			break;
		word = s->user[i];
		if (scan__is_code(walk, word)) {
			walk->h = mix(walk->h, word ^ (__u64)i << 56);
		} else if (!walk->found && scan__is_frame(s, walk, word)) {
			walk->fp = word;
			walk->found = walk->moved = 1;
		}
	}
	for (i = 0; i < STACK_EVENT_USER; i++) {
		__u64 at = walk->fp - walk->sp, next, address;

		if (at & 7 || at > USER_FRAME)
			break;
		if (at > (USER_WORDS - 2) * 8) { /* out of the window: it moves */
			walk->sp = walk->fp;
			if (bpf_probe_read_user(s->user, sizeof(s->user), (void *)walk->sp))
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
		if (!walk->found && (next <= walk->fp || !scan__is_code(walk, address)))
			break;
		walk->found = 1;
		walk->h = mix(walk->h, address);
		if (!walk->moved)
			walk->links = i + 1;
		if (next <= walk->fp)
			break;
		walk->h = mix(walk->h, next - walk->fp);
		walk->fp = next;
	}
	return walk->h;
}

#endif
