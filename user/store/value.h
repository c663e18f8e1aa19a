/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of a row, one after the other: put into a statement, or got from one.
 * What is got is not trusted: it has the type and the range that it should have, or
 * becomes 0 and is counted.  Inside the store only.
 */
#ifndef STORE_VALUE_H
#define STORE_VALUE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "model/crash.h"
#include "model/row.h"

/* States off CPU. */
extern const char *const off_names[OFF_COUNT];

/* ---- putting ---- */

struct put {
	sqlite3_stmt *stmt;
	int at;
};

/* Numbers end at 2^63 - 1; bits are any 64 of them, above that negative. */
void put__u64(struct put *put, __u64 value);
void put__bits(struct put *put, __u64 value);
void put__signed(struct put *put, __s64 value);
void put__real(struct put *put, double value);
void put__text(struct put *put, const char *text); /* NULL: NULL; must live until the step */
void put__null(struct put *put);
void put__id(struct put *put, __u32 id);			     /* 0: NULL */
void put__dist(struct put *put, const struct dist *dist, int which); /* NULL: without samples */
void put__row(struct put *put, const struct row *row);
void put__end(struct put *put, const struct end *end);

/* ---- getting ---- */

struct get {
	sqlite3_stmt *stmt;
	int at;
	__u64 *bad; /* counts values that were not what they should be */
};

__u64 get__u64(struct get *get);
__u64 get__up_to(struct get *get, __u64 most); /* beyond: bad, and 0 */
__u64 get__bits(struct get *get);
__u32 get__id(struct get *get); /* NULL: 0 */
__s64 get__signed(struct get *get, __s64 least, __s64 most);
bool get__bool(struct get *get);
__u64 get__later(struct get *get, __u64 most); /* 0 where it is NULL */
double get__real(struct get *get);
bool get__is_null(const struct get *get); /* of the next value */
void get__skip(struct get *get);

/* As valid UTF-8, cut to what there is room for; "" for what is no text. */
void get__text(struct get *get, char *text, size_t capacity);

/* The place of the text in names; bad, and 0, if it is not there. */
int get__name(struct get *get, const char *const names[], int count);

/* 0 or -ENOMEM.  *dist stays NULL without samples. */
int get__dist(struct get *get, struct dist **dist, int which);
int get__row(struct get *get, struct row *row);
void get__end(struct get *get, struct end *end);

/* Encoding of a histogram: for each bucket that is not empty, how many are skipped, and its count. */
#define BUCKETS_BYTES (HIST_MAX_BUCKETS * 11)
size_t buckets__encode(const struct dist *dist, int which, unsigned char bytes[BUCKETS_BYTES]);
/* Returns their sum in *ret_count; false if they are not what the above writes. */
bool buckets__decode(struct dist *dist, int which, const unsigned char *bytes, size_t size,
		     __u64 *ret_count);

#endif
