/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/value.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_BYTES (10 + HIST_MAX_FINE_BUCKETS * 12)

/*
 * ---- buckets: a mark, the minimum, and for each bucket that is not empty how many are
 * skipped, and its count.  In the first recordings: neither mark nor minimum, and other
 * buckets, fewer than any mark ----
 */

#define MARK_COARSE 0x7f
#define MARK_FINE   0x7e

/* Seven bits in each byte, the lowest first; the last byte has bit 7 clear. */
static size_t number__encode(unsigned char *bytes, __u64 number)
{
	size_t size = 0;

	while (number >> 7) {
		bytes[size++] = (unsigned char)(number | 0x80);
		number >>= 7;
	}
	bytes[size++] = (unsigned char)number;
	return size;
}

static bool number__decode(const unsigned char **bytes, size_t *size, __u64 *ret_number)
{
	unsigned int shift = 0;
	__u64 number = 0;

	for (; *size && shift < 64; shift += 7) {
		unsigned char byte = *(*bytes)++;

		--*size;
		number |= (__u64)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret_number = number;
			return true;
		}
	}
	return false;
}

static size_t buckets__encode(const struct dist *dist, int which,
			      unsigned char bytes[BUCKETS_BYTES])
{
	__u32 i, skipped = 0,
		 buckets = dist->fine ? dist_infos[which].fine : dist_infos[which].buckets;
	size_t size = 0;

	if (!dist->count)
		return 0;
	bytes[size++] = dist->fine ? MARK_FINE : MARK_COARSE;
	size += number__encode(bytes + size, dist->min);
	for (i = 0; i < buckets; i++) {
		__u64 count = dist->fine ? dist->fine[i] : dist__bucket(dist, i);

		if (!count) {
			skipped++;
			continue;
		}
		size += number__encode(bytes + size, skipped);
		size += number__encode(bytes + size, count);
		skipped = 0;
	}
	return size;
}

/* Calls put for each bucket that is not empty; false: that is no list of buckets. */
static bool buckets__each(const unsigned char *bytes, size_t size, __u32 buckets,
			  void (*put)(void *context, __u32 i, __u64 count), void *context)
{
	__u64 skipped, count, at = 0;

	while (size) {
		if (!number__decode(&bytes, &size, &skipped) ||
		    !number__decode(&bytes, &size, &count))
			return false;
		if (skipped >= buckets || at + skipped >= buckets || count > INT64_MAX)
			return false;
		at += skipped;
		put(context, (__u32)at++, count);
	}
	return true;
}

struct decoded {
	struct dist *dist;
	const struct dist_info *info;
	__u64 *bucket; /* that the counts go to */
	__u64 count;
};

static void put_same(void *context, __u32 i, __u64 count)
{
	struct decoded *to = context;

	to->bucket[i] = count;
	to->count += count;
}

/* Of the first recordings: equal parts of an octave up to 2^coarse, and whole ones above. */
static const struct old_layout {
	__u32 first, sub, coarse, buckets;
} old_layouts[] = {
	[LAYOUT_COST] = { 7, 2, 12, 28 },
	[LAYOUT_WAIT] = { 10, 1, 32, 44 },
	[LAYOUT_SLEEP] = { 10, 1, 40, 60 },
};

static __u64 old_floor(const struct old_layout *old, __u32 i)
{
	__u32 fine = (old->coarse - old->first) << old->sub;

	if (i == 0)
		return 0;
	if (i >= fine)
		return 1ULL << (old->coarse + i - fine);
	return ((1ULL << old->sub) + (i & ((1U << old->sub) - 1)))
	       << (old->first - old->sub + (i >> old->sub));
}

