/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the man pages and the completion: templates (user/doc/) in which marks stand for
 * what the program's own tables say.
 */
#ifndef TOOLS_DOCS_H
#define TOOLS_DOCS_H

#include <stdbool.h>
#include <stdio.h>

#include "core/option.h"

#define MARK_WORDS 16

/* A line "@name word ..." of a template. */
struct mark {
	const char *name;
	const char *words[MARK_WORDS + 1]; /* NULL at the end */
};

/*
 * Each writes what a mark stands for.  Returns false if it is no mark of theirs, or one of its
 * words is unknown; that has been told then.
 */
bool mark__write_commands(FILE *out, const struct mark *mark);
bool mark__write_figures(FILE *out, const struct mark *mark);
bool mark__write_tables(FILE *out, const struct mark *mark);
bool mark__write_completion(FILE *out, const struct mark *mark);

/* Whether all pages together have every option, command and table; tells what they miss. */
bool commands__are_complete(void);
bool tables__are_complete(void);

/* One line on standard error. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* ---- roff ---- */

/* Sentences; `this` is bold, options are, too, and the word `argument` (NULL: none) is italic. */
void roff__text(FILE *out, const char *text, const char *argument);

/* Letters as they are. */
void roff__plain(FILE *out, const char *text);

/* "-p, --pid PID[,PID...]", as the tag of a paragraph. */
void roff__option(FILE *out, const struct option_row *row);

/* "[options] --diff A B": what to write is bold, what to put something in place of is italic. */
void roff__usage(FILE *out, const char *usage);

/* A paragraph with a tag. */
void roff__entry(FILE *out, const char *tag, const char *text);

#endif
