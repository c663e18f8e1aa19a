/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that runs out where a test says so: who asks for it has to tell. */
#ifndef TESTS_UNIT_SCARCE_H
#define TESTS_UNIT_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

/* The sanitizers have memory of their own, which never runs out. */
#ifdef __SANITIZE_ADDRESS__
#define SCARCE_CANNOT 1
#else
#define SCARCE_CANNOT 0
#endif

enum scarce { SCARCE_WHOLE, SCARCE_TOLD, SCARCE_LESS };

/*
 * Runs it again and again, each time with another allocation refused, one of `step`, and all others
 * granted.  In a process of its own, for a hash table without memory ends it (core/hash.h), which
 * counts as told.  What is less than whole and not told fails the test.
 */
void scarce__try(enum scarce (*run)(void *context), void *context, size_t step);

/* For `run`: where memory begins to be scarce, and where it ends. */
void scarce__begin(void);
void scarce__end(void);

#endif
