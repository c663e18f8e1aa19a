/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why something did not work, as one sentence that a user can act on.
 *
 * Library layers return a negative errno and fill in a failure; they never
 * print.  The command that was asked prints it, once.
 */
#ifndef CORE_FAILURE_H
#define CORE_FAILURE_H

struct failure {
	int error; /* negative errno, 0 if nothing failed */
	char text[768];
};

/*
 * Records "what: why (hint)".  what_fmt says what was attempted, why is a
 * reason or NULL for strerror(error), hint what to do about it or NULL.
 * Returns error, so that it can end a function: return failure__set(...).
 */
__attribute__((format(printf, 5, 6))) int failure__set(struct failure *failure, int error,
						       const char *why, const char *hint,
						       const char *what_fmt, ...);

#endif
