/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/comparison/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void verdict__say(struct verdict *verdict, const char *format, ...)
{
	va_list args;

	if (verdict->count >= VERDICT_SENTENCES)
		return;
	va_start(args, format);
	vsnprintf(verdict->sentences[verdict->count], sizeof(verdict->sentences[0]), format, args);
	va_end(args);
	verdict->count++;
}

void verdict__doubt(struct verdict *verdict, const char *format, ...)
{
	size_t used = strlen(verdict->doubt);
	va_list args;

	if (used)
		used += (size_t)snprintf(verdict->doubt + used, sizeof(verdict->doubt) - used,
					 "; ");
	if (used >= sizeof(verdict->doubt))
		return;
	va_start(args, format);
	vsnprintf(verdict->doubt + used, sizeof(verdict->doubt) - used, format, args);
	va_end(args);
}