/* What is in it is spread evenly over the buckets of now. */
static void put_old(void *context, __u32 i, __u64 count)
{
	struct decoded *to = context;
	const struct dist_info *info = to->info;
	const struct old_layout *old = &old_layouts[info->layout];
	__u64 from = old_floor(old, i), end, told = 0;
	__u32 b, last;

	end = i + 1 < old->buckets ? old_floor(old, i + 1) : from + 1;
	b = hist_bucket(from, info->first, info->octaves);
	last = hist_bucket(end - 1, info->first, info->octaves);
	for (; b <= last; b++) {
		__u64 until = b < last ? hist_floor(b + 1, info->first) : end;
		__u64 part = (__u64)((double)count * (double)(until - from) / (double)(end - from));

		part = b < last ? part : count;
		to->bucket[b] += part > told ? part - told : 0;
		told = part > told ? part : told;
	}
	if (!to->count) /* they come in order */
		to->dist->min = from;
	to->count += count;
}

static bool buckets__decode(struct dist *dist, int which, const unsigned char *bytes, size_t size,
			    __u64 *ret_count)
{
	const struct dist_info *info = &dist_infos[which];
	struct decoded to = { dist, info, dist->bucket, 0 };
	bool good;

	if (size && *bytes < MARK_FINE) {
		good = buckets__each(bytes, size, old_layouts[info->layout].buckets, put_old, &to);
		*ret_count = to.count;
		return good;
	}
	if (size && *bytes == MARK_FINE) {
		/* only rows have it */
		dist->fine = which < ROW_DISTS ? calloc(info->fine, sizeof(*dist->fine)) : NULL;
		to.bucket = dist->fine;
		if (!dist->fine)
			return false;
	}
	if (size) {
		bytes++;
		size--;
		if (!number__decode(&bytes, &size, &dist->min))
			return false;
	}
	good = buckets__each(bytes, size, dist->fine ? info->fine : info->buckets, put_same, &to);
	*ret_count = to.count;
	return good;
}

/* ---- places ---- */

static __u64 place__load(const void *place, size_t size)
{
	__u64 wide;
	__u32 word;

	switch (size) {
	case 8:
		memcpy(&wide, place, size);
		return wide;
	case 4:
		memcpy(&word, place, size);
		return word;
	default:
		return *(const bool *)place;
	}
}

static __s64 place__load_signed(const void *place, size_t size)
{
	__u64 value = place__load(place, size);

	return size == 4 ? (__s32)value : (__s64)value;
}

static void place__store(void *place, size_t size, __u64 value)
{
	__u32 word = (__u32)value;

	switch (size) {
	case 8:
		memcpy(place, &value, size);
		break;
	case 4:
		memcpy(place, &word, size);
		break;
	default:
		*(bool *)place = value;
	}
}

/* ---- binding ---- */

struct binding {
	sqlite3_stmt *stmt;
	int at;
};

static void bind__number(struct binding *to, __u64 value)
{
	sqlite3_bind_int64(to->stmt, to->at++,
			   value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value);
}

/* SQL finds them here; the fine grain of the machine lacks the maximum, so it has none. */
static void bind__percentiles(struct binding *to, const struct dist *dist, int which)
{
	static const double shares[] = { 0.5, 0.9, 0.99 };
	size_t i;

	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		if (dist && dist->count && !dist->fine)
			bind__number(to, dist__percentile(dist, which, shares[i]));
		else
			sqlite3_bind_null(to->stmt, to->at++);
	}
}

