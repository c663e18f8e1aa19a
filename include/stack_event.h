/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks and what is paid on them, as they travel from the kernel to user space.
 *
 * A stack is known by a number made of what it consists of.  The first time that
 * a number turns up, what user space needs to name the frames is sent through the
 * ring buffer `stack events`; from then on only weights are added up under the number.
 */
#ifndef TASKTOLL_STACK_EVENT_H
#define TASKTOLL_STACK_EVENT_H

#include "lifecycle.h"
#include "task.h"

#define STACK_EVENT_KERNEL 96	    /* frames */
#define STACK_EVENT_USER   127	    /* frames */
#define STACK_EVENT_RAW	   512	    /* words of a kernel stack that are looked at */
#define STACK_EVENT_SHORT  2048	    /* where no more is of use */
#define STACK_EVENT_LONG   8192	    /* bytes of a user stack that are copied, at most: */
#define STACK_EVENT_THREAD 16384    /* of another thread's whose end is known, */
#define STACK_EVENT_DEEP   32768    /* of a first thread's, */
#define STACK_EVENT_FAR	   65536    /* and of any as long as few others wait */
#define STACK_EVENT_MOST   131072   /* of a task that slept before: once, and nobody waits for it */
#define RESUME_FROM	   1024	    /* bytes below the frame whose rule is missing */
#define ASLEEP_SLOW	   8	    /* processes whose memory takes too long to read */
#define SCAN_WORDS	   64	    /* at once */
#define SCAN_NEAR	   0x100000 /* bytes around the instruction pointer that are its library */
#define USER_FRAME	   (1 << 26) /* bytes from one frame to the next, at most */
#define STACK_EVENT_CHUNK  1024	     /* bytes, aligned: it is there, or it is not */

/* Stacks whose rule is missing that may be sent in a tenth of a second, with those that wait. */
#define STACK_EVENTS_ONCE 2048
#define STACK_EVENTS_FEW  128 /* the first of them */

/* Numbers of stacks that are not stacks. */
#define STACK_NEW  0ULL /* the task has not left a CPU yet */
#define STACK_PAST 1ULL /* it left the CPU before anyone looked */
#define STACK_LOST 2ULL /* no room in the table of samples */

/* Stacks that user space has been told of, by the low bits of their numbers; 0: free. */
#define KNOWN_BUCKETS 65536
#define KNOWN_WAYS    4

struct known_bucket {
	__u64 id[KNOWN_WAYS];
};

/* Whose sample it is: a task's, on one stack, woken from another. */
struct sample_key {
	__u64 task;  /* task_rec.id */
	__u64 stack; /* where it left the CPU */
	__u64 waker; /* where it was woken from; 0: by nobody, or unseen */
};

/* Where a stack is taken. */
enum stack_event_hook {
	STACK_EVENT_SWITCH = 1,
	STACK_EVENT_WAKER,
	STACK_EVENT_CREATOR,
	STACK_EVENT_HOOKS
};

enum stack_event_type {
	STACK_EVENT_STACK = 1, /* struct stack event */
	STACK_EVENT_LAYOUT,    /* struct stack_layout */
	STACK_EVENT_FULL,      /* only the type: the samples are due to be read */
	STACK_EVENT_PYTHON,    /* struct python_chain; the stack that it belongs to follows */
};

/* How far a user stack was followed by rules (frame_rule.h). */
enum stack_event_unwind {
	STACK_EVENT_UNWIND_NONE,    /* there is none */
	STACK_EVENT_UNWIND_WHOLE,   /* as far as anybody can follow it, or there is room */
	STACK_EVENT_UNWIND_PARTIAL, /* up to a place whose rule is not known yet */
	STACK_EVENT_UNWIND_STUCK,   /* up to a place that no rule leads on from */
};

