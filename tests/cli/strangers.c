/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording that somebody else made: each text of it in turn wants to do more than
 * to be read.  Whatever is printed of it is printed as text.
 */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <view/pprof.pb-c.h>
#include <zlib.h>

#include "../lib/csv.h"
#include "../lib/js.h"
#include "../lib/recording.h"
#include "../lib/tt.h"
#include "core/utf8.h"

TestSuite(strangers, .fini = tt__cleanup, .timeout = 240);

static const struct recording_plan small = {
	.processes = 3, .threads = 2, .stacks = 9, .samples = 30
};

/* A formula, escape codes, a turn, a new line, marks of other formats, and what is no UTF-8. */
#define TOKEN  "M4rk"
#define MARKER "=" TOKEN "\x1b[1m\a\xc2\x9b\xe2\x80\xae\nEVIL\r\";<&'>\xff\xed\xa0\x80"

/* ---- the recording ---- */

static void must(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &error), SQLITE_OK, "%s: %s", sql, error);
}

static sqlite3 *open_db(const char *path)
{
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	must(db, "PRAGMA ignore_check_constraints = ON");
	return db;
}

struct column {
	char table[64], name[64];
};

struct columns {
	struct column at[128];
	size_t count;
};

/* Those of texts, of all tables. */
static void list_columns(sqlite3 *db, struct columns *columns)
{
	sqlite3_stmt *stmt;

	columns->count = 0;
	cr_assert_eq(sqlite3_prepare_v2(db,
					"SELECT m.name, c.name FROM sqlite_master AS m, "
					"pragma_table_info(m.name) AS c "
					"WHERE m.type = 'table' AND c.type LIKE 'TEXT%'",
					-1, &stmt, NULL),
		     SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		struct column *column = &columns->at[columns->count++];

		cr_assert_lt(columns->count, 128);
		snprintf(column->table, sizeof(column->table), "%s",
			 (const char *)sqlite3_column_text(stmt, 0));
		snprintf(column->name, sizeof(column->name), "%s",
			 (const char *)sqlite3_column_text(stmt, 1));
	}
	sqlite3_finalize(stmt);
}

/* A row in each table that has none: every number is 1, every text "x". */
static void fill_table(sqlite3 *db, const char *table)
{
	char sql[8192], text[8192];
	sqlite3_stmt *stmt;
	bool first = true;

	snprintf(sql, sizeof(sql), "INSERT INTO %.64s SELECT ", table);
	snprintf(text, sizeof(text), "SELECT type, name FROM pragma_table_info('%.64s')", table);
	cr_assert_eq(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *type = (const char *)sqlite3_column_text(stmt, 0);
		const char *name = (const char *)sqlite3_column_text(stmt, 1);

		strcat(sql, first ? "" : ", ");
		strcat(sql, strstr(type, "TEXT")     ? "'x'" :
			    strstr(name, "_buckets") ? "NULL" :
			    strstr(type, "REAL")     ? "1.0" :
						       "1");
		first = false;
	}
	sqlite3_finalize(stmt);
	snprintf(text, sizeof(text), " WHERE NOT EXISTS (SELECT 1 FROM %.64s)", table);
	strcat(sql, text);
	must(db, sql);
}

