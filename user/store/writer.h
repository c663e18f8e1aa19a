/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the writer share.  Inside the store only. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <uthash.h>

#include "core/invoker.h"
#include "store/schema.h"
#include "store/store.h"
#include "store/usage.h"
#include "store/value.h"
#include "store/witness.h"

/* A row of a process or a thread as it was last written: it is written again if it differs. */
struct kept_key {
	__u64 id; /* of a thread's record; a process's start */
	__u64 pid;
};

struct kept {
	struct kept_key key;
	__u64 row, spawns, self; /* fingerprints: figures, creations, names */
	__u32 period;		 /* in which they were written */
	__u64 flush;		 /* in which it was last there */
	bool final;		 /* a thread has ended: its row stays, though it is forgotten */
	bool forgot;		 /* a process has such threads */
	UT_hash_handle hh;
};

/* What is in no later period than this: a process, or a thread of the profile. */
struct retired {
	__u32 period;
	__u32 thread; /* 0: the process */
	struct kept_key process;
};

struct kept_crash {
	__u64 at_ns, start_ns;
	__u32 pid;
	__u64 number; /* in the recording */
	__u64 flush;
};

/* What a transaction began with, as far as it is needed to know what it has put. */
struct spill_begin {
	__u32 modules, frames, stacks, threads;
	__u32 period;	  /* the earliest that something was put to; ~0: none */
	__u32 named;	  /* the first frame that got its name late; ~0: none */
	__u32 identified; /* the same of modules and their build IDs */
};

/* A table as the last sweep has left it. */
struct swept {
	__u32 count, left; /* numbers up to then; rows */
};

struct store_writer {
	sqlite3 *db;
	char *path; /* absolute */
	struct invoker invoker;
	int lock;      /* descriptor of the file, by which no other recorder replaces it; -1 */
	char mark[64]; /* of this recorder: no other has it */
	pid_t witness; /* who notes when we ended; <= 0: nobody */
	sqlite3_stmt *insert[STORE_TABLES];
	struct columns columns[STORE_TABLES];
	sqlite3_stmt *name_frame, *identify_module;
	int error; /* the first one: after it nothing more is written */

	__u32 period;
	__u64 flush; /* counts the calls of store__put_period() */
	struct kept *processes, *threads;
	struct kept_crash *crashes; /* of the period */
	size_t crash_count;
	__u64 last_crash; /* number */

	/* how far the tables of the profile are written */
	__u32 modules, frames, stacks, profile_threads;

	__u64 committed_ns; /* CLOCK_MONOTONIC */
	__u64 longest_ns;   /* between two commits */

	const struct halt *halt; /* so long after its signal puts are cut short */
	__u64 halt_ns;
	__u64 rows; /* put since, about */
	bool is_cut;
	__u64 end_ns; /* of the run, CLOCK_MONOTONIC; 0: not known */

	__u64 most_bytes;	  /* of the file and its journal, which rolls on; 0: it does not */
	__u64 used_before;	  /* the transaction began */
	__u64 most_taken;	  /* that one took lately, with its journal */
	bool forgets;		  /* it forgets, and puts nothing */
	struct spill_begin begin; /* of the transaction */
	bool has_rolled;	  /* periods have been forgotten */
	/* Up to which period stacks are needed, and frames since the last sweep. */
	struct usage stack_usage, frame_usage;
	struct swept swept_stacks, swept_frames;
	bool no_memory; /* for these: nothing is swept any more */
	struct retired *retired;
	size_t retired_first, retired_count, retired_room;
};

/* Says why the database did not do it; nothing more is written. */
int writer__fail(struct store_writer *writer, struct failure *failure);

/* The whole schema and what is known at the beginning, committed. */
int writer__fill(struct store_writer *writer, const struct summary *meta, struct failure *failure);

/* Prepares the statements for rows; and gives them up. */
int writer__prepare(struct store_writer *writer, struct failure *failure);
void writer__finalize(struct store_writer *writer);

/* ---- the file (store/file.c) ---- */

/*
 * Makes it, with its schema, and opens the database.  In the privileges of who asked; whatever
 * comes of it, file__close() is due.
 */
int file__make(struct store_writer *writer, const char *path, bool force,
	       const struct summary *meta, struct failure *failure);

/* Is it still there, under its name?  Otherwise nothing more is written. */
int file__check(struct store_writer *writer, struct failure *failure);

__u64 file__bytes(const struct store_writer *writer); /* with its journal */
__u64 file__journal_bytes(const struct store_writer *writer);

/* Nothing is left beside it that it does not need. */
void file__close(struct store_writer *writer);

/* ---- a recording that rolls on (store/roll.c) ---- */

#define STORE_PAGE 4096

/* At the begin of a transaction; and before its commit: is there room for it? */
void writer__note_begin(struct store_writer *writer);
int writer__fit(struct store_writer *writer, struct failure *failure);
__u64 database__bytes(sqlite3 *db); /* all of its pages */
bool writer__has_room(struct store_writer *writer);
int writer__fail_large(struct store_writer *writer, struct failure *failure);

/*
 * Runs a statement that forgets some rows of periods before ?1, again and again until there are
 * none, in transactions with small journals.
 */
int writer__forget_rows(struct store_writer *writer, const char *sql, __u32 first,
			struct failure *failure);
int writer__go_on(struct store_writer *writer,
		  struct failure *failure); /* if the journal is large */

/* Forgets in transactions of their own, and makes the file smaller. */
typedef int (*forget_fn)(struct store_writer *writer, const void *what, struct failure *failure);
int writer__forget(struct store_writer *writer, const void *what, forget_fn forget,
		   struct failure *failure);

bool columns__are_by_period(const struct columns *columns); /* is it part of their key? */

/* To be forgotten with its period.  0 or -ENOMEM. */
int writer__retire(struct store_writer *writer, const struct retired *one);

/* ---- rows ---- */

/* Runs statements without results. */
int writer__run(struct store_writer *writer, const char *sql, struct failure *failure);

/* Writes a row, in place of one with the same keys; row: the struct of the table. */
int writer__put(struct store_writer *writer, enum store_table table, const struct keys *keys,
		const void *row, struct failure *failure);

/* Runs a statement whose values are bound, and resets it. */
int writer__step(struct store_writer *writer, sqlite3_stmt *stmt, struct failure *failure);

/* DELETE ... WHERE the columns are these numbers. */
int writer__delete(struct store_writer *writer, const char *sql, __u64 a, __u64 b, __u64 c,
		   struct failure *failure);

/* To be asked before each row of a long list: true: the others are put by the next call, if any. */
bool writer__is_cut(struct store_writer *writer);

int writer__put_spawns(struct store_writer *writer, __u32 period, const struct process_key *creator,
		       const struct spawns *spawns, struct failure *failure);
int writer__put_crashes(struct store_writer *writer, __u32 period, const struct model *model,
			struct failure *failure);

#endif
