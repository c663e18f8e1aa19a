/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/cgroup_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ID_DIGITS 64 /* of a container, hexadecimal */
#define ID_SHOWN  12
#define UID_SIZE  36 /* of a pod: 8-4-4-4-12 */

/* A component of the path. */
struct part {
	const char *text;
	size_t size;
};

static bool part__begins(struct part part, const char *with)
{
	return part.size >= strlen(with) && !strncmp(part.text, with, strlen(with));
}

static bool part__ends(struct part part, const char *with)
{
	size_t size = strlen(with);

	return part.size > size && !strncmp(part.text + part.size - size, with, size);
}

static bool part__is(struct part part, const char *text)
{
	return part.size == strlen(text) && part__begins(part, text);
}

static bool is_container_id(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (!isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i]))
			return false;
	}
	return size == ID_DIGITS;
}

/* Who runs it, and the id; NULL: it is no container of anybody whom we know. */
static const char *part__container(struct part part, struct part above, const char **ret_id)
{
	static const struct {
		const char *prefix, *runtime;
	} scopes[] = { { "docker-", "docker" },
		       { "cri-containerd-", "containerd" },
		       { "nerdctl-", "containerd" },
		       { "crio-", "cri-o" },
		       { "libpod-", "podman" } };
	size_t i, size;

	for (i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		size = strlen(scopes[i].prefix);
		if (!part__begins(part, scopes[i].prefix) || !part__ends(part, ".scope"))
			continue;
		if (is_container_id(part.text + size, part.size - size - strlen(".scope"))) {
			*ret_id = part.text + size;
			return scopes[i].runtime;
		}
	}
	if (!is_container_id(part.text, part.size)) /* the driver cgroupfs: no scopes */
		return NULL;
	*ret_id = part.text;
	return part__is(above, "docker")	? "docker" :
	       part__is(above, "libpod_parent") ? "podman" :
	       part__begins(above, "pod")	? "container" :
						  NULL;
}

/* "pod8-4-4-4-12" or "kubepods-burstable-pod8_4_4_4_12.slice". */
static bool part__pod(struct part part, char uid[UID_SIZE + 1])
{
	const char *at = part.text;
	size_t size = part.size, i;

	if (part__begins(part, "kubepods") && part__ends(part, ".slice")) {
		size -= strlen(".slice");
		while (size > UID_SIZE + 3 && strncmp(at, "-pod", 4) != 0) {
			at++;
			size--;
		}
		at++;
		size--;
	}
	if (size != UID_SIZE + 3 || strncmp(at, "pod", 3) != 0)
		return false;
	for (i = 0; i < UID_SIZE; i++) {
		char c = at[3 + i];

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (c != '-' && c != '_')
				return false;
			c = '-';
		} else if (!isxdigit((unsigned char)c)) {
			return false;
		}
		uid[i] = c;
	}
	uid[UID_SIZE] = 0;
	return true;
}

static bool part__is_unit(struct part part)
{
	static const char *const suffixes[] = { ".service", ".scope", ".socket",
						".mount",   ".swap",  ".slice" };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (part__ends(part, suffixes[i]))
			return true;
	}
	return false;
}

bool cgroup_name__is_unit(const char *name)
{
	return *name != '/' && part__is_unit((struct part){ name, strlen(name) });
}

const char *cgroup_name__container(const char *name)
{
	const char *id = strrchr(name, strncmp(name, "pod ", 4) ? ' ' : '/');
	size_t i;

	if (*name == '/' || !id || strlen(++id) != ID_SHOWN)
		return NULL;
	for (i = 0; i < ID_SHOWN; i++) {
		if (!isxdigit((unsigned char)id[i]))
			return NULL;
	}
	return id;
}

/* systemd writes what may not stand in a path as \x2d. */
static void copy_unit(char *name, size_t capacity, struct part part)
{
	size_t i, out = 0;
	unsigned int byte;

	for (i = 0; i < part.size && out + 1 < capacity; i++) {
		if (i + 3 < part.size && part.text[i] == '\\' && part.text[i + 1] == 'x' &&
		    isxdigit((unsigned char)part.text[i + 2]) &&
		    isxdigit((unsigned char)part.text[i + 3]) &&
		    sscanf(part.text + i + 2, "%2x", &byte) == 1 && byte) {
			name[out++] = (char)byte;
			i += 3;
		} else {
			name[out++] = part.text[i];
		}
	}
	name[out] = 0;
}

/* The component that ends at `end`; size 0: there is none. */
static struct part part__before(const char *path, const char *end)
{
	const char *at = end;

	while (at > path && at[-1] != '/')
		at--;
	return (struct part){ at, (size_t)(end - at) };
}

void cgroup__name(char *name, size_t capacity, const char *path)
{
	const char *end = path + strlen(path), *runtime = NULL, *id = NULL;
	struct part unit = { 0 };
	char uid[UID_SIZE + 1] = "";

	while (end > path) {
		struct part part = part__before(path, end), above = { 0 };

		end = part.text > path ? part.text - 1 : path;
		above = part__before(path, end);
		if (!runtime)
			runtime = part__container(part, above, &id);
		if (!*uid)
			part__pod(part, uid);
		if (!unit.size && part__is_unit(part))
			unit = part;
	}
	if (*uid && runtime)
		snprintf(name, capacity, "pod %s/%.*s", uid, ID_SHOWN, id);
	else if (*uid)
		snprintf(name, capacity, "pod %s", uid);
	else if (runtime)
		snprintf(name, capacity, "%s %.*s", runtime, ID_SHOWN, id);
	else if (unit.size)
		copy_unit(name, capacity, unit);
	else
		snprintf(name, capacity, "%s", *path ? path : "/");
}
