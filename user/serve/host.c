/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#define HOST_SIZE 256

/* Digits, up to the end. */
static bool is_port(const char *text)
{
	return *text && strlen(text) <= 5 && strspn(text, "0123456789") == strlen(text);
}

bool host__is_ours(const char *host, const char *name)
{
	char text[HOST_SIZE], *colon;
	struct in6_addr address;
	size_t size = strlen(host);

	if (!size || size >= sizeof(text))
		return false;
	memcpy(text, host, size + 1);
	colon = strrchr(text, ':');
	if (colon && colon > text && is_port(colon + 1) && (*text != '[' || colon[-1] == ']'))
		*colon = 0;
	size = strlen(text);
	if (size > 1 && text[size - 1] == '.') /* the root of all names */
		text[--size] = 0;
	if (*text == '[') {
		if (text[size - 1] != ']')
			return false;
		text[size - 1] = 0;
		return inet_pton(AF_INET6, text + 1, &address) == 1;
	}
	return inet_pton(AF_INET, text, &address) == 1 || !strcasecmp(text, "localhost") ||
	       (name && !strcasecmp(text, name));
}
