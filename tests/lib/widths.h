/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does what the program prints on a terminal fit it? */
#ifndef TESTS_LIB_WIDTHS_H
#define TESTS_LIB_WIDTHS_H

/*
 * Runs it on terminals of 60 to 200 columns: no line but its remarks is longer.  status: that it
 * ends with; below 0: any.
 */
void widths__check(const char *const args[], int status);

#endif
