/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reader of CSV as RFC 4180 has it, first line the names of the columns. */
#ifndef TESTS_LIB_CSV_H
#define TESTS_LIB_CSV_H

#include <jansson.h>

/*
 * An array of objects, every value a string.  Fails the test if a line has
 * another number of fields than the first.
 */
json_t *csv__parse(const char *text);

#endif
