/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/invoker.h"

int sink__open(struct sink *sink, const char *path, struct failure *failure)
{
	struct invoker invoker;

	memset(sink, 0, sizeof(*sink));
	if (!path) {
		sink->fd = STDOUT_FILENO;
		sink->name = "standard output";
		sink->terminal = isatty(STDOUT_FILENO);
		return 0;
	}
	invoker__read(&invoker);
	sink->fd = invoker__create(&invoker, path);
	if (sink->fd < 0)
		return failure__set(failure, sink->fd, NULL,
				    "name a file in a directory that you may write to",
				    "cannot create %s", path);
	sink->name = path;
	return 0;
}

FILE *sink__compose(struct sink *sink)
{
	sink->page = open_memstream(&sink->text, &sink->size);
	return sink->page;
}

/* All of it, or a negative errno. */
static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

int sink__write(struct sink *sink, struct failure *failure)
{
	int err = fclose(sink->page) ? -ENOMEM : write_all(sink->fd, sink->text, sink->size);

	free(sink->text);
	sink->page = NULL;
	sink->text = NULL;
	if (err == -EPIPE) {
		sink->gone = true;
		return 0;
	}
	if (!err)
		return 0;
	return failure__set(failure, err, NULL,
			    err == -ENOSPC ? "free some space, or name another file with -o" :
					     "name another file with -o",
			    "cannot write the summary to %s", sink->name);
}

void sink__close(struct sink *sink)
{
	if (sink->fd > STDERR_FILENO)
		close(sink->fd);
	sink->fd = -1;
}
