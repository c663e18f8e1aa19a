/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and tables that fit the page. */
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "core/utf8.h"
#include "view/escape.h"
#include "view/text.h"

struct page page__of(FILE *out, const struct summary *summary, const struct view_options *options)
{
	int width = options->width ? options->width : VIEW_WIDTH;

	return (struct page){ out, summary, options,
			      width < VIEW_WIDTH_LEAST ? VIEW_WIDTH_LEAST : width, NULL };
}

void text__bold(const struct page *page, bool on)
{
	if (page->options->color)
		fputs(on ? "\033[1m" : "\033[0m", page->out);
}

void text__heading(const struct page *page, const char *line)
{
	text__bold(page, true);
	fputs(line, page->out);
	text__bold(page, false);
	fputc('\n', page->out);
}

/* ---- prose ---- */

FILE *prose__begin(struct prose *prose)
{
	prose->text = NULL;
	prose->out = open_memstream(&prose->text, &prose->size);
	if (!prose->out) /* no memory: then there is nothing to print in, either */
		prose->out = fopen("/dev/null", "we");
	return prose->out;
}

/* Words of it, as they are; what is longer than a line is cut. */
static void print_word(const struct page *page, const char *word, size_t room)
{
	size_t fits = utf8__fitting(word, room);

	if (!word[fits]) {
		fputs(word, page->out);
		return;
	}
	fits = utf8__fitting(word, room - 1);
	fprintf(page->out, "%.*s%s", (int)fits, word, page->options->ascii ? "~" : "\xe2\x80\xa6");
}

void prose__end(struct prose *prose, const struct page *page, const char *label, int hang)
{
	size_t at = utf8__columns(label), width = (size_t)page->width, begin;
	char *word, *rest = NULL;

	fclose(prose->out);
	fprintf(page->out, "%s", label);
	begin = at;
	for (word = strtok_r(prose->text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		size_t columns = utf8__columns(word);

		if (at > begin && at + 1 + columns > width) {
			fprintf(page->out, "\n%*s", hang, "");
			at = begin = (size_t)hang;
		} else if (at > begin) {
			fputc(' ', page->out);
			at++;
		}
		print_word(page, word, width - at);
		at += columns;
	}
	fputc('\n', page->out);
	free(prose->text);
}

void prose__cut(struct prose *prose, const struct page *page)
{
	fclose(prose->out);
	if (prose->text)
		print_word(page, prose->text, (size_t)page->width);
	fputc('\n', page->out);
	free(prose->text);
}

/* ---- tables ---- */

unsigned int table__fit(const struct table_column *columns, size_t count, int room)
{
	unsigned int shown = 0;
	int rank;
	size_t i;

	for (rank = 0; rank < (int)count; rank++) {
		for (i = 0; i < count; i++) {
			if (columns[i].rank != rank || columns[i].width > room)
				continue;
			room -= columns[i].width;
			shown |= 1U << i;
		}
	}
	return shown;
}

void table__heading(const struct page *page, const char *first, int width,
		    const struct table_column *columns, size_t count, unsigned int shown)
{
	size_t i;

	text__bold(page, true);
	fprintf(page->out, "%-*s", width, first);
	for (i = 0; i < count; i++) {
		if (shown & 1U << i)
			cell(page, columns[i].width, columns[i].title);
	}
	text__bold(page, false);
	fputc('\n', page->out);
}

/* ---- cells ---- */

void cell(const struct page *page, int width, const char *text)
{
	int columns = (int)utf8__columns(text);

	fprintf(page->out, "%*s%s", columns < width ? width - columns : 0, "", text);
}

void cell__duration(const struct page *page, int width, const char *text, __u64 ns)
{
	char marked[48];

	if (page->begun_before && ns > page->summary->duration_ns) {
		*page->begun_before = true;
		snprintf(marked, sizeof(marked), "%s*", text);
		text = marked;
	}
	cell(page, width, text);
}

void cell__name(const struct page *page, int width, const char *name)
{
	escape__cell(page->out, (size_t)width, name, page->options->ascii);
}

const char *text__about(const struct summary *summary)
{
	return summary__samples(summary) ? "~" : "";
}

void cell__percentile(const struct page *page, int width, const struct row *row, int which,
		      double share)
{
	const struct dist *dist = row__dist(row, which);
	__u64 ns;

	if (!page->summary->has_dist[which]) {
		cell(page, width, "n/a");
	} else if (!dist->count) {
		cell(page, width, "-");
	} else {
		ns = dist__percentile(dist, which, share);
		cell__duration(page, width, number__duration_digits(ns, dist__digits(dist)).text,
			       ns);
	}
}
