/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/proc.h"
#include "../lib/tt.h"
#include "unit.h"

/* ---- files ---- */

/* tests/golden/ of the tree in which this program was built, in build/tests/ or its like. */
static const char *golden__path(const char *name)
{
	static char path[4096 + 256];
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int up;

	cr_assert_gt(n, 0);
	self[n] = 0;
	for (up = 0; up < 3; up++) {
		char *slash = strrchr(self, '/');

		cr_assert_not_null(slash);
		*slash = 0;
	}
	snprintf(path, sizeof(path), "%s/tests/golden/%s", self, name);
	return path;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file, "cannot write %s", path);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fclose(file), 0);
}

/* What diff says; to be freed. */
static char *difference(const char *path, const char *text)
{
	const char *now = tt__temp("now");
	char command[3 * 4096], *said = calloc(1, 1 << 16);
	FILE *diff;

	write_file(now, text);
	snprintf(command, sizeof(command), "diff -u --label golden --label now '%s' '%s'", path,
		 now);
	diff = popen(command, "r");
	cr_assert_not_null(diff);
	said[fread(said, 1, (1 << 16) - 1, diff)] = 0;
	pclose(diff);
	return said;
}

void golden__check(const char *name, char *text)
{
	const char *path = golden__path(name);
	char *golden, *said;

	if (getenv("TASKTOLL_RENEW_GOLDEN")) {
		write_file(path, text);
		free(text);
		return;
	}
	golden = file__read(path);
	if (!golden || strcmp(golden, text) != 0) {
		said = golden ? difference(path, text) : strdup("(there is no such file)\n");
		cr_expect(false, "tests/golden/%s differs (if it should: make golden):\n%s", name,
			  said);
		free(said);
	}
	free(golden);
	free(text);
}

/* ---- what is easier to compare ---- */

static void break_line(FILE *out, int depth)
{
	fprintf(out, "\n%*s", depth, "");
}

/* The end of what begins here with a bracket, if nothing in it has one; NULL. */
static const char *leaf_end(const char *at)
{
	bool quoted = false, escaped = false;

	for (at++; *at; at++) {
		if (*at == '"' && !escaped)
			quoted = !quoted;
		escaped = *at == '\\' && !escaped;
		if (!quoted && strchr("{[]}", *at))
			return strchr("]}", *at) ? at : NULL;
	}
	return NULL;
}

char *golden__json_lines(char *text)
{
	bool quoted = false, escaped = false;
	const char *at, *leaf = NULL;
	char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);
	int depth = 0;

	for (at = text; *at; at++) {
		if (!quoted && !leaf && strchr("}]", *at))
			break_line(out, --depth);
		fputc(*at, out);
		if (*at == '"' && !escaped)
			quoted = !quoted;
		escaped = *at == '\\' && !escaped;
		if (at == leaf)
			leaf = NULL;
		else if (!quoted && !leaf && strchr("{[", *at) && !(leaf = leaf_end(at)))
			break_line(out, ++depth);
		else if (!quoted && !leaf && *at == ',')
			break_line(out, depth);
	}
	fclose(out);
	free(text);
	return lines;
}

#define CSV_LINES   96
#define CSV_COLUMNS 1024

/* The next field of a line, as it stands there, ended by a NUL; *last: it ends the line. */
static char *next_field(char **at, bool *last)
{
	char *field = *at;
	bool quoted = false;

	for (; quoted || !strchr(",\n", **at); (*at)++) {
		cr_assert(**at, "the last line does not end");
		quoted ^= **at == '"';
	}
	*last = **at == '\n';
	*(*at)++ = 0;
	return field;
}

char *golden__csv_columns(char *text)
{
	static const char *fields[CSV_LINES][CSV_COLUMNS];
	size_t counts[CSV_LINES] = { 0 }, lines = 0, size, c, l;
	char *columns = NULL, *at = text;
	FILE *out = open_memstream(&columns, &size);
	bool last;

	for (; *at; lines++) {
		cr_assert_lt(lines, CSV_LINES);
		do {
			cr_assert_lt(counts[lines], CSV_COLUMNS);
			fields[lines][counts[lines]++] = next_field(&at, &last);
		} while (!last);
		cr_assert_eq(counts[lines], counts[0], "line %zu has %zu fields, the first %zu",
			     lines, counts[lines], counts[0]);
	}
	for (c = 0; c < counts[0]; c++) {
		fprintf(out, "%s:", fields[0][c]);
		for (l = 1; l < lines; l++)
			fprintf(out, " %s", *fields[l][c] ? fields[l][c] : "-");
		fputc('\n', out);
	}
	fclose(out);
	free(text);
	return columns;
}

char *golden__cut(char *text, const char *from, const char *to)
{
	char *begin = text, *end;

	while ((begin = strstr(begin, from))) {
		begin += strlen(from);
		end = strstr(begin, to);
		cr_assert_not_null(end, "no %s behind %s", to, from);
		memmove(begin, end, strlen(end) + 1);
	}
	return text;
}