static void fill_tables(sqlite3 *db)
{
	char names[64][64];
	sqlite3_stmt *stmt;
	size_t count = 0, i;

	cr_assert_eq(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table'",
					-1, &stmt, NULL),
		     SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW && count < 64)
		snprintf(names[count++], sizeof(names[0]), "%s",
			 (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	for (i = 0; i < count; i++)
		fill_table(db, names[i]);
	/* so that what comes of the crash is looked at */
	must(db, "UPDATE crashes SET class = 'crash', signal = 11, fan_out = 1, sender_pid = 1");
	must(db, "UPDATE victims SET outcome = 'died', class = 'killed', signal = 15");
	must(db, "UPDATE victims SET victim = 0");
	must(db, "UPDATE links SET how = 'signal', victim = 0, link = 0");
	must(db, "UPDATE frames SET name = NULL WHERE frame % 3 = 0");
	/* one without a stack */
	must(db, "CREATE TEMP TABLE other AS SELECT * FROM crashes; UPDATE other SET crash = 2; "
		 "INSERT INTO crashes SELECT * FROM other");
	must(db, "UPDATE ends SET class = 'killed', signal = 15, "
		 "process_start_ns = (SELECT process_start_ns FROM process_rows LIMIT 1), "
		 "pid = (SELECT pid FROM process_rows LIMIT 1)");
	must(db, "UPDATE open_samples SET sleep_ns = 1");
	must(db, "UPDATE periods SET bpf_known = 0, lives_followed = 1");
}

static void set_text(sqlite3 *db, const struct column *column, const char *bytes)
{
	sqlite3_stmt *stmt;
	char sql[256];

	/* of a key only one can be changed */
	snprintf(sql, sizeof(sql), "UPDATE OR IGNORE %s SET %s = CAST(? AS TEXT)", column->table,
		 column->name);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK, "%s", sql);
	sqlite3_bind_blob(stmt, 1, bytes, (int)strlen(bytes), SQLITE_STATIC);
	cr_assert_eq(sqlite3_step(stmt), SQLITE_DONE, "%s", sql);
	sqlite3_finalize(stmt);
}

/* ---- what is printed of it ---- */

static const char *where = "";

static void check_bytes(const char *what, const char *text)
{
	size_t size = strlen(text), length;
	const char *at = text;
	__u32 point;

	for (; size; at += length, size -= length) {
		length = utf8__decode(at, size, &point);
		cr_assert(length, "%s: not UTF-8 with %s: %.60s", what, where, at);
		cr_assert(point == '\n' || utf8__is_shown(point), "%s: U+%04X with %s: %.60s", what,
			  point, where, at);
	}
	cr_expect_null(strstr(text, "\nEVIL"), "%s: a line of its own with %s", what, where);
}

static void check_json(const char *what, const char *text)
{
	json_t *lines = js__parse_lines(text);

	cr_expect(json_is_array(lines), "%s with %s", what, where);
	json_decref(lines);
}

static void check_csv(const char *what, const char *text)
{
	json_t *rows = csv__parse(text), *row, *value;
	const char *name;
	size_t i;

	json_array_foreach(rows, i, row) {
		json_object_foreach(row, name, value)
			cr_expect(!strchr("=+-@", *json_string_value(value)) ||
					  !*json_string_value(value),
				  "%s: %s is \"%s\" with %s", what, name, json_string_value(value),
				  where);
	}
	json_decref(rows);
}

static void check_folded(const char *what, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n"), at = length;

		while (at && strchr("0123456789", text[at - 1]))
			at--;
		cr_expect(at && at < length && text[at - 1] == ' ', "%s: %.*s with %s", what,
			  (int)length, text, where);
		text += length + 1;
	}
}

static void check_pprof(const char *what, const struct run *run)
{
	size_t room = 1 << 20, i;
	unsigned char *plain = malloc(room);
	z_stream zip = { .next_in = (unsigned char *)run->out,
			 .avail_in = (uInt)run->out_len,
			 .next_out = plain,
			 .avail_out = (uInt)room };
	Pprof__Profile *profile;

	cr_assert_eq(inflateInit2(&zip, 16 + MAX_WBITS), Z_OK);
	cr_assert_eq(inflate(&zip, Z_FINISH), Z_STREAM_END, "%s with %s", what, where);
	profile = pprof__profile__unpack(NULL, zip.total_out, plain);
	cr_assert_not_null(profile, "%s with %s", what, where);
	for (i = 0; i < profile->n_string_table; i++)
		check_bytes(what, profile->string_table[i]);
	pprof__profile__free_unpacked(profile, NULL);
	inflateEnd(&zip);
	free(plain);
}

/* Somebody else's parser judges it. */
static void check_svg(const char *what, const char *text)
{
	const char *path = tt__temp("a.svg");
	FILE *file = fopen(path, "we");
	struct run run;

	cr_assert_not_null(file);
	fputs(text, file);
	cr_assert_eq(fclose(file), 0);
	run__do(&run,
		ARGS("python3", "-c",
		     "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])", path),
		NULL);
	cr_expect_eq(run.status, 0, "%s with %s: %s", what, where, run.err);
	run__free(&run);
}

