/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libcurl, loaded when something is to be sent and not before: it brings libraries for TLS and names with
 * it, which would cost every command time and have no business where privileges are.
 */
#ifndef CMD_CURL_H
#define CMD_CURL_H

#include <curl/curl.h>

#define CURL_FUNCTIONS(F)                                                                          \
	F(global_init)                                                                             \
	F(easy_init)                                                                               \
	F(easy_setopt)                                                                             \
	F(easy_perform)                                                                            \
	F(easy_getinfo)                                                                            \
	F(easy_strerror)                                                                           \
	F(easy_escape)                                                                             \
	F(easy_cleanup)                                                                            \
	F(free)                                                                                    \
	F(slist_append)                                                                            \
	F(slist_free_all)                                                                          \
	F(mime_init)                                                                               \
	F(mime_addpart)                                                                            \
	F(mime_name)                                                                               \
	F(mime_filename)                                                                           \
	F(mime_type)                                                                               \
	F(mime_data)                                                                               \
	F(mime_free)

struct curl {
#define CURL_FIELD(name) __typeof__(&curl_##name) name;
	CURL_FUNCTIONS(CURL_FIELD)
#undef CURL_FIELD
};

/* -ENOENT: it is not installed; -ENOSYS: it is too old, and the first function that it lacks. */
int curl__load(struct curl *curl, const char **ret_lacking);

#endif
