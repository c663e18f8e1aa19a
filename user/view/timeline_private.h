/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a timeline consists of.  Inside view/timeline*.c only. */
#ifndef VIEW_TIMELINE_PRIVATE_H
#define VIEW_TIMELINE_PRIVATE_H

#include "core/hash.h"
#include "core/utf8.h"
#include "view/perfetto.h"
#include "view/timeline.h"
#include "wake.h"
#include "view/timeline_names.h"

/* A thread, whatever it calls itself. */
struct timeline_thread_id {
	__u64 start_ns; /* boottime */
	__u32 tid, pad;
};

/*
 * Events of the scheduler know a thread by the number of its record, others by its id; it is here
 * twice, with two tracks that Perfetto takes for one, if each has come before both were known.
 */
struct timeline_thread {
	__u64 track;
	__u32 task; /* number of its record; 0: not known */
	__u32 tgid;
	struct timeline_thread_id id;
	bool named;    /* its track has been told of */
	bool replaced; /* another one has its track and its id by now */
	char comm[UTF8_COMM];
	struct timeline_process *process;
	/* off CPU at the end: since when, for what, and since when it waits for a CPU; 0 */
	__u64 off_ns, wait_since;
	__u8 off;
	bool passes; /* it has ended, or has no record: it goes when enough others have come after it */
	struct timeline_thread *prev, *next; /* of those */
	UT_hash_handle hh_task, hh_id;
};

/* So many of them are kept: what is told of one comes within a moment. */
#define TIMELINE_PASSING 4096

/* A process by its leader. */
struct timeline_process_key {
	__u64 leader_ns;
	__u32 tgid, pad;
};

struct timeline_process {
	struct timeline_process_key key;
	char comm[UTF8_COMM];
	__u32 threads; /* that are known */
	UT_hash_handle hh;
};

#define SCHED_BATCH 1024
#define SCHED_ROOM  65536 /* bytes: more than the largest bundle has */
#define SCHED_NAMES 128

struct sched_waking {
	__u64 ns;
	__s32 pid, target_cpu, prio;
	__u32 comm, flags;
};

/* Switches and wakeups of a CPU, until they are a packet. */
struct timeline_sched {
	bool used;
	__u64 out_ns; /* when the last interval ended; 0: there was none */
	__s64 state;  /* in which its task left */
	size_t switches, wakings, names;
	uint64_t timestamp[SCHED_BATCH];
	int64_t prev_state[SCHED_BATCH];
	__s32 next_pid[SCHED_BATCH], next_prio[SCHED_BATCH];
	__u32 next_comm[SCHED_BATCH];
	struct sched_waking waking[SCHED_BATCH];
	char name[SCHED_NAMES][UTF8_COMM];
};

#define TIMELINE_CPUS 8192

struct timeline {
	struct perfetto out;
	__u64 start_ns;				 /* CLOCK_MONOTONIC of the trace's begin */
	__s64 boot_ahead;			 /* CLOCK_BOOTTIME is by so much ahead of that */
	struct timeline_thread *by_task, *by_id; /* the same threads */
	struct timeline_thread *passing;	 /* those that pass, the oldest first */
	__u32 passing_count;
	__u64 threads; /* so many tracks of theirs there are */
	struct timeline_process *processes;
	struct timeline_sched *cpus[TIMELINE_CPUS];
	bool idle_told[TIMELINE_CPUS];
	__u64 flows;
	struct timeline_sums sums;
};

/* ---- tracks: numbers of a few bytes, those of threads odd ---- */

#define TRACK_IDLE  2ULL /* the group of the CPUs' idle tracks */
#define TRACK_NOTES 4ULL /* losses, and whatever belongs to no thread */

static inline __u64 track__of_thread(__u64 number)
{
	return 2 * number + 1;
}

static inline __u64 track__of_idle(__u32 cpu)
{
	return 2ULL * (cpu + 8);
}

/* ---- what lies on them ---- */

#define MARK_ARGS  8
#define MARK_FLOWS 4096

struct mark {
	__u64 ns; /* CLOCK_MONOTONIC */
	__u64 track;
	enum perfetto_type type;
	enum timeline_name name;
	const char *text; /* in place of a name that is interned; NULL */
	enum timeline_category category;
	__u64 flow, end_flow; /* arrows that begin and end there; 0: none */
	size_t flows; /* that begin there if it is more than one, with numbers one after the other */
	size_t args;
	struct {
		enum timeline_arg name;
		enum { ARG_NUMBER, ARG_INTERNED, ARG_TEXT } type;
		__u64 number;
		const char *text;
	} arg[MARK_ARGS];
};

void mark__number(struct mark *mark, enum timeline_arg name, __u64 number);
void mark__interned(struct mark *mark, enum timeline_arg name, enum timeline_string string);
void mark__text(struct mark *mark, enum timeline_arg name, const char *text);

/* false: there was no room. */
bool timeline__put(struct timeline *timeline, const struct mark *mark);
bool timeline__put_end(struct timeline *timeline, __u64 track, __u64 ns);

/* The first packets: clocks, interned texts, tracks that are always there. */
void timeline__put_head(struct timeline *timeline);
void timeline__put_thread(struct timeline *timeline, const struct timeline_thread *thread,
			  __u64 ns);
void timeline__put_process(struct timeline *timeline, __u32 tgid, const char *comm, __u64 ns);
void timeline__put_track(struct timeline *timeline, __u64 track, __u64 parent, const char *name);

void timeline__free_threads(struct timeline *timeline);

/* Found or made; NULL without memory.  id: by which it is looked for, too, if no event has named its number; NULL. */
struct timeline_thread *timeline__thread_of_task(struct timeline *timeline, __u32 task,
						 const struct task_id *id);
struct timeline_thread *timeline__thread_of_id(struct timeline *timeline, const struct task_id *id);

/* Nothing more will be told of it but what is on its way. */
void timeline__end_thread(struct timeline *timeline, struct timeline_thread *thread);

/*
 * What it is called from then on, and its process.  With the number of its record, but another id, it
 * has taken the place of its process's leader by exec.  Returns 0 or -ENOMEM.
 */
int timeline__name_thread(struct timeline *timeline, struct timeline_thread *thread,
			  const struct task_id *id, __u64 now_ns);

/* An id as Perfetto takes it. */
__s32 timeline__pid(__u32 id);

__u64 timeline__boot(const struct timeline *timeline, __u64 ns);

/* thread NULL: idle */
int timeline_sched__switch(struct timeline *timeline, const struct timeline_oncpu *event,
			   const struct timeline_thread *thread);
int timeline_sched__waking(struct timeline *timeline, const struct timeline_oncpu *event,
			   const struct timeline_thread *thread);
void timeline_sched__flush(struct timeline *timeline, int cpu);

#endif