struct output {
	const char *args[6];
	enum { AS_TEXT, AS_JSON, AS_CSV, AS_FOLDED, AS_PPROF, AS_SVG } as;
};

static const struct output outputs[] = {
	{ { "report" }, AS_TEXT },
	{ { "report", "--threads" }, AS_TEXT },
	{ { "report", "--threads", "--format=json" }, AS_JSON },
	{ { "report", "--threads", "--format=csv" }, AS_CSV },
	{ { "report", "--crashes" }, AS_TEXT },
	{ { "report", "--crashes", "--format=json" }, AS_JSON },
	{ { "report", "--stacks=100" }, AS_TEXT },
	{ { "report", "--stacks=100", "--format=json" }, AS_JSON },
	{ { "report", "--diff", "SAME" }, AS_TEXT },
	{ { "report", "--diff", "SAME", "--format=json" }, AS_JSON },
	{ { "flame" }, AS_FOLDED },
	{ { "flame", "--per-thread", "--metric=wake" }, AS_FOLDED },
	{ { "flame", "--format=pprof" }, AS_PPROF },
	{ { "flame", "--format=svg" }, AS_SVG },
	{ { "flame", "--diff", "SAME", "--format=svg" }, AS_SVG },
};

#define OUTPUTS (sizeof(outputs) / sizeof(outputs[0]))

/* Returns whether the text was seen in it. */
static bool check_output(const struct output *output, const char *path, bool svg)
{
	const char *args[8], *what = output->args[output->args[1] ? 1 : 0];
	struct run run;
	size_t i;
	bool seen;

	for (i = 0; output->args[i]; i++)
		args[i] = strcmp(output->args[i], "SAME") ? output->args[i] : path;
	args[i++] = path;
	args[i] = NULL;
	tt__run(&run, args, NULL);
	cr_expect_leq(run.status, 3, "%s ends with %d with %s", what, run.status, where);
	check_bytes("stderr", run.err);
	if (output->as != AS_PPROF)
		check_bytes(what, run.out);
	seen = strstr(run.out, TOKEN) || strstr(run.err, TOKEN);
	if (output->as == AS_JSON)
		check_json(what, run.out);
	else if (output->as == AS_CSV && run.out_len)
		check_csv(what, run.out);
	else if (output->as == AS_FOLDED)
		check_folded(what, run.out);
	else if (output->as == AS_PPROF && run.out_len)
		check_pprof(what, &run);
	else if (output->as == AS_SVG && run.out_len && svg)
		check_svg(what, run.out);
	run__free(&run);
	return seen;
}

static bool check_outputs(const char *path, bool svg)
{
	bool seen = false;
	size_t i;

	for (i = 0; i < OUTPUTS; i++)
		seen |= check_output(&outputs[i], path, svg);
	return seen;
}

/* The recording with one text of it set, or with all. */
static const char *make(const struct columns *columns, const struct column *one, const char *bytes)
{
	const char *path = tt__temp("a.tasktoll");
	sqlite3 *db;
	size_t i;

	recording__make(path, &small);
	db = open_db(path);
	fill_tables(db);
	for (i = 0; one ? i < 1 : i < columns->count; i++)
		set_text(db, one ? one : &columns->at[i], bytes);
	sqlite3_close(db);
	return path;
}

static void list_all(struct columns *columns)
{
	const char *path = make(NULL, &(struct column){ "recording", "value" }, "1");
	sqlite3 *db = open_db(path);

	list_columns(db, columns);
	sqlite3_close(db);
	cr_assert_gt(columns->count, 40);
}

