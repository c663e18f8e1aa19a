/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How processes end, and one abnormal end with all that it took with it. */
#ifndef MODEL_CRASH_H
#define MODEL_CRASH_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/utf8.h"

enum end_class { END_CLEAN, END_FAILED, END_CRASH, END_KILLED, END_OOM, END_CLASSES };

/* "clean", "failed", "crash", "killed", "oom". */
extern const char *const end_names[END_CLASSES];

/* Who sent a signal. */
struct sender {
	bool known; /* a process did, this one: */
	__u32 pid;
	char comm[UTF8_COMM];
	bool kernel; /* no process did: the kernel; neither: it is not known who */
};

/* The end of a process. */
struct end {
	enum end_class class;
	__u32 code;	      /* exit code, 0 to 255; 0 if a signal ended it */
	int signal;	      /* that ended it; 0: none */
	bool core;	      /* a core was dumped */
	__u64 life_ns;	      /* since its creation */
	__u32 threads;	      /* that were alive when it began to end */
	struct sender sender; /* of the signal */
	/* END_FAILED: after a signal that one of its handlers took */
	struct {
		int signal; /* 0: none */
		struct sender sender;
		__u64 before_ns; /* that long before its end */
	} after;
};

/* How a victim was affected: in the order of how much it says of the victim's fate. */
enum how {
	HOW_SIBLING,   /* ring 0: a thread of the process */
	HOW_ORPHAN,    /* ring 1: a child, or a descendant of one */
	HOW_PDEATHSIG, /* ring 1: by the signal that it had asked for */
	HOW_NAMESPACE, /* ring 1: by the kernel, with the init of its PID namespace */
	HOW_EXITKILL,  /* ring 1: by the kernel, with its tracer, who had asked for that */
	HOW_WOKEN,     /* ring 2 */
	HOW_SIGNAL,    /* ring 3: by one that was affected or woken before */
	HOW_SIGPIPE,   /* ring 3: it wrote to what had been closed */
	HOW_SIGHUP,    /* ring 3: its session or process group lost its leader */
	HOW_RESPAWN,   /* ring 4: created in place of one that is gone */
	HOWS
};

enum outcome { OUTCOME_DIED, OUTCOME_ORPHANED, OUTCOME_WOKEN, OUTCOME_RESPAWNED, OUTCOMES };

extern const char *const how_names[HOWS]; /* as JSON has them */
extern const char *const outcome_names[OUTCOMES];

/* One reason to say that a task was affected: who did it, when, and how we know. */
struct link {
	enum how how;
	__u32 by_pid;	   /* the process from which it came */
	__u64 delay_ns;	   /* since the culprit's signal */
	bool slight;	   /* it says something only of a victim that came to a bad end */
	char evidence[64]; /* "pipe closed", "SIGQUIT", "child of 123" */
};

#define VICTIM_LINKS 4

struct victim {
	int ring;
	__u32 pid, tid; /* tid is pid, but for threads of ring 0 */
	__u32 own_pid;	/* in its own PID namespace if that is another one; else 0 */
	__u64 start_ns; /* boottime of the process (of the thread in ring 0) */
	char comm[UTF8_COMM];
	enum outcome outcome;
	/* links[0] says how it was affected in the end: the one that ended it, else the first. */
	struct link links[VICTIM_LINKS];
	int link_count;
	__u64 end_delay_ns; /* OUTCOME_DIED: since the culprit's signal */
	struct end end;	    /* OUTCOME_DIED and ring > 0: how */
};

/* A function on the stack of a culprit. */
struct crash_frame {
	char *name;   /* "function", or "[module+0xoffset]" */
	char *module; /* file name of the program or library that holds it; NULL: not known */
	/*
	 * A signal's handler ran on top of it: the frame lies directly below the
	 * signal's trampoline, and its address is no return address.
	 */
	bool interrupted;
	bool mark;    /* no function: the name says why the stack does not go on */
	__u32 number; /* of the frame in the profile of a recording; 0: it is in none */
};

#define CODE_SECCOMP 1 /* si_code of SIGSYS; older C libraries do not have SYS_SECCOMP */

/* What is known of a signal beyond its code. */
enum crash_reason {
	REASON_NONE,
	REASON_NO_ROOM,	   /* the kernel could not build the frame of a signal's handler */
	REASON_PROTECTION, /* x86: a general protection fault */
	REASON_BREAKPOINT, /* x86: the instruction int3 */
	REASONS
};

extern const char *const reason_names[REASONS];

struct crash {
	__u64 at_ns;	      /* CLOCK_MONOTONIC of the culprit's signal */
	__u64 at_realtime_ns; /* the same as time of day */
	__u64 window_ns;      /* how long it was followed */
	bool cut_short;	      /* the run ended before the window did */
	bool ended;	      /* false: still on its way out (writing its core, perhaps) */
	bool traced;	      /* it, or a victim of it, is in the target */

	__u32 pid, ppid;
	__u32 own_pid; /* in its own PID namespace if that is another one; else 0 */
	__u64 start_ns;
	char comm[UTF8_COMM], parent_comm[UTF8_COMM];
	struct end end; /* class, signal, core, life, threads, sender; `ended` or as far as known */
	__u64 end_delay_ns; /* its last thread was gone, since the signal */

	int code; /* si_code */
	bool has_address;
	__u64 address;
	enum crash_reason reason;
	bool thread_only; /* the kernel ended the culprit alone: its process went on */
	/* The system call that a SIGSYS of the kernel is for. */
	struct {
		__u32 arch; /* AUDIT_ARCH_* that the number is of; 0: there is none */
		int nr;
	} syscall;
	/* Signal of a crash that a handler of the culprit took, and in which it then ended. */
	struct {
		int signal; /* 0: none */
		int code;
		bool has_address;
		__u64 address;
		__u64 before_ns; /* that long before the fatal signal */
	} handled;
	struct {
		__u32 tid; /* 0: unknown */
		char comm[UTF8_COMM];
		struct crash_frame *frames; /* innermost first */
		size_t frame_count;
		const char *no_frames; /* why there are none; NULL */
	} culprit;

	struct victim *victims; /* by ring, then by delay */
	size_t victim_count;
	__u64 victims_left_out; /* beyond CRASH_VICTIMS_MAX */
	__u64 fan_out;		/* victims that died or were orphaned, threads included */
};

#define CRASH_VICTIMS_MAX 20000

struct crash *crash__copy(const struct crash *crash); /* NULL without memory */
void crash__free(struct crash *crash);
void crash_frames__free(struct crash_frame *frames, size_t count);

/* How many victims of a ring (-1: any) have an outcome. */
size_t crash__count(const struct crash *crash, int ring, enum outcome outcome);

/*
 * The function to name first: the innermost one that is not the way in which the
 * libraries and the runtime of the program give up; NULL without a stack.
 */
const char *crash__function(const struct crash *crash);

/* The innermost function, if that one is another and was called by it in a fault; NULL. */
const char *crash__fault_in(const struct crash *crash);

/* Did seccomp forbid the system call? */
bool crash__is_forbidden(const struct crash *crash);

/* What si_code says of the signal, in words ("address not mapped"); NULL. */
const char *crash__code_text(int signal, int code);

/* What is known of the fatal signal, in words; NULL. */
const char *crash__reason(const struct crash *crash);

#endif
