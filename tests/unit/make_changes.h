/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much is written: apart, for what a store is made of has names that views have, too. */
#ifndef TESTS_UNIT_MAKE_CHANGES_H
#define TESTS_UNIT_MAKE_CHANGES_H

struct store_writer;

/* Rows, since it was made. */
int store_writer__changes(const struct store_writer *writer);

#endif
