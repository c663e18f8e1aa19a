/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/invoker.h"

int sink__open(struct sink *sink, const char *path, struct failure *failure)
{
	struct invoker invoker;
	struct winsize size;
	int fd;

	memset(sink, 0, sizeof(*sink));
	if (!path) {
		sink->out = stdout;
		sink->name = "standard output";
		sink->terminal = isatty(STDOUT_FILENO);
		if (sink->terminal && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
			sink->width = size.ws_col;
		return 0;
	}
	invoker__read(&invoker);
	fd = invoker__create(&invoker, path);
	if (fd >= 0)
		sink->out = fdopen(fd, "w");
	if (!sink->out)
		return failure__set(failure, fd < 0 ? fd : -errno, NULL,
				    "name a file in a directory that you may write to",
				    "cannot create %s", path);
	sink->name = path;
	return 0;
}

int sink__check(struct sink *sink, struct failure *failure)
{
	int err;

	errno = 0;
	if (!fflush(sink->out) && !ferror(sink->out))
		return 0;
	err = errno ? -errno : -EIO;
	if (err == -EPIPE) {
		sink->gone = true;
		return 0;
	}
	return failure__set(failure, err, NULL,
			    err == -ENOSPC ? "free some space, or name another file with -o" :
					     "name a file with -o",
			    "cannot write the summary to %s", sink->name);
}

void sink__close(struct sink *sink)
{
	if (sink->out && sink->out != stdout)
		fclose(sink->out);
	sink->out = NULL;
}
