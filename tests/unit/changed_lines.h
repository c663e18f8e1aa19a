/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In what one output differs from another: what a change of one value changes. */
#ifndef TESTS_UNIT_CHANGED_LINES_H
#define TESTS_UNIT_CHANGED_LINES_H

#include <stdio.h>

/*
 * Lines that are gone, new, or, where as many came as went, changed, these from the word before
 * what is different on.  Both texts are cut into lines.
 */
void changed_lines__print(FILE *out, char *was, char *is);

#endif
