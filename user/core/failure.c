/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/utf8.h"

int failure__set(struct failure *failure, int error, const char *why, const char *hint,
		 const char *what_fmt, ...)
{
	char what[320];
	va_list args;

	va_start(args, what_fmt);
	vsnprintf(what, sizeof(what), what_fmt, args);
	va_end(args);
	if (!why)
		why = strerror(error < 0 ? -error : error);
	failure->error = error;
	if (hint)
		snprintf(failure->text, sizeof(failure->text), "%s: %s (%s)", what, why, hint);
	else
		snprintf(failure->text, sizeof(failure->text), "%s: %s", what, why);
	utf8__printable(failure->text); /* names in it may come from anywhere */
	return error;
}