struct stack_event {
	__u32 type;
	__u32 hook;		/* enum stack_event_hook */
	__u64 id;		/* its number */
	__u64 now_ns;		/* CLOCK_MONOTONIC */
	struct task_id task_id; /* whose stack it is */
	__u32 interrupt;	/* not who's doing, but an interrupt's: kernel frames only */
	__u32 exec_id;		/* programs that the process has executed */
	__u32 kernel_count;
	__u32 unwind; /* enum stack_event_unwind */
	__u32 unwound_count;
	__u32 once;	       /* its number is of this stack alone: nothing else is paid on it */
	__u32 links;	       /* of user, from the second on, that belong to its number, too */
	__u32 resumed;	       /* regs and the bytes are of the last frame of unwound */
	__u32 narrow;	       /* a program of 32 bits: so are its registers and words */
	__u32 user_count;      /* 0, as is stack_size, if the rules have led all the way */
	__u64 space;	       /* which address space: of the keys of its rules */
	__u64 ip;	       /* of user space */
	__u64 stack_at;	       /* of the user stack: its pointer, rounded down to a chunk */
	__u64 stack_there;     /* see stack_there__has() */
	__u32 stack_all;       /* there is no memory above what was copied */
	__u32 stack_size;      /* bytes that were copied */
	__u64 code, code_size; /* of the program */
	__u64 kernel[STACK_EVENT_KERNEL]; /* return addresses, innermost first */
	__u64 unwound[STACK_EVENT_USER];  /* return addresses that belong to its number */

	/* only of one that has not been followed to its end */
	__u64 regs[STACK_REGS];	      /* of user space, by DWARF register number */
	__u64 user[STACK_EVENT_USER]; /* by frame pointers, innermost first */
	__u8 stack[];		      /* stack_size bytes */
};

/* Bit i: chunk i was there.  Where more are copied than there are bits for, it ends at the first gap. */
static inline __attribute__((always_inline)) int stack_there__has(__u64 there, __u64 chunk)
{
	return chunk >= 64 || (there >> chunk & 1);
}

#define STACK_EVENT_HEAD __builtin_offsetof(struct stack_event, regs)

/*
 * How a kernel stack was unwound: what lay on it, and the return addresses that the
 * kernel's unwinder found among that.  User space learns from it how large the frames
 * are (see trace/frame sizes.h).
 */
struct stack_layout {
	__u32 type;
	__u32 hook;
	__u32 wrong; /* what had been learned led to other frames */
	__u32 kernel_count;
	__u32 words; /* of raw, from the program's context upwards */
	__u32 pad;
	__u64 kernel[STACK_EVENT_KERNEL]; /* with those of the program itself */
	__u64 raw[STACK_EVENT_RAW];
};

/* What is known of a return address in the kernel. */
struct frame_size {
	/*
	 * address << 16 | words << 2 | enum frame_size_kind; words: to the next return address, or
	 * of the last one to the upper end of the stack.
	 */
	__u64 packed;
	__u64 tail; /* FRAME_SIZE_LAST: the one address that follows */
};

/* Where a hook's first return address lies, in words above its context; frames that are ours. */
struct hook_frame_size {
	__u32 first; /* 0: not learned */
	__u32 skip;
};

enum frame_size_kind {
	FRAME_SIZE_NONE,
	FRAME_SIZE_ON,	 /* the next return address lies so many words above */
	FRAME_SIZE_LAST, /* one more frame, always the same */
	FRAME_SIZE_VARY, /* its frame has no fixed size: leave it to the kernel's unwinder */
};

#define FRAME_SIZE_BITS 16

/* A part of the kernel's code; size 0: not known. */
struct text {
	__u64 at, size;
};

#define ENTRIES_IRQ 2

/* Where the kernel is come into: in all, and by interrupts. */
struct entries {
	struct text all;
	struct text irq[ENTRIES_IRQ];
};

/* Slot of an address in the table of frame sizes. */
static inline __attribute__((always_inline)) __u32 frame_size_slot(__u64 address)
{
	return (__u32)((address * 0x9E3779B97F4A7C15ULL) >> (64 - FRAME_SIZE_BITS));
}

/* Counted where it happens. */
struct stack_event_loss {
	__u64 stacks; /* stack events that found the ring buffer full: sent again when next seen */
	__u64 samples; /* intervals that found no room in the table: their weights are in `overflow` */
	__u64 unwound;	/* stacks that the kernel's unwinder went through */
	__u64 checked;	/* those that needed none, and were unwound all the same to compare */
	__u64 misread;	/* of those, where the two differed */
	__u64 asleep;	/* stacks of tasks that slept before the run, without room */
	__u64 inserted; /* samples put into the table that is filled */
};

#endif
