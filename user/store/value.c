/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/value.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *const off_names[OFF_COUNT] = { "sleep", "disk", "preempted", "other" };

/* ---- putting ---- */

void put__u64(struct put *put, __u64 value)
{
	sqlite3_bind_int64(put->stmt, ++put->at,
			   value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value);
}

void put__bits(struct put *put, __u64 value)
{
	sqlite3_bind_int64(put->stmt, ++put->at, (sqlite3_int64)value);
}

void put__signed(struct put *put, __s64 value)
{
	sqlite3_bind_int64(put->stmt, ++put->at, value);
}

void put__real(struct put *put, double value)
{
	sqlite3_bind_double(put->stmt, ++put->at, value);
}

void put__text(struct put *put, const char *text)
{
	sqlite3_bind_text(put->stmt, ++put->at, text, -1, SQLITE_STATIC);
}

void put__null(struct put *put)
{
	sqlite3_bind_null(put->stmt, ++put->at);
}

void put__dist(struct put *put, const struct dist *dist, int which)
{
	unsigned char bytes[BUCKETS_BYTES];
	size_t size = dist ? buckets__encode(dist, which, bytes) : 0;

	put__u64(put, dist ? dist->count : 0);
	put__u64(put, dist ? dist->sum : 0);
	put__u64(put, dist ? dist->max : 0);
	if (size)
		sqlite3_bind_blob(put->stmt, ++put->at, bytes, (int)size, SQLITE_TRANSIENT);
	else
		put__null(put);
}

void put__row(struct put *put, const struct row *row)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++)
		put__u64(put, row->n[i]);
	for (i = 0; i < ROW_DISTS; i++)
		put__dist(put, row->dist[i], i);
}

static void put__sender(struct put *put, const struct sender *sender)
{
	if (sender->known) {
		put__u64(put, sender->pid);
		put__text(put, sender->comm);
	} else {
		put__null(put);
		put__null(put);
	}
	put__u64(put, sender->kernel);
}

void put__end(struct put *put, const struct end *end)
{
	put__text(put, end_names[end->class]);
	put__u64(put, end->code);
	put__signed(put, end->signal);
	put__u64(put, end->core);
	put__u64(put, end->life_ns);
	put__u64(put, end->threads);
	put__sender(put, &end->sender);
	put__signed(put, end->after.signal);
	put__sender(put, &end->after.sender);
	put__u64(put, end->after.before_ns);
}

void put__id(struct put *put, __u32 id)
{
	if (id)
		put__u64(put, id);
	else
		put__null(put);
}

/* ---- getting ---- */

/* An integer; false for anything else. */
static bool get__integer(struct get *get, sqlite3_int64 *ret_value)
{
	int column = get->at++;

	if (sqlite3_column_type(get->stmt, column) != SQLITE_INTEGER)
		return false;
	*ret_value = sqlite3_column_int64(get->stmt, column);
	return true;
}

__u64 get__up_to(struct get *get, __u64 most)
{
	sqlite3_int64 value;

	if (get__integer(get, &value) && value >= 0 && (__u64)value <= most)
		return (__u64)value;
	++*get->bad;
	return 0;
}

__u64 get__u64(struct get *get)
{
	return get__up_to(get, INT64_MAX);
}

__u32 get__id(struct get *get)
{
	if (!get__is_null(get))
		return (__u32)get__up_to(get, UINT32_MAX);
	get__skip(get);
	return 0;
}

__u64 get__bits(struct get *get)
{
	sqlite3_int64 value;

	if (get__integer(get, &value))
		return (__u64)value;
	++*get->bad;
	return 0;
}

__s64 get__signed(struct get *get, __s64 least, __s64 most)
{
	sqlite3_int64 value;

	if (get__integer(get, &value) && value >= least && value <= most)
		return value;
	++*get->bad;
	return 0;
}

bool get__bool(struct get *get)
{
	return get__up_to(get, 1);
}

__u64 get__later(struct get *get, __u64 most)
{
	if (!get__is_null(get))
		return get__up_to(get, most);
	get__skip(get);
	return 0;
}

double get__real(struct get *get)
{
	double value = sqlite3_column_double(get->stmt, get->at);

	if (sqlite3_column_type(get->stmt, get->at++) == SQLITE_FLOAT && value >= 0 && value < 1e18)
		return value;
	++*get->bad;
	return 0;
}

