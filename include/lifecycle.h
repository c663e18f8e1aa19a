/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Births and deaths as they travel from the kernel to user space: one event
 * each, in the order in which they happened on a CPU, through the ring buffer
 * `lifecycle`; and what a crash leaves for its stack, through the ring buffer
 * `stacks`, which may lose one without an event being lost.
 */
#ifndef TASKTOLL_LIFECYCLE_H
#define TASKTOLL_LIFECYCLE_H

#ifndef __bpf__ /* there, vmlinux.h has them */
#include <linux/types.h>
#endif

#define LIFECYCLE_COMM	 16
#define LIFECYCLE_FRAMES 32

/* What is created: measures of creation are kept apart by it. */
enum spawn_kind {
	SPAWN_THREAD,  /* CLONE_THREAD */
	SPAWN_PROCESS, /* no CLONE_VM: fork */
	SPAWN_VFORK,   /* CLONE_VM and CLONE_VFORK: vfork, posix_spawn */
	SPAWN_SHARED,  /* CLONE_VM otherwise */
	SPAWN_KERNEL,  /* PF_KTHREAD */
	SPAWN_KINDS
};

/*
 * A task and its process: thread id alone is reused, with the start it is unique.  Ids are
 * as include/ids.h has them.
 */
struct task_id {
	__u64 start_ns;	 /* boottime at which the task was created */
	__u64 leader_ns; /* the same of its thread group leader */
	__u32 tid;
	__u32 tgid;
	__u32 ppid;	/* tgid of the real parent */
	__u32 flags;	/* WHO_* */
	__u32 own_tgid; /* in its own PID namespace if that is another one than ours; else 0 */
	__u32 pad;
	char comm[LIFECYCLE_COMM];
	char leader_comm[LIFECYCLE_COMM];
};

#define TASK_ID_TRACED	  1 /* it is in the target */
#define TASK_ID_KTHREAD	  2
#define TASK_ID_EXITING	  4 /* on its way out (PF_EXITING) */
#define TASK_ID_SUBREAPER 8 /* orphans below it become its children */

enum lifecycle_type {
	LIFECYCLE_CENSUS = 1, /* who: a process that lives; from the iterator */
	LIFECYCLE_SPAWN,      /* who created `other` */
	LIFECYCLE_RETURN,     /* who is back from creating */
	LIFECYCLE_FAILED,     /* who could not create */
	LIFECYCLE_EXEC,	      /* who runs another program now */
	LIFECYCLE_END,	      /* the process of who, its last thread, ends */
	LIFECYCLE_DOWN,	      /* who, a thread but the last, goes down with its process */
	LIFECYCLE_SIGNAL,     /* who sent a signal to `other` */
	LIFECYCLE_FATAL,      /* who takes delivery of a signal that dumps core */
	LIFECYCLE_WAKE,	      /* who, exiting, woke `other`; or a connection that it closed did */
	LIFECYCLE_LOST,	 /* a connection between two processes is gone, and one of them is who */
	LIFECYCLE_NAME,	 /* who, the leader of its process, has another name from now on */
	LIFECYCLE_ALONE, /* the kernel ends who, a thread, by a signal; its process goes on */
};

/* The last signal of a crash that a handler of a process took. */
struct lifecycle_handled {
	__u64 now_ns;  /* 0: none did */
	__u64 address; /* of a fault */
	__s32 signal;
	__s32 code;  /* si_code */
	__u32 tid;   /* of the thread that it came to */
	__u32 flags; /* HANDLED_* */
};

#define HANDLED_RUNS	1 /* its handler still runs */
#define HANDLED_AT_ONCE 2 /* no instruction of the program has run since */

struct lifecycle_event {
	__u32 type;   /* enum lifecycle_type */
	__u32 size;   /* bytes of this event that are filled in */
	__u64 now_ns; /* CLOCK_MONOTONIC */
	struct task_id task_id;
	union {
		struct {
			struct task_id other;
			__u64 copy_ns; /* system call entry to task_newtask; LIFECYCLE_NO_TIME: unknown */
			__u64 rss;	  /* bytes resident in the creator's address space */
			__u32 kind;	  /* enum spawn_kind */
			__u32 namespaces; /* it got one of its own */
			__u64 stack;	  /* of the creator: its number (include/stack event.h) */
			__u64 task;	  /* the creator's record; 0: it has none */
		} spawn;
		struct {
			__u64 return_ns; /* task_newtask to system call exit */
			__u32 kind;
			__u32 error; /* LIFECYCLE_FAILED: errno */
		} back;
		struct {
			__u64 exec_ns;	/* system call entry to sched_process_exec */
			__u32 vanishes; /* when it has ended, no name may lead to its program */
			__u32 pad;
		} exec;
		struct {	       /* LIFECYCLE_END, LIFECYCLE_DOWN */
			__u64 life_ns; /* of the process, so far */
			__u32 code; /* as wait() has it: status << 8, or signal, 128 more with a core */
			__u32 oom; /* the OOM killer chose it */
			struct lifecycle_handled handled;
		} end;
		struct {
			struct task_id other;
			__s32 signal;
			__s32 code;  /* si_code */
			__u32 flags; /* SIGNAL_* */
			__u32 via;   /* enum closed_kind, SIGPIPE: what it wrote to */
			__u64 closer_ns; /* and the process that had closed that: its leader's start, 0: unknown */
			__u32 closer; /* its tgid */
			__u32 pad;
		} signal;
		struct {
			__u64 id;      /* of the stack that belongs to it */
			__u64 address; /* of the fault */
			__u64 ip;
			__s32 signal;
			__s32 code;
			__u32 sender; /* si_pid of a signal that was sent, as the receiver sees it */
			__u32 threads; /* of the process, alive */
			__u32 trap; /* number of the exception that this thread had last; 0: unknown */
			__s32 syscall_nr;   /* SIGSYS of the kernel: the system call */
			__u32 syscall_arch; /* AUDIT_ARCH_* that the number is of; 0: none */
			__u32 pad;
			struct lifecycle_handled handled;
		} fatal;
		struct {		  /* LIFECYCLE_ALONE */
			__u64 id;	  /* of the stack that belongs to it; 0: none was taken */
			__s32 signal;	  /* as wait() would have it of a process */
			__u32 threads;	  /* of the process, this one and those alive */
			__s32 syscall_nr; /* that seccomp forbids */
			__u32 syscall_arch; /* AUDIT_ARCH_* that the number is of; 0: it was not that */
		} alone;
		struct {
			struct task_id other;
			__u32 via;    /* CLOSED_TCP: on this CPU, a connection was just told that */
			__u32 closer; /* this process, by its tgid */
			__u64 closer_ns; /* and its leader's start, has closed it */
			__u32 count;	 /* of frames */
			__u32 pad;
			__u64 frames[LIFECYCLE_FRAMES]; /* kernel addresses, innermost first */
		} wake;
		struct {
			__u64 closer_ns; /* the process that had closed it, dying: its leader's start */
			__u32 closer; /* and its tgid */
			__u32 peer;   /* tgid of the other one */
			__u32 via;    /* enum closed_kind */
			__u32 pad;
		} lost;
	};
};

