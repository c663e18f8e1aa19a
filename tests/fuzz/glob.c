/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pattern, a NUL, a name: compiled and matched as fnmatch(3) does it. */
#include "core/glob.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 15 /* of a task */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What fnmatch() knows and we do not claim to: [[:alpha:]], [[=a=]], [[.a.]] */
static bool has_class(const char *pattern)
{
	return strstr(pattern, "[:") || strstr(pattern, "[=") || strstr(pattern, "[.");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *pattern = strndup((const char *)data, size), *name = NULL;
	struct target_glob glob;
	size_t at;
	int err;

	if (!pattern)
		return 0;
	at = strlen(pattern);
	at += at < size;
	name = strndup((const char *)data + at,
		       size - at < NAME_MAX_BYTES ? size - at : NAME_MAX_BYTES);
	err = name ? glob__compile(pattern, &glob) : -ENOMEM;
	if (!err) {
		bool matches = glob__matches(&glob, name);

		if (!has_class(pattern) && matches != !fnmatch(pattern, name, 0))
			abort();
	} else if (err != -EINVAL && err != -E2BIG && err != -ENOMEM) {
		abort();
	}
	free(pattern);
	free(name);
	return 0;
}
