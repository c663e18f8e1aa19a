/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands before the library's allocations, in all of the program and what it is linked with. */
#include "scarce.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static size_t which; /* is to be refused, from 1 on */
static size_t left;  /* 0: none is refused */
static bool refused;

void scarce__begin(void)
{
	left = which;
}

void scarce__end(void)
{
	left = 0;
}

#define ALL_GRANTED (SCARCE_LESS + 1)
#define ENDED	    255 /* by a hash table */

static int run_with(enum scarce (*run)(void *context), void *context)
{
	enum scarce result = run(context);

	return result == SCARCE_WHOLE && !refused ? ALL_GRANTED : (int)result;
}

static int try_with(enum scarce (*run)(void *context), void *context)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(run_with(run, context));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "killed when allocation %zu is refused", which);
	return WEXITSTATUS(status);
}

void scarce__try(enum scarce (*run)(void *context), void *context, size_t step)
{
	size_t told = 0;
	int result = SCARCE_WHOLE;

	if (SCARCE_CANNOT)
		return; /* all that is left is what `context` was made with */
	for (which = 1; result != ALL_GRANTED; which += step) {
		result = try_with(run, context);
		cr_expect_neq(result, SCARCE_LESS, "not told: allocation %zu is refused", which);
		told += result == SCARCE_TOLD || result == ENDED;
	}
	cr_expect_gt(told, 0);
	cr_log_info("%zu allocations", which);
}

#if !SCARCE_CANNOT

/* What glibc calls its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

#define UNTRACED __attribute__((no_instrument_function))

static UNTRACED bool refuses(void)
{
	if (!left || --left)
		return false;
	refused = true;
	errno = ENOMEM;
	return true;
}

UNTRACED void *malloc(size_t size)
{
	return refuses() ? NULL : __libc_malloc(size);
}

UNTRACED void *calloc(size_t count, size_t size)
{
	return refuses() ? NULL : __libc_calloc(count, size);
}

UNTRACED void *realloc(void *old, size_t size)
{
	return refuses() ? NULL : __libc_realloc(old, size);
}

#endif
