/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden files: what an output was when somebody last looked at it, in tests/golden/.
 *
 * A test compares what is written now with its file, and fails with the difference.
 * `make golden` writes the files anew; then `git diff tests/golden` is to be read.
 */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

/* Compares text, which is freed, with the file of this name. */
void golden__check(const char *name, char *text);

/* In lines, nothing else changed: so that a difference shows which value it is.  Frees text. */
char *golden__json_lines(char *text);

/* A line for each column, with its name and its values.  Frees text. */
char *golden__csv_columns(char *text);

/* Without what stands between these marks, as often as they come.  Frees text. */
char *golden__cut(char *text, const char *from, const char *to);

#endif
