/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a page of text fit, and do its columns line up, whatever tasks are called? */
#ifndef TESTS_UNIT_PAGE_H
#define TESTS_UNIT_PAGE_H

#define PAGE_WIDTHS 5
#define PAGE_NAMES  8

extern const int page_widths[PAGE_WIDTHS];

/* Names of tasks: wide, combining, from right to left, cut off, hostile. */
extern const char *const page_names[PAGE_NAMES];

/* No line has more columns than that. */
void page__check_fits(const char *text, int width, const char *page);

/* Each of the rows below the heading ends where the heading does. */
void page__check_lines_up(const char *text, const char *heading, int rows);

#endif
