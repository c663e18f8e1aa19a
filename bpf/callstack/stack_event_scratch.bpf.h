/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in the way of a stack through the functions that look at it, and what comes of it. */
#ifndef STACK_EVENT_SCRATCH_BPF_H
#define STACK_EVENT_SCRATCH_BPF_H

#define USER_WORDS	  64
#define ADDR_NO_RANDOMIZE 0x0040000
#define IRQ_RAW		  320 /* words of an interrupt's own stack */

/* In memory and not in registers: each value of one would be verified on its own. */
struct user_unwind {
	__u64 h, ip, pc, sp, fp, lr;
	__u64 space;		/* which address space */
	__u64 from;		/* address of the first of the words that were read last */
	__u64 word;		/* that was asked for */
	__u64 begin;		/* the stack pointer at first */
	__u32 narrow;		/* a program of 32 bits */
	__u32 state;		/* enum stack_event_unwind */
	__u32 count;		/* of return addresses */
	__u32 words;		/* that were read last */
	__u64 stop_sp, stop_fp; /* where pc has no rule */
	__u64 above;		/* bytes from what is copied to the upper end; 0: not known */
	__u32 resumes;		/* there, and not at the stack pointer, it is to be gone on */
	__u64 code, code_size;	/* of the program */
	__u64 found;		/* a frame by frame pointers */
	__u32 links;		/* that begin with the frame pointer */
	__u32 moved;		/* they begin elsewhere */
	__u64 addresses[STACK_EVENT_USER];
};

/*
 * What lies on a kernel stack, from the program's context upwards.  Of an interrupt that
 * has a stack of its own: that, and above it the one that it interrupted, as if they were one.
 */
struct stack_event_scratch {
	__u64 raw[STACK_EVENT_RAW + IRQ_RAW]; /* the last of it is room for the verifier */
	__u64 user[USER_WORDS];
	__u64 kernel[STACK_EVENT_KERNEL];
	__u64 layout_ns; /* the last one was sent */
	__u64 top;	 /* of the kernel stack: where the registers of user space lie */
	struct user_unwind unwind;
	__u32 kernel_count;
	__u32 words;
	__u32 since_check;
	__u32 interrupt; /* it is an interrupt's stack */
	__u64 stepped;	 /* hash by frame sizes, to be compared with; 0: none */
	__u32 vary;	 /* an unknown step is known not to be learnable */
	__u32 once;	 /* this stack has a number of its own */
};

/* Two on each CPU: a creation can be interrupted by a wakeup. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct stack_event_scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 20);
} stack_events SEC(".maps");

struct stack_event_loss stack_event_loss;

_Static_assert(!(STACK_EVENT_HOOKS & (STACK_EVENT_HOOKS - 1)),
	       "a mask bounds what is indexed by hook");

static __always_inline __u64 mix(__u64 h, __u64 word)
{
	h = (h ^ word) * 0x9E3779B97F4A7C15ULL;
	return h ^ h >> 29;
}

static __always_inline struct stack_event_scratch *scratch__get(__u32 hook)
{
	__u32 which = hook == STACK_EVENT_CREATOR;

	return bpf_map_lookup_elem(&scratches, &which);
}

#endif
