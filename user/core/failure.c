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
	char text[sizeof(failure->text)];
	va_list args;

	va_start(args, what_fmt);
	vsnprintf(what, sizeof(what), what_fmt, args);
	va_end(args);
	if (!why)
		why = strerror(error < 0 ? -error : error);
	failure->error = error;
	if (hint)
		snprintf(text, sizeof(text), "%s: %s (%s)", what, why, hint);
	else
		snprintf(text, sizeof(text), "%s: %s", what, why);
	/* names in it may come from anywhere */
	utf8__from_bytes(failure->text, sizeof(failure->text), text, sizeof(text));
	utf8__printable(failure->text);
	return error;
}