static void bind__dist(struct binding *to, const struct dist *dist, int which)
{
	unsigned char bytes[BUCKETS_BYTES];
	size_t size = dist ? buckets__encode(dist, which, bytes) : 0;

	bind__number(to, dist ? dist->count : 0);
	bind__number(to, dist ? dist->sum : 0);
	bind__number(to, dist ? dist->max : 0);
	if (size)
		sqlite3_bind_blob(to->stmt, to->at++, bytes, (int)size, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(to->stmt, to->at++);
	bind__percentiles(to, dist, which);
}

static void bind__text(struct binding *to, const char *text)
{
	sqlite3_bind_text(to->stmt, to->at++, text, -1, SQLITE_STATIC);
}

static void bind__column(struct binding *to, const struct column *column, const void *place)
{
	const void *pointer;
	double real;

	switch (column->type) {
	case COLUMN_UINT:
		bind__number(to, place__load(place, column->size));
		break;
	case COLUMN_BITS:
	case COLUMN_INT:
		sqlite3_bind_int64(to->stmt, to->at++, place__load_signed(place, column->size));
		break;
	case COLUMN_REAL:
		memcpy(&real, place, sizeof(real));
		sqlite3_bind_double(to->stmt, to->at++, real);
		break;
	case COLUMN_TEXT:
		bind__text(to, place);
		break;
	case COLUMN_NAME:
		bind__text(to, column->names[place__load(place, column->size)]);
		break;
	default:
		memcpy(&pointer, place, sizeof(pointer));
		if (column->type == COLUMN_DIST)
			bind__dist(to, pointer, (int)column->most);
		else
			bind__text(to, pointer);
	}
}

void row__bind(sqlite3_stmt *stmt, const struct columns *columns, const struct keys *keys,
	       const void *row)
{
	struct binding to = { stmt, 1 };
	size_t i;

	for (i = 0; i < columns->count; i++) {
		const struct column *column = &columns->at[i];
		const char *base = column->key ? (const char *)keys : row;

		if (column->has_size && !place__load(base + column->has_at, column->has_size))
			sqlite3_bind_null(stmt, to.at++);
		else
			bind__column(&to, column, base + column->at);
	}
}

/* ---- reading ---- */

struct values {
	sqlite3_stmt *stmt;
	int at;
	char *texts;
	__u64 *bad;
};

static __u64 column__most(const struct column *column)
{
	if (column->most)
		return column->most;
	return column->size == 8 ? INT64_MAX : column->size == 4 ? UINT32_MAX : 1;
}

/* An integer from least to most; anything else is bad, and 0. */
static __s64 read__integer(struct values *from, __s64 least, __s64 most)
{
	sqlite3_int64 value;

	if (sqlite3_column_type(from->stmt, from->at) == SQLITE_INTEGER) {
		value = sqlite3_column_int64(from->stmt, from->at);
		if (value >= least && value <= most)
			return value;
	}
	++*from->bad;
	return 0;
}

static __s64 read__signed(struct values *from, const struct column *column)
{
	if (column->most)
		return read__integer(from, -(__s64)column->most, (__s64)column->most);
	return column->size == 4 ? read__integer(from, INT32_MIN, INT32_MAX) :
				   read__integer(from, INT64_MIN, INT64_MAX);
}

static double read__real(struct values *from)
{
	double value = sqlite3_column_double(from->stmt, from->at);

	if (sqlite3_column_type(from->stmt, from->at) == SQLITE_FLOAT && value >= 0 && value < 1e18)
		return value;
	++*from->bad;
	return 0;
}

/* As valid UTF-8, cut to what there is room for; "" for what is no text. */
static void read__text(struct values *from, char *text, size_t size)
{
	const char *bytes = NULL;

	text[0] = 0;
	if (sqlite3_column_type(from->stmt, from->at) == SQLITE_TEXT)
		bytes = (const char *)sqlite3_column_text(from->stmt, from->at);
	else
		++*from->bad;
	if (bytes)
		utf8__from_bytes(text, size, bytes,
				 (size_t)sqlite3_column_bytes(from->stmt, from->at));
}

static __u64 read__name(struct values *from, const struct column *column)
{
	__u64 bad = *from->bad, i;
	char text[32];

	read__text(from, text, sizeof(text));
	for (i = 0; i < column->most; i++) {
		if (!strcmp(column->names[i], text))
			return i;
	}
	*from->bad = bad + 1;
	return 0;
}

/*
 * Percentiles are worked out of the buckets: there must be as many as were counted, or more
 * where a price stands for several switches.
 */
static bool are_possible(int which, __u64 count, __u64 in_buckets)
{
	if (dist_infos[which].layout == LAYOUT_COST && count)
		return in_buckets >= count && in_buckets / count <= PRICE_MOST;
	return in_buckets == count;
}

/* *ret_dist stays as it is without samples. */
static int read__dist(struct values *from, int which, struct dist **ret_dist)
{
	__u64 parts[3], found = 0; /* count, sum, max */
	bool good = true;
	struct dist *dist;
	int i;

	for (i = 0; i < 3; i++, from->at++)
		parts[i] = (__u64)read__integer(from, 0, INT64_MAX);
	if (!parts[0] && !parts[1] && !parts[2])
		return 0;
	dist = calloc(1, sizeof(*dist));
	if (!dist)
		return -ENOMEM;
	if (sqlite3_column_type(from->stmt, from->at) == SQLITE_BLOB) {
		const void *bytes = sqlite3_column_blob(from->stmt, from->at);
		int size = sqlite3_column_bytes(from->stmt, from->at);

		good = buckets__decode(dist, which, bytes, (size_t)size, &found);
	}
	if (!good || !are_possible(which, parts[0], found)) {
		++*from->bad;
		free(dist->fine);
		memset(dist, 0, sizeof(*dist));
		parts[0] = 0;
	}
	if (parts[0] == 1) /* the minimum is not in the first recordings */
		dist->min = parts[1];
	if (dist->min > parts[2])
		dist->min = parts[2];
	dist->count = parts[0];
	dist->sum = parts[1];
	dist->max = parts[2];
	*ret_dist = dist;
	return 0;
}

static int read__value(struct values *from, const struct column *column, void *place)
{
	struct dist *dist = NULL;
	double real;
	int err = 0;

	switch (column->type) {
	case COLUMN_UINT:
		place__store(place, column->size,
			     (__u64)read__integer(from, 0, (__s64)column__most(column)));
		break;
	case COLUMN_BITS:
	case COLUMN_INT:
		place__store(place, column->size, (__u64)read__signed(from, column));
		break;
	case COLUMN_REAL:
		real = read__real(from);
		memcpy(place, &real, sizeof(real));
		break;
	case COLUMN_TEXT:
		read__text(from, place, column->size);
		break;
	case COLUMN_NAME:
		place__store(place, column->size, read__name(from, column));
		break;
	case COLUMN_POINTER:
		read__text(from, from->texts, column->most);
		memcpy(place, &from->texts, sizeof(from->texts));
		break;
	default:
		err = read__dist(from, (int)column->most, &dist);
		if (dist)
			memcpy(place, &dist, sizeof(dist));
	}
	return err;
}

/* Is there a value to read?  A flag says so, or says it from now on. */
static bool read__has(struct values *from, const struct column *column, char *base)
{
	bool null = sqlite3_column_type(from->stmt, from->at) == SQLITE_NULL;

	if (column->has_size != sizeof(bool))
		return !null || !(column->added || column->has_size);
	if (!column->owner)
		return base[column->has_at] && !(null && column->added);
	base[column->has_at] = !null;
	return !null;
}

int row__read(sqlite3_stmt *stmt, const struct columns *columns, struct keys *keys, void *row,
	      char *texts, __u64 *bad)
{
	struct values from = { stmt, 0, texts, bad };
	size_t i;
	int err = 0;

	for (i = 0; i < columns->count && !err; i++, from.at++) {
		const struct column *column = &columns->at[i];
		char *base = column->key ? (char *)keys : row;

		if (read__has(&from, column, base))
			err = read__value(&from, column, base + column->at);
		if (column->type == COLUMN_POINTER)
			from.texts += column->most;
	}
	return err;
}

size_t columns__text_size(const struct columns *columns)
{
	size_t i, size = 0;

	for (i = 0; i < columns->count; i++)
		size += columns->at[i].type == COLUMN_POINTER ? columns->at[i].most : 0;
	return size;
}
