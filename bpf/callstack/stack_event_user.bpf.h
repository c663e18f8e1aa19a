/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user part of a stack: followed by the rules of its places in code (frame_rule.h),
 * which user space teaches when they turn up for the first time.
 */
#ifndef STACK_EVENT_USER_BPF_H
#define STACK_EVENT_USER_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << RULE_BITS);
	__type(key, __u32);
	__type(value, struct rule_bucket);
} rules SEC(".maps");

/*
 * Addresses mean something in one address space only, and in those that were forked from
 * it: they share where the kernel has put it at random.  Without that, it is the process
 * that tells them apart.
 */
static __always_inline __u64 task__space(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	__u64 space;

	if (!mm)
		return 0;
	space = mm->start_code ^ mm->mmap_base << 8 ^ mm->start_stack << 16 ^
		(__u64)BPF_CORE_READ(mm, exe_file);
	if (task->personality & ADDR_NO_RANDOMIZE)
		space ^= task->group_leader->start_boottime ^ (__u64)task->self_exec_id << 56;
	return space;
}

static __always_inline __u64 rule__find(__u64 space, __u64 pc)
{
	__u64 key = rule_key(space, pc);
	__u32 slot = rule_slot(key), i;
	struct rule_bucket *bucket = bpf_map_lookup_elem(&rules, &slot);

	if (!bucket)
		return RULE_NONE;
	for (i = 0; i < RULE_WAYS; i++) {
		if (bucket->way[i].key == key)
			return bucket->way[i].rule;
	}
	return RULE_NONE;
}

/*
 * A word of the stack, into unwind.word; what is around it is read at once, where it is
 * there.  Says whether it was.  Not static, so that it is verified once.
 */
__noinline int unwind__read(struct stack_event_scratch *s, __u64 address)
{
	volatile struct user_unwind *unwind;
	__u64 at, word;

	if (!s)
		return 0;
	unwind = &s->unwind;
	if (address & (unwind->narrow ? 3 : 7))
		return 0;
	at = (address - unwind->from) >> 3;
	if (at >= unwind->words) {
		unwind->from = address & ~7ULL;
		unwind->words = USER_WORDS;
		at = 0;
		if (bpf_probe_read_user(s->user, sizeof(s->user), (void *)(address & ~7ULL))) {
			/* a page that nobody has touched is near */
			unwind->words = 1;
			if (bpf_probe_read_user(s->user, sizeof(s->user[0]),
						(void *)(address & ~7ULL)))
				unwind->words = 0;
		}
		if (!unwind->words)
			return 0;
	}
	barrier_var(at);
	word = s->user[at & (USER_WORDS - 1)];
	if (unwind->narrow)
		word = address & 4 ? word >> 32 : (__u32)word;
	unwind->word = word;
	return 1;
}

static __always_inline bool unwind__word(struct stack_event_scratch *s,
					 volatile struct user_unwind *unwind, __u64 address,
					 __u64 *ret_word)
{
	if (!unwind__read(s, address))
		return false;
	*ret_word = unwind->word;
	return true;
}

/* To the frame that a signal has interrupted. */
static __always_inline bool unwind__leave_handler(struct stack_event_scratch *s,
						  volatile struct user_unwind *unwind,
						  __u64 *ret_pc)
{
	__u64 at = unwind->sp, fp, sp;

	if (unwind->narrow || !unwind__word(s, unwind, at + SIGNAL_FP, &fp) ||
	    !unwind__word(s, unwind, at + SIGNAL_SP, &sp) ||
	    !unwind__word(s, unwind, at + SIGNAL_IP, ret_pc))
		return false;
	unwind->fp = fp;
	unwind->sp = sp;
	return true;
}

/* To the caller, by a rule of the function; false: it does not lead further up. */
static __always_inline bool unwind__leave(struct stack_event_scratch *s,
					  volatile struct user_unwind *unwind, __u64 rule,
					  __u64 *ret_pc)
{
	__u32 shift = unwind->narrow ? 2 : 3;
	__u64 cfa = RULE_CFA(rule) << shift, sp = unwind->sp, fp = unwind->fp, saved;

	if (RULE_KIND(rule) == RULE_SP)
		cfa += sp;
	else if (RULE_KIND(rule) == RULE_FP)
		cfa += fp;
	else if (RULE_KIND(rule) != RULE_AT_FP || !unwind__word(s, unwind, fp - cfa, &cfa))
		return false;
	if (cfa - sp > USER_FRAME || (cfa == sp && RULE_RA(rule)))
		return false;
	if (RULE_HOW(rule) != RULE_FP_KEPT) {
		if (!unwind__word(s, unwind,
				  RULE_HOW(rule) == RULE_FP_BY_FP ?
					  fp :
					  cfa - (RULE_FP_AT(rule) << shift),
				  &saved))
			return false;
		unwind->fp = saved;
	}
	if (!RULE_RA(rule))
		*ret_pc = unwind->lr;
	else if (!unwind__word(s, unwind, cfa - (RULE_RA(rule) << shift), ret_pc))
		return false;
	unwind->lr = 0;
	unwind->sp = cfa;
	return true;
}

/* To the next frame; false: there is none, or nobody knows the way. */
static __always_inline bool unwind__on(struct stack_event_scratch *s,
				       volatile struct user_unwind *unwind)
{
	__u64 rule = rule__find(unwind->space, unwind->pc), pc = 0;
	bool there;

	unwind->state = STACK_EVENT_UNWIND_PARTIAL;
	if (!rule)
		return false;
	unwind->state = RULE_KIND(rule) == RULE_END ? STACK_EVENT_UNWIND_WHOLE :
						      STACK_EVENT_UNWIND_STUCK;
	if (RULE_KIND(rule) == RULE_END)
		return false;
	there = RULE_KIND(rule) == RULE_SIGNAL ? unwind__leave_handler(s, unwind, &pc) :
						 unwind__leave(s, unwind, rule, &pc);
	if (!there)
		return false;
	unwind->state = STACK_EVENT_UNWIND_WHOLE;
	unwind->pc = pc;
	return pc;
}

/*
 * What tells it from others: where it is, and its return addresses; with the state, which
 * says whether these are all.
 */
__noinline __u64 user__hash(struct stack_event_scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	volatile struct user_unwind *unwind;
	__u32 i;

	if (!s)
		return 0;
	unwind = &s->unwind;
	unwind->h = unwind->ip = unwind->pc = TASK_IP(regs);
	unwind->begin = unwind->sp = TASK_SP(regs);
	unwind->fp = TASK_FP(regs);
	unwind->lr = TASK_LR(regs);
	unwind->narrow = TASK_IS_32(regs);
	unwind->space = task__space(task);
	unwind->from = unwind->words = 0;
	unwind->h = mix(unwind->h, unwind->space);
	for (i = 0; i < STACK_EVENT_USER; i++) {
		if (!unwind__on(s, unwind))
			break;
		unwind->addresses[i] = unwind->pc;
		unwind->h = mix(unwind->h, unwind->pc);
	}
	unwind->count = i;
	unwind->stop_sp = unwind->sp;
	unwind->stop_fp = unwind->fp;
	unwind->resumes = i && unwind->state == STACK_EVENT_UNWIND_PARTIAL &&
			  unwind->sp - unwind->begin > RESUME_FROM;
	return unwind->h;
}

#endif
