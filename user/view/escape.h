/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings of strangers: names of tasks, of functions and of files, and all that a
 * recording says.  Whoever chose them may want them to do more than to be read.
 * There is one function for each kind of output, and no other way for them into it.
 * Each takes any bytes: what is no UTF-8 becomes U+FFFD.
 *
 *   terminal   escape__terminal(), escape__cell()
 *   CSV        escape__csv()
 *   JSON       escape__json() makes the value, json__print_line() writes it
 *   SVG, HTML  escape__xml()
 *   folded     flame__intern() makes the name, flame_folded.c replaces its ';'
 *   pprof      pprof__text()
 *   Prometheus escape__label()
 *   messages   failure__set(), remark()
 */
#ifndef VIEW_ESCAPE_H
#define VIEW_ESCAPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* What does not show is marked: see utf8__mark(). */
void escape__terminal(FILE *out, const char *bytes);

/* The same, filled or cut to so many columns; what is cut ends in an ellipsis. */
void escape__cell(FILE *out, size_t columns, const char *bytes, bool ascii);

/*
 * A field of RFC 4180, quoted where it must be.  Spreadsheets take a field that
 * begins with = + - or @ for a formula: an apostrophe is put before it.
 */
void escape__csv(FILE *out, const char *bytes);

/* NULL: null. */
json_t *escape__json(const char *bytes);

/* A line of JSON, as jansson has made it: what does not show becomes \uXXXX. */
void escape__json_line(FILE *out, const char *json);

/* Text or the value of an attribute. */
void escape__xml(FILE *out, const char *bytes, size_t size);

/* The value of a label in the text format of Prometheus, without its quotes. */
void escape__label(FILE *out, const char *bytes);

#endif
