/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How to get from a frame of a user stack to its caller: what call frame information
 * says of one place in code, in 64 bits.
 *
 * The kernel side has no such tables.  It is taught the rules of the places that turn
 * up on stacks, and then follows a stack as an unwinder does, so that a stack is known
 * by all its return addresses.
 */
#ifndef TASKTOLL_FRAME_RULE_H
#define TASKTOLL_FRAME_RULE_H

/*
 * CFA: where the stack pointer is when the function has returned.  Distances are in
 * words of the program: 8 bytes, or 4 where it is one of 32 bits.
 */
enum rule_kind {
	RULE_NONE,   /* nobody knows (yet) */
	RULE_SP,     /* CFA: the stack pointer + cfa */
	RULE_FP,     /* CFA: the frame pointer + cfa */
	RULE_AT_FP,  /* CFA: what lies at the frame pointer - cfa */
	RULE_SIGNAL, /* the kernel has put all registers there, below a handler */
	RULE_END,    /* no frame is above that anybody could show */
	RULE_STUCK,  /* there are frames above, but no rule of these kinds leads there */
};

/* Where the caller's frame pointer is. */
enum rule_fp {
	RULE_FP_KEPT,  /* still in its register */
	RULE_FP_SAVED, /* at the CFA - fp */
	RULE_FP_BY_FP, /* where the frame pointer points to */
};

#define RULE_CFA_MAX (1U << 24) /* words */
#define RULE_RA_MAX  (1U << 12)
#define RULE_FP_MAX  (1U << 12)

/* ra: the return address is at the CFA - ra; 0: in the link register. */
#define RULE(kind, cfa, ra, how, fp)                                                               \
	((unsigned long long)(kind) | (unsigned long long)(how) << 4 |                             \
	 (unsigned long long)(ra) << 8 | (unsigned long long)(fp) << 20 |                          \
	 (unsigned long long)(cfa) << 32)

#define RULE_KIND(rule)	 ((rule)&15)
#define RULE_HOW(rule)	 ((rule) >> 4 & 15)
#define RULE_RA(rule)	 ((rule) >> 8 & (RULE_RA_MAX - 1))
#define RULE_FP_AT(rule) ((rule) >> 20 & (RULE_FP_MAX - 1))
#define RULE_CFA(rule)	 ((rule) >> 32)

/* RULE_SIGNAL: where the registers are that a signal has interrupted, above the stack pointer. */
#if defined(__TARGET_ARCH_arm64) || defined(__aarch64__) /* 128 bytes of siginfo, struct ucontext */
#define SIGNAL_FP (128 + 176 + 8 + 29 * 8)
#define SIGNAL_SP (128 + 176 + 8 + 31 * 8)
#define SIGNAL_IP (128 + 176 + 8 + 32 * 8)
#else /* struct ucontext */
#define SIGNAL_FP 120
#define SIGNAL_SP 160
#define SIGNAL_IP 168
#endif

#define RULE_BITS 15
#define RULE_WAYS 4

/* A rule is found by the hash of its address and address space. */
struct rule_bucket {
	struct {
		unsigned long long key, rule;
	} way[RULE_WAYS];
};

static inline __attribute__((always_inline)) unsigned long long rule_key(unsigned long long space,
									 unsigned long long pc)
{
	unsigned long long h = (space ^ pc) * 0x9E3779B97F4A7C15ULL;

	return (h ^ h >> 29) | 1;
}

static inline __attribute__((always_inline)) unsigned int rule_slot(unsigned long long key)
{
	return (unsigned int)(key >> (64 - RULE_BITS));
}

/* Of a full bucket, the one that makes room. */
static inline __attribute__((always_inline)) unsigned int rule_way(unsigned long long key)
{
	return (unsigned int)(key >> 8) % RULE_WAYS;
}

#endif
