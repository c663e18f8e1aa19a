/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/mhd.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libmicrohttpd.so.12"

bool mhd__load(struct mhd *mhd)
{
	static const struct {
		const char *name;
		size_t place;
	} functions[] = {
#define MHD_ROW(name) { "MHD_" #name, offsetof(struct mhd, name) },
		MHD_FUNCTIONS(MHD_ROW)
#undef MHD_ROW
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *function;
	size_t i;

	if (!library)
		return false;
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		function = dlsym(library, functions[i].name);
		if (!function)
			return false;
		memcpy((char *)mhd + functions[i].place, &function, sizeof(function));
	}
	return true;
}