bool get__is_null(const struct get *get)
{
	return sqlite3_column_type(get->stmt, get->at) == SQLITE_NULL;
}

void get__skip(struct get *get)
{
	get->at++;
}

void get__text(struct get *get, char *text, size_t capacity)
{
	int column = get->at++;
	const char *bytes;

	text[0] = 0;
	if (sqlite3_column_type(get->stmt, column) != SQLITE_TEXT) {
		++*get->bad;
		return;
	}
	bytes = (const char *)sqlite3_column_text(get->stmt, column);
	if (bytes)
		utf8__from_bytes(text, capacity, bytes,
				 (size_t)sqlite3_column_bytes(get->stmt, column));
}

int get__name(struct get *get, const char *const names[], int count)
{
	char text[32];
	int i;

	get__text(get, text, sizeof(text));
	for (i = 0; i < count; i++) {
		if (!strcmp(names[i], text))
			return i;
	}
	++*get->bad;
	return 0;
}

int get__dist(struct get *get, struct dist **dist, int which)
{
	__u64 count = get__u64(get), sum = get__u64(get), max = get__u64(get), found = 0;
	int column = get->at++;
	int type = sqlite3_column_type(get->stmt, column);

	if (!count && !sum && !max)
		return 0;
	*dist = calloc(1, sizeof(**dist));
	if (!*dist)
		return -ENOMEM;
	(*dist)->sum = sum;
	(*dist)->max = max;
	if (type == SQLITE_BLOB) {
		const void *bytes = sqlite3_column_blob(get->stmt, column);
		int size = sqlite3_column_bytes(get->stmt, column);

		if (!buckets__decode(*dist, which, bytes, (size_t)size, &found))
			found = ~0ULL;
	}
	/* percentiles are worked out of the buckets: there must be as many as counted */
	if (found != count) {
		++*get->bad;
		memset((*dist)->bucket, 0, sizeof((*dist)->bucket));
		count = 0;
	}
	(*dist)->count = count;
	return 0;
}

int get__row(struct get *get, struct row *row)
{
	int i, err = 0;

	for (i = 0; i < ROW_COUNTERS; i++)
		row->n[i] = get__u64(get);
	for (i = 0; i < ROW_DISTS && !err; i++)
		err = get__dist(get, &row->dist[i], i);
	return err;
}

static void get__sender(struct get *get, struct sender *sender)
{
	sender->known = !get__is_null(get);
	if (sender->known) {
		sender->pid = (__u32)get__up_to(get, UINT32_MAX);
		get__text(get, sender->comm, sizeof(sender->comm));
	} else {
		get__skip(get);
		get__skip(get);
	}
	sender->kernel = get__later(get, 1);
}

void get__end(struct get *get, struct end *end)
{
	end->class = get__name(get, end_names, END_CLASSES);
	end->code = (__u32)get__up_to(get, UINT32_MAX);
	end->signal = (int)get__up_to(get, 128);
	end->core = get__bool(get);
	end->life_ns = get__u64(get);
	end->threads = (__u32)get__up_to(get, UINT32_MAX);
	get__sender(get, &end->sender);
	end->after.signal = (int)get__later(get, 128);
	get__sender(get, &end->after.sender);
	end->after.before_ns = get__later(get, INT64_MAX);
}

/* ---- buckets ---- */

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

size_t buckets__encode(const struct dist *dist, int which, unsigned char bytes[BUCKETS_BYTES])
{
	__u32 i, skipped = 0;
	size_t size = 0;

	for (i = 0; i < dist_infos[which].buckets; i++) {
		if (!dist->bucket[i]) {
			skipped++;
			continue;
		}
		bytes[size++] = (unsigned char)skipped; /* less than 128 */
		size += number__encode(bytes + size, dist->bucket[i]);
		skipped = 0;
	}
	return size;
}

bool buckets__decode(struct dist *dist, int which, const unsigned char *bytes, size_t size,
		     __u64 *ret_count)
{
	__u64 skipped, count, at = 0;

	*ret_count = 0;
	while (size) {
		if (!number__decode(&bytes, &size, &skipped) ||
		    !number__decode(&bytes, &size, &count))
			return false;
		if (skipped >= HIST_MAX_BUCKETS || at + skipped >= dist_infos[which].buckets ||
		    count > INT64_MAX)
			return false;
		at += skipped;
		dist->bucket[at++] = count;
		*ret_count += count;
	}
	return true;
}
