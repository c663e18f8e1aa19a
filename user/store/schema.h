/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema of a recording: statements made of store/tables.def.  Inside the store only. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

enum store_table {
#define TABLE(id, name, key, columns) TABLE_##id,
#include "store/tables.def"
	STORE_TABLES
};

extern const char *const table_names[STORE_TABLES];

/* Each returns a text to free(), or NULL without memory. */

/* All of CREATE TABLE, INDEX and VIEW. */
char *schema__create(void);

/* INSERT OR REPLACE of a whole row, its values in the order of the columns. */
char *schema__insert(enum store_table table);

/* INSERT of a sample that adds its weights to those that are there. */
char *schema__add_sample(enum store_table table);

/* Which columns a file has, of those that came later. */
struct schema_columns {
	bool (*has)(void *context, const char *table, const char *column);
	void *context;
};

/* SELECT of all columns, with what follows the name of the table; NULL for those it has not. */
char *schema__select(enum store_table table, const char *tail, const struct schema_columns *has);

#endif
