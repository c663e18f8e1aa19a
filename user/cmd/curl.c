/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Of either library for TLS; both have the same functions. */
static void *open_library(void)
{
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	return library ? library : dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
}

int curl__load(struct curl *curl, const char **ret_lacking)
{
	static const struct {
		const char *name;
		size_t place;
	} functions[] = {
#define CURL_ROW(name) { "curl_" #name, offsetof(struct curl, name) },
		CURL_FUNCTIONS(CURL_ROW)
#undef CURL_ROW
	};
	void *library = open_library(), *function;
	size_t i;

	if (!library)
		return -ENOENT;
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		function = dlsym(library, functions[i].name);
		if (!function) {
			*ret_lacking = functions[i].name;
			return -ENOSYS;
		}
		memcpy((char *)curl + functions[i].place, &function, sizeof(function));
	}
	return 0;
}
