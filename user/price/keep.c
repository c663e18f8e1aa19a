/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/invoker.h"
#include "core/login.h"
#include "core/replace.h"

#define FILE_BYTES_MAX (1 << 20)

int price_list__path(char *ret_path, size_t size)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	struct invoker invoker;
	struct login login;
	int length;

	invoker__read(&invoker);
	if (!invoker.other && cache && *cache == '/') {
		length = snprintf(ret_path, size, "%s/tasktoll/prices.json", cache);
	} else {
		const char *home = getenv("HOME");

		if (invoker.other || !home || *home != '/') {
			login__find(&login, invoker.other ? invoker.uid : getuid(), invoker.name);
			home = login.home;
		}
		length = snprintf(ret_path, size, "%s/.cache/tasktoll/prices.json", home);
	}
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

/* The directories above a file, as far as they are missing. */
static int make_directories(const char *path)
{
	char part[PATH_MAX], *slash;

	snprintf(part, sizeof(part), "%s", path);
	for (slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* Returns 0 or a negative errno. */
static int write_list(struct replace *file, const struct price_list *list)
{
	json_t *object = price_list__to_json(list);
	char *text = object ? json_dumps(object, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	size_t size = text ? strlen(text) : 0, done = 0;
	int err = text ? replace__begin(file) : -ENOMEM;

	while (!err && done < size) {
		ssize_t n = write(file->fd, text + done, size - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			err = -errno;
	}
	if (!err)
		err = replace__take_name(file);
	free(text);
	json_decref(object);
	return err;
}

int price_list__keep(const struct price_list *list, struct failure *failure)
{
	char path[PATH_MAX];
	struct invoker invoker;
	struct replace file;
	int err = price_list__path(path, sizeof(path));

	if (!err) {
		invoker__read(&invoker);
		err = invoker__enter(&invoker);
	}
	if (!err) {
		err = make_directories(path);
		invoker__leave(&invoker);
	}
	if (!err)
		err = replace__open(&file, path);
	if (!err) {
		err = write_list(&file, list);
		replace__close(&file);
	}
	if (err)
		return failure__set(failure, err, NULL,
				    "set XDG_CACHE_HOME to a directory that you can write to",
				    "cannot keep the prices in %s", path);
	return 0;
}

/* All of a regular file that is not too large; NULL with errno set. */
static char *read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	struct stat stat;
	ssize_t n = 0;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &stat) || !S_ISREG(stat.st_mode) || stat.st_size > FILE_BYTES_MAX)
		errno = EINVAL;
	else
		text = calloc(1, (size_t)stat.st_size + 1);
	if (text)
		n = read(fd, text, (size_t)stat.st_size);
	close(fd);
	if (n >= 0)
		return text;
	free(text);
	return NULL;
}

static int stale(struct failure *failure, const char *path, const char *differs)
{
	return failure__set(failure, -ESTALE, differs, "run tasktoll calibrate",
			    "the prices in %s are not used", path);
}

int price_list__recall(struct price_list *ret_list, struct failure *failure)
{
	struct price_machine now;
	struct price_list list;
	struct invoker invoker;
	char path[PATH_MAX], *text;
	const char *differs;
	json_t *object;
	int err = price_list__path(path, sizeof(path));

	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot find the prices");
	invoker__read(&invoker);
	err = invoker__enter(&invoker);
	text = err ? NULL : read_all(path);
	err = err ? err : text ? 0 : -errno;
	invoker__leave(&invoker);
	if (err)
		return failure__set(failure, err,
				    err == -EINVAL ? "it is no regular file, or too large" : NULL,
				    "run tasktoll calibrate", "no prices in %s", path);
	object = json_loads(text, 0, NULL);
	free(text);
	err = price_list__from_json(&list, object);
	json_decref(object);
	if (err)
		return failure__set(failure, err, "it is not a price list",
				    "run tasktoll calibrate to make a new one", "cannot use %s",
				    path);
	price_machine__read(&now);
	differs = price_machine__differs(&list.machine, &now);
	if (differs) {
		price_list__free(&list);
		return stale(failure, path, differs);
	}
	*ret_list = list;
	return 0;
}
