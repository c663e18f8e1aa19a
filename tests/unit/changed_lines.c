/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changed_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define LINES_SHOWN 12 /* of those that are gone, or new, in one place */
#define HUNKS_SHOWN 60 /* places */

/* Lines of a text, cut apart in place. */
struct lines {
	char **line;
	size_t count;
};

static struct lines lines__of(char *text)
{
	struct lines lines = { 0 };
	char *line, *rest = NULL;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		lines.line = reallocarray(lines.line, lines.count + 1, sizeof(*lines.line));
		cr_assert_not_null(lines.line);
		lines.line[lines.count++] = line;
	}
	return lines;
}

static bool is_same(const struct lines *a, size_t i, const struct lines *b, size_t k)
{
	return !strcmp(a->line[i], b->line[k]);
}

/* Of a line that changed, from the word before what is different on. */
static void print_pair(FILE *out, const char *was, const char *is)
{
	size_t begin = 0, size = strlen(is);

	while (was[begin] && was[begin] == is[begin])
		begin++;
	while (begin && is[begin - 1] == ' ')
		begin--;
	while (begin && is[begin - 1] != ' ')
		begin--;
	while (size > begin && strlen(was) > begin && strlen(was) - begin > strlen(is) - size &&
	       is[size - 1] == was[strlen(was) - 1 - (strlen(is) - size)])
		size--;
	while (is[size] && is[size] != ' ')
		size++;
	fprintf(out, "  ~ %.*s\n", (int)(size - begin), is + begin);
}

/* The nearest two from there on that are the same again: so few lines of both are in between. */
static void find_same(const struct lines *a, size_t i, const struct lines *b, size_t k,
		      size_t *ret_a, size_t *ret_b)
{
	size_t between, x;

	for (between = 1; between < a->count + b->count; between++) {
		for (x = 0; x <= between; x++) {
			*ret_a = i + x;
			*ret_b = k + between - x;
			if (*ret_a < a->count && *ret_b < b->count && is_same(a, *ret_a, b, *ret_b))
				return;
		}
	}
	*ret_a = a->count;
	*ret_b = b->count;
}

static void print_gone(FILE *out, const struct lines *lines, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to && i < from + LINES_SHOWN; i++)
		fprintf(out, "  - %.40s\n", lines->line[i]);
	if (i < to)
		fprintf(out, "  - %zu more lines\n", to - i);
}

static void print_new(FILE *out, const struct lines *lines, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to && i < from + LINES_SHOWN; i++)
		fprintf(out, "  + %s\n", lines->line[i]);
	if (i < to)
		fprintf(out, "  + %zu more lines\n", to - i);
}

void changed_lines__print(FILE *out, char *was, char *is)
{
	struct lines a = lines__of(was), b = lines__of(is);
	size_t i = 0, k = 0, to_a, to_b, shown = 0;

	while (i < a.count || k < b.count) {
		if (i < a.count && k < b.count && is_same(&a, i, &b, k)) {
			i++;
			k++;
			continue;
		}
		find_same(&a, i, &b, k, &to_a, &to_b);
		if (shown++ == HUNKS_SHOWN) {
			fputs("  ...\n", out);
			break;
		}
		for (; i < to_a && k < to_b && to_a - i == to_b - k; i++, k++)
			print_pair(out, a.line[i], b.line[k]);
		print_gone(out, &a, i, to_a);
		print_new(out, &b, k, to_b);
		i = to_a;
		k = to_b;
	}
	free(a.line);
	free(b.line);
}
