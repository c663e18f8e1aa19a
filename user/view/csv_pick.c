/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/csv_pick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of the field that begins here; quotes are part of it. */
static size_t field_length(const char *field)
{
	bool quoted = false;
	size_t length;

	for (length = 0; field[length]; length++) {
		if (field[length] == '"')
			quoted = !quoted; /* two of them stand for one, and change nothing */
		else if (!quoted && (field[length] == ',' || field[length] == '\n'))
			break;
	}
	return length;
}

/* The nth field of a line; its end if there are fewer. */
static const char *field_of(const char *line, size_t nth)
{
	while (nth--) {
		line += field_length(line);
		if (*line != ',')
			return line;
		line++;
	}
	return line;
}

/* Where the name is in the header; 0: nowhere, or in its head. */
static size_t column_of(const char *header, const char *name, size_t length)
{
	const char *field = field_of(header, CSV_HEAD);
	size_t nth;

	for (nth = CSV_HEAD; *field && *field != '\n'; nth++) {
		size_t size = field_length(field);

		if (size == length && !strncmp(field, name, size))
			return nth;
		field += size + (field[size] == ',');
	}
	return 0;
}

int csv_pick__check(const char *header, const char *names, const char **ret_bad)
{
	for (;; names++) {
		size_t length = strcspn(names, ",");

		if (!column_of(header, names, length)) {
			*ret_bad = names;
			return -EINVAL;
		}
		names += length;
		if (!*names)
			return 0;
	}
}

FILE *csv_pick__begin(struct csv_pick *pick)
{
	pick->out = open_memstream(&pick->text, &pick->size);
	return pick->out;
}

static size_t count_names(const char *names)
{
	size_t count = 1;

	for (; *names; names++)
		count += *names == ',';
	return count;
}

static void write_line(FILE *out, const char *line, const size_t *columns, size_t count)
{
	size_t head = (size_t)(field_of(line, CSV_HEAD) - line), i;

	fprintf(out, "%.*s", (int)(head - (head > 0)), line); /* without the comma behind it */
	for (i = 0; i < count; i++) {
		const char *field = field_of(line, columns[i]);

		fprintf(out, ",%.*s", (int)field_length(field), field);
	}
	fputc('\n', out);
}

static const char *next_line(const char *line)
{
	line += field_length(line);
	while (*line == ',') {
		line++;
		line += field_length(line);
	}
	return *line ? line + 1 : line;
}

int csv_pick__end(struct csv_pick *pick, FILE *out, const char *names, bool header)
{
	size_t count = count_names(names), *columns = calloc(count, sizeof(*columns)), i;
	int err = fclose(pick->out) || !columns ? -ENOMEM : 0;
	const char *line;

	for (i = 0; i < count && !err; i++) {
		size_t length = strcspn(names, ",");

		columns[i] = column_of(pick->text, names, length);
		names += length + (names[length] == ',');
	}
	for (line = pick->text; !err && *line; line = next_line(line)) {
		if (header || line != pick->text)
			write_line(out, line, columns, count);
	}
	free(columns);
	free(pick->text);
	return err;
}