/* Texts that are printed as they are; the others are words that we know, or are refused. */
static bool is_printed(const struct column *column)
{
	static const struct column printed[] = {
		{ "recording", "value" },	{ "unavailable", "measure" },
		{ "unavailable", "reason" },	{ "periods", "bpf_why_not" },
		{ "process_rows", "comm" },	{ "thread_rows", "comm" },
		{ "ends", "sender_comm" },	{ "crashes", "comm" },
		{ "crashes", "parent_comm" },	{ "crashes", "sender_comm" },
		{ "crashes", "culprit_comm" },	{ "crashes", "no_frames" },
		{ "crash_frames", "function" }, { "victims", "comm" },
		{ "links", "evidence" },	{ "modules", "path" },
		{ "frames", "name" },		{ "frames", "inlined" },
		{ "threads", "comm" },
	};
	size_t i;

	for (i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
		if (!strcmp(printed[i].table, column->table) &&
		    !strcmp(printed[i].name, column->name))
			return true;
	}
	return false;
}

Test(strangers, each_text_of_a_recording_is_printed_as_text)
{
	struct columns columns;
	char place[160];
	size_t i;

	list_all(&columns);
	for (i = 0; i < columns.count; i++) {
		const struct column *column = &columns.at[i];
		bool seen;

		snprintf(place, sizeof(place), "%s.%s", column->table, column->name);
		where = place;
		seen = check_outputs(make(&columns, column, MARKER), is_printed(column));
		cr_expect(seen || !is_printed(column), "nothing was seen of %s", place);
	}
}

Test(strangers, all_texts_of_a_recording_at_once)
{
	struct columns columns;

	list_all(&columns);
	where = "all of them";
	check_outputs(make(&columns, NULL, MARKER), true);
}

Test(strangers, texts_that_are_very_long)
{
	struct columns columns;
	char *text = malloc(100001);
	size_t i;

	for (i = 0; i + 3 <= 100000; i += 3) /* whole characters, wherever they are cut */
		memcpy(text + i, i % 2 ? "\xe4\xb8\xad" : "a\x1b\xff", 3);
	text[i] = 0;
	list_all(&columns);
	where = "long ones";
	check_outputs(make(&columns, NULL, text), true);
	free(text);
}

/* ---- what is said of arguments ---- */

static void check_message(const char *const args[])
{
	struct run run;

	tt__run(&run, args, NULL);
	cr_expect_neq(run.status, 0);
	cr_expect_eq(run.out_len, 0, "on stdout: %s", run.out);
	check_bytes("stderr", run.err);
	cr_expect_not_null(strstr(run.err, TOKEN), "it does not say what: %s", run.err);
	cr_expect_eq(strchr(run.err, '\n'), run.err + run.err_len - 1, "more lines than one: %s",
		     run.err);
	run__free(&run);
}

Test(strangers, arguments_are_quoted_as_text)
{
	where = "an argument";
	check_message(ARGS(MARKER));
	check_message(ARGS("stat", "--" MARKER));
	check_message(ARGS("stat", MARKER));
	check_message(ARGS("stat", "-d", MARKER));
	check_message(ARGS("stat", "-i", MARKER));
	check_message(ARGS("stat", "-p", MARKER));
	check_message(ARGS("stat", "-t", MARKER));
	check_message(ARGS("stat", "-c", "[" MARKER));
	check_message(ARGS("stat", "-n", MARKER));
	check_message(ARGS("stat", "-s", MARKER));
	check_message(ARGS("stat", "--format", MARKER));
	check_message(ARGS("stat", "--force-rung", MARKER));
	check_message(ARGS("stat", "-d", "1", "-o", "/nowhere/" MARKER));
	check_message(ARGS("crash", "--window", MARKER));
	check_message(ARGS("record", "-o", "/nowhere/" MARKER, "-d", "1"));
	check_message(ARGS("report", MARKER));
	check_message(ARGS("report", "a", MARKER));
	check_message(ARGS("report", "--stacks", MARKER, "a"));
	check_message(ARGS("report", "--metric", MARKER, "a"));
	check_message(ARGS("report", "--diff", MARKER, MARKER));
	check_message(ARGS("flame", MARKER));
	check_message(ARGS("flame", "--metric", MARKER, "a"));
	check_message(ARGS("flame", "--format", MARKER, "a"));
	check_message(ARGS("flame", "a", "-o", MARKER ".json"));
	check_message(ARGS("doctor", MARKER));
}
