/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/remark.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

void remark(const char *format, ...)
{
	char *bytes, *text;
	va_list args;
	size_t room;
	int size;

	va_start(args, format);
	size = vasprintf(&bytes, format, args);
	va_end(args);
	if (size < 0)
		return;
	room = 3 * (size_t)size + 1;
	text = malloc(room);
	if (text) {
		utf8__from_bytes(text, room, bytes, (size_t)size);
		utf8__printable(text);
		fprintf(stderr, "tasktoll: %s\n", text);
	}
	free(text);
	free(bytes);
}