#define LIFECYCLE_NO_TIME (~0ULL)
#define LIFECYCLE_BARE                                                                             \
	__builtin_offsetof(struct lifecycle_event, spawn) /* bytes of an event without more */

#define SIGNAL_FROM_KERNEL 1  /* no process sent it: SEND_SIG_PRIV, or a fault */
#define SIGNAL_PDEATH	   2  /* parent-death signal of the dying sender */
#define SIGNAL_IGNORED	   4  /* not queued: the target ignores it */
#define SIGNAL_PENDING	   8  /* one was pending already */
#define SIGNAL_DEFAULT	   16 /* the target has no handler */
#define SIGNAL_GROUP	   32 /* to the process, not to one thread */
#define SIGNAL_NAMESPACE                                                                           \
	64 /* by the kernel, as the sender, init of the target's PID namespace, dies */
#define SIGNAL_EXITKILL 128 /* by the kernel, as the sender, who traces the target, dies */

/* What a dying process had closed when somebody felt it. */
enum closed_kind { CLOSED_NOTHING, CLOSED_PIPE, CLOSED_UNIX, CLOSED_TCP };

/* ---- the stack of a culprit ---- */

#define STACK_BYTES  32768
#define STACK_MAPS   256 /* mappings that one stack refers to */
#define STACK_PATH   512
#define STACK_FRAMES 128
#define STACK_REGS   33

/* Of the ring buffer `stacks`: a stack, and after it each mapping that it refers to. */
enum stack_part { STACK_PART_STACK = 1, STACK_PART_MAP };

/* One executable mapping. */
struct culprit_map {
	__u32 part;  /* STACK_PART_MAP */
	__u32 flags; /* MAP_* */
	__u64 id;    /* of the stack that refers to it */
	__u64 start, end;
	__u64 offset; /* in the file, bytes */
	__u64 inode;  /* 0: no file */
	__u64 size;   /* of the file, bytes */
	__u32 device; /* as the kernel encodes it: major << 20 | minor */
	__u32 length; /* of path */
	__u32 inside; /* of that, what lies below the root directory of its process; 0: nothing */
	__u32 pad;
	/*
	 * Names from the file up to the root of its mount namespace, each ended by
	 * a NUL: "libc.so.6", "lib", "usr".
	 */
	char path[STACK_PATH];
};

#define MAP_VDSO    1
#define MAP_DELETED 2 /* the file has no name any more, or never had one */

struct culprit_range {
	__u64 start, end;
};

struct culprit_stack {
	__u32 part;  /* STACK_PART_STACK */
	__u32 flags; /* STACK_* */
	__u64 id;    /* of the LIFECYCLE_FATAL or LIFECYCLE_ALONE event */
	struct task_id task_id;
	__u64 regs
		[STACK_REGS]; /* by DWARF register number: x86-64 0..16 (16: ip), arm64 0..31, 32: pc */
	__u32 reg_count;
	__u32 map_count; /* that follow */
	__u32 frame_count;
	__u32 stack_size; /* bytes copied, upwards from: */
	__u64 stack_at;	  /* the stack pointer, or the first page above it that is there */
	__u64 frames[STACK_FRAMES]; /* by frame pointers, innermost first: a second opinion */
	struct culprit_range ranges[STACK_MAPS]; /* of the mappings that follow */
	__u8 stack[STACK_BYTES];
};

#define STACK_32BIT	1  /* its program is one of 32 bits; so are regs */
#define STACK_NO_MAPS	2  /* they could not be looked at there */
#define STACK_MAPS_MANY 4  /* there are more than were looked for */
#define STACK_MAPS_LOST 8  /* some found no room on their way, or were being changed */
#define STACK_ALL	16 /* the bytes reach up to where the memory ends that they lie in */

/* Losses of both ring buffers and of what crashes are followed with. */
struct lifecycle_loss {
	__u64 events; /* births, deaths, signals, wakes that found the buffer full */
	__u64 stacks; /* of culprits in the target */
	__u64 edges;  /* closed pipes and sockets that could not be kept */
};

_Static_assert(sizeof(struct task_id) == 72, "no padding inside");

#endif
