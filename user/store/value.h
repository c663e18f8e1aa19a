/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row's values, bound to a statement or read from one, as its columns say.  What is read
 * is not trusted: a value has the type and the range that it should have, or becomes 0 and
 * is counted.  Inside the store only.
 */
#ifndef STORE_VALUE_H
#define STORE_VALUE_H

#include <sqlite3.h>

#include "store/rows.h"
#include "store/schema.h"

/*
 * Binds keys and row to an INSERT.  Texts must live until it has run.  Numbers end at
 * 2^63 - 1; bits are any 64 of them, above that negative.
 */
void row__bind(sqlite3_stmt *stmt, const struct columns *columns, const struct keys *keys,
	       const void *row);

/* Bytes for the texts of one row that are not in the row itself. */
size_t columns__text_size(const struct columns *columns);

/*
 * Reads the row that a SELECT of the columns is at.  What a column has no value for keeps
 * what it was.  texts: of columns__text_size(); pointers of the row point into it.  Distributions
 * are allocated.  *bad counts values that are not what they should be.  Returns 0 or -ENOMEM.
 */
int row__read(sqlite3_stmt *stmt, const struct columns *columns, struct keys *keys, void *row,
	      char *texts, __u64 *bad);

#endif
