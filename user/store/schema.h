/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The columns of a recording's tables, and the statements that are made of them
 * (store/tables.def has them all).  Inside the store only.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

enum store_table {
#define TABLE(id, name, type, help) TABLE_##id,
#include "store/tables.def"
	STORE_TABLES
};

/* Rows of `recording`: it has rolled on, and why it was kept. */
#define ROLLS_KEY  "rolls"
#define REASON_KEY "kept_because"

extern const char *const table_names[STORE_TABLES];

enum column_type {
	COLUMN_UINT,
	COLUMN_BITS,
	COLUMN_INT,
	COLUMN_REAL,
	COLUMN_TEXT,
	COLUMN_POINTER,
	COLUMN_NAME,
	COLUMN_DIST, /* four columns of the table */
	/* several, as other tables have them */
	COLUMN_FIGURES,
	COLUMN_WEIGHTS,
};

struct column {
	char name[48];
	enum column_type type;
	bool key;
	bool added;	 /* not in the first recordings of version 1 */
	bool lacking;	 /* a file may lack it: an added one, or a figure or weight */
	bool owner;	 /* it alone says whether `has` is set; the others that name it follow */
	size_t at, size; /* place in struct keys or the table's */
	size_t has_at, has_size; /* NULL where this place is 0; size 0: never NULL */
	__u64 most;		 /* value; size of a POINTER; which DIST */
	const char *const *names;
};

struct columns {
	struct column *at;
	size_t count;
};

/* All columns of a table, in order; free() what is at `at`.  Returns 0 or -ENOMEM. */
int columns__of(struct columns *ret_columns, enum store_table table);

/* Each returns a text to free(), or NULL without memory. */

/* All of CREATE TABLE, INDEX and VIEW. */
char *schema__create(void);

/* INSERT OR REPLACE of a whole row, its values in the order of the columns. */
char *schema__insert(enum store_table table);

/* INSERT of a sample that adds its weights to those that are there. */
char *schema__add_sample(enum store_table table);

/* SELECT of these columns, with what follows the name of the table. */
char *schema__select(enum store_table table, const struct columns *columns, const char *tail);

#endif
