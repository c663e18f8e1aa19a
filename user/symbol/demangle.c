/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/demangle.h"

#include <stdlib.h>
#include <string.h>

#include <libiberty/demangle.h>

static size_t name__copy(char name[NAME_BYTES], const char *from, size_t length)
{
	if (length >= NAME_BYTES) {
		length = NAME_BYTES - 1;
		memcpy(name, from, length - 3);
		memcpy(name + length - 3, "...", 3);
	} else {
		memcpy(name, from, length);
	}
	name[length] = 0;
	return length;
}

size_t demangle(const char *symbol, char name[NAME_BYTES])
{
	const char *version = *symbol ? strchr(symbol + 1, '@') : NULL;
	size_t length = version ? (size_t)(version - symbol) : strnlen(symbol, NAME_BYTES);
	char *plain;

	length = name__copy(name, symbol, length);
	/* only what says that it is mangled: C has names that would pass for it */
	if (strncmp(name, "_Z", 2) && strncmp(name, "_R", 2) && strncmp(name, "_GLOBAL_", 8))
		return length;
	plain = cplus_demangle(name, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
	if (plain && *plain)
		length = name__copy(name, plain, strlen(plain));
	free(plain);
	return length;
}
