/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the reader share.  Inside the store only. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "store/schema.h"
#include "store/store.h"
#include "store/value.h"

struct kept_text {
	struct kept_text *next;
	char text[];
};

/* Of a table from which some have been forgotten: the i-th of these is number i + 1 of the profile. */
struct numbers {
	__u32 *list, count, room;
	bool known;
};

#define STORE_REMARKS 4

struct store {
	sqlite3 *db;
	char *path;
	__u64 bytes; /* of the file */
	__u64 bad;   /* values that were not what they should be */
	__u64 steps; /* that the statement at hand may still take, in thousands */
	bool broken[STORE_TABLES];
	struct kept_text *texts; /* what models and summaries point to */
	struct summary meta;
	bool rolls;  /* periods before the first, and what they referred to, have been forgotten */
	__u32 first; /* period */
	__u32 periods;
	__u32 stacks, threads;		      /* of the profile; samples refer to no others */
	struct numbers numbers[STORE_TABLES]; /* rolls: of modules, frames, stacks and threads */
	bool counted;			      /* stacks and threads are known */
	bool cut_off;
	char remarks[STORE_REMARKS][320];
	int remark_count;
	char damage[256]; /* remark on what has been read so far */
};

/*
 * Rows of a table.  A table that cannot be read (to its end) is noted as broken, and
 * has no (more) rows.
 */
struct query {
	struct store *store;
	enum store_table table;
	sqlite3_stmt *stmt;
	struct columns columns; /* those that are asked for and in the file */
	char *texts;		/* of the row at hand */
	int error;		/* -ENOMEM */
	__u64 rows;
};

/*
 * only: names of columns, up to NULL; instead of a list NULL: all.  tail: WHERE and ORDER
 * BY, with a for its ?1.
 */
void query__begin(struct query *query, struct store *store, enum store_table table,
		  const char *const *only, const char *tail, __u64 a);
/*
 * 1: there is a row, and keys and row (the struct of the table, zeroed before) have what the
 * file has of it; 0: no more; -ENOMEM.  Texts live until the next call.
 */
int query__next(struct query *query, struct keys *keys, void *row);
void query__end(struct query *query);

/* Beyond most: bad, and 0. */
__u32 store__limit(struct store *store, __u64 value, __u32 most);

/* A copy that lives as long as the store; "" without memory. */
const char *store__keep(struct store *store, const char *text);

/* Fills in meta, and makes the remarks. */
int store__read_meta(struct store *store, struct failure *failure);

/* What belongs to a model: its creations, ends and crashes.  0 or -ENOMEM. */
int store__read_lifecycle(struct store *store, __u32 period, struct model *model);

#endif
