/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "docs.h"

static void roff__bytes(FILE *out, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] == '\\')
			fputs("\\e", out);
		else if (text[i] == '-')
			fputs("\\-", out);
		else
			fputc(text[i], out);
	}
}

void roff__plain(FILE *out, const char *text)
{
	roff__bytes(out, text, strlen(text));
}

static void roff__in(FILE *out, char font, const char *text, size_t length)
{
	fprintf(out, "\\f%c", font);
	roff__bytes(out, text, length);
	fputs("\\fR", out);
}

/* ---- sentences ---- */

/* Of a word, what is before its punctuation. */
static size_t word__core(const char *word, size_t length)
{
	while (length && strchr(".,:;()?", word[length - 1]))
		length--;
	return length;
}

static void roff__word(FILE *out, const char *word, size_t length, const char *argument)
{
	size_t core = word__core(word, length), lead = *word == '(';
	const char *start = word + lead;

	core = core > lead ? core - lead : 0;
	if (core > 1 && start[0] == '-' && (isalpha((unsigned char)start[1]) || start[1] == '-')) {
		roff__bytes(out, word, lead);
		roff__in(out, 'B', start, core);
		roff__bytes(out, start + core, length - lead - core);
	} else if (argument && core == strlen(argument) && !strncmp(start, argument, core)) {
		roff__bytes(out, word, lead);
		roff__in(out, 'I', start, core);
		roff__bytes(out, start + core, length - lead - core);
	} else {
		roff__bytes(out, word, length);
	}
}

/* "`so`" and the punctuation around it; length is that of all. */
static void roff__quoted(FILE *out, const char *word, size_t length)
{
	const char *open = memchr(word, '`', length), *end = word + length;
	const char *close = memchr(open + 1, '`', (size_t)(end - open - 1));

	if (!close)
		close = end - 1;
	roff__bytes(out, word, (size_t)(open - word));
	roff__in(out, 'B', open + 1, (size_t)(close - open - 1));
	roff__bytes(out, close + 1, (size_t)(end - close - 1));
}

/* Up to a space, but for spaces inside of quotes. */
static size_t word__length(const char *text)
{
	bool quoted = false;
	size_t i;

	for (i = 0; text[i] && (quoted || (text[i] != ' ' && text[i] != '\n')); i++)
		quoted ^= text[i] == '`';
	return i;
}

void roff__text(FILE *out, const char *text, const char *argument)
{
	bool begin = true;

	while (*text) {
		size_t length = word__length(text);

		if (!begin)
			fputc(' ', out);
		else if (*text == '.' || *text == '\'')
			fputs("\\&", out);
		if (memchr(text, '`', length))
			roff__quoted(out, text, length);
		else
			roff__word(out, text, length, argument);
		begin = length && text[length] && strchr(".:;", text[length - 1]);
		text += length;
		if (!strncmp(text, "\n\n", 2)) {
			fputs("\n.IP\n", out);
			begin = true;
		} else if (begin) {
			fputc('\n', out);
		}
		text += strspn(text, " \n");
	}
	if (!begin)
		fputc('\n', out);
}

void roff__entry(FILE *out, const char *tag, const char *text)
{
	fputs(".TP\n.B ", out);
	roff__plain(out, tag);
	fputc('\n', out);
	roff__text(out, text, NULL);
}

/* ---- tags ---- */

/* Words in one font, what is between them in the usual one. */
static void roff__words(FILE *out, const char *text, char font)
{
	while (*text) {
		size_t word = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					   "0123456789_");

		if (word)
			roff__in(out, font, text, word);
		else
			roff__bytes(out, text, word = 1);
		text += word;
	}
}

void roff__option(FILE *out, const struct option_row *row)
{
	struct option_words argument = option__argument(row);

	fputs(".TP\n", out);
	if (row->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
	fputs("\\fB\\-\\-", out);
	roff__plain(out, row->name);
	fputs("\\fR", out);
	if (*argument.text)
		fputc(' ', out);
	roff__words(out, argument.text, row->choices && !row->argument ? 'B' : 'I');
	fputc('\n', out);
}

void roff__usage(FILE *out, const char *usage)
{
	while (*usage) {
		size_t dashes = strspn(usage, "-"), length;

		length = dashes ? dashes + strspn(usage + dashes, "abcdefghijklmnopqrstuvwxyz-") :
				  strcspn(usage, "-");
		if (dashes) {
			roff__in(out, 'B', usage, length);
		} else {
			char words[256];

			snprintf(words, sizeof(words), "%.*s", (int)length, usage);
			roff__words(out, words, 'I');
		}
		usage += length;
	}
	fputc('\n', out);
}
