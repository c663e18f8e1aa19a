/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/ksyms.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM_AT_FIRST (16UL << 20) /* the kernel's own symbols take some 10 MB */

/* All of a file whose size nobody knows, as a string; NULL if it cannot be read. */
static char *file__slurp(int fd)
{
	size_t room = ROOM_AT_FIRST, used = 0;
	char *text = malloc(room), *more;
	ssize_t n = 1;

	while (text && n > 0) {
		if (used + 1 == room) {
			more = realloc(text, room * 2);
			if (!more)
				break;
			text = more;
			room *= 2;
		}
		n = read(fd, text + used, room - used - 1);
		used += n > 0 ? (size_t)n : 0;
	}
	if (text)
		text[used] = 0;
	return text;
}

bool ksyms__find_in(const char *text, const char *name, char *ret_symbol, size_t capacity)
{
	size_t wanted = strlen(name), length;
	const char *at = text;

	while ((at = strstr(at, name))) {
		const char *symbol = at;

		length = strcspn(symbol, " \t\n");
		at += length;
		/* " t " before it, and all of its name or a suffix behind it */
		if (symbol - text < 3 || symbol[-1] != ' ' || tolower(symbol[-2]) != 't' ||
		    (symbol[wanted] != '.' && length != wanted))
			continue;
		if (length >= capacity || memmem(symbol, length, ".cold", 5))
			continue;
		snprintf(ret_symbol, capacity, "%.*s", (int)length, symbol);
		return true;
	}
	return false;
}

bool ksyms__find(struct ksyms *ksyms, const char *name, char *ret_symbol, size_t capacity)
{
	int fd;

	if (!ksyms->text) {
		fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return false;
		ksyms->text = file__slurp(fd);
		close(fd);
	}
	return ksyms->text && ksyms__find_in(ksyms->text, name, ret_symbol, capacity);
}

void ksyms__free(struct ksyms *ksyms)
{
	free(ksyms->text);
	ksyms->text = NULL;
}
