/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sink.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"

#define READER_NS 250000000ULL /* that the reader may let pass, from the signal on that ends us */

int sink__open(struct sink *sink, const char *path, struct failure *failure)
{
	int err;

	memset(sink, 0, sizeof(*sink));
	sink->file.fd = sink->file.directory = -1;
	if (!path) {
		sink->fd = STDOUT_FILENO;
		sink->name = "standard output";
		sink->terminal = isatty(STDOUT_FILENO);
		return 0;
	}
	err = replace__open(&sink->file, path);
	if (err)
		return failure__set(failure, err, replace__why(err),
				    err == -ENXIO ?
					    "begin to read it first" :
					    "name a file in a directory that you may write to",
				    "cannot create %s", path);
	sink->fd = sink->file.fd;
	sink->name = path;
	return 0;
}

FILE *sink__compose(struct sink *sink)
{
	sink->page = open_memstream(&sink->text, &sink->size);
	return sink->page;
}

/* Nothing could be written since then: until something can, or -ETIMEDOUT. */
static int sink__wait(const struct sink *sink, int error, __u64 since_ns)
{
	struct pollfd wait = { .fd = sink->fd, .events = POLLOUT };

	if (error != EINTR && error != EAGAIN)
		return -error;
	if (halt__is_due(sink->halt, READER_NS) && clock__monotonic() - since_ns > READER_NS)
		return -ETIMEDOUT;
	if (error == EAGAIN)
		poll(&wait, 1, -1);
	return 0;
}

/* All of it, or a negative errno. */
static int sink__write_all(const struct sink *sink)
{
	size_t done = 0;
	__u64 since_ns = clock__monotonic(); /* the reader has read nothing */
	int err = 0;

	while (!err && done < sink->size) {
		ssize_t n = write(sink->fd, sink->text + done, sink->size - done);

		if (n < 0) {
			err = sink__wait(sink, errno, since_ns);
			continue;
		}
		done += (size_t)n;
		since_ns = clock__monotonic();
	}
	return err;
}

static int write_page(struct sink *sink)
{
	int err = replace__begin(&sink->file);

	if (!err)
		err = sink__write_all(sink);
	return err ? err : replace__take_name(&sink->file);
}

void sink__discard(struct sink *sink)
{
	if (sink->page)
		fclose(sink->page);
	free(sink->text);
	sink->page = NULL;
	sink->text = NULL;
}

int sink__write(struct sink *sink, struct failure *failure)
{
	FILE *page = sink->page;
	int err;

	sink->page = NULL;
	err = fclose(page) ? -ENOMEM : write_page(sink);
	sink__discard(sink);
	if (err == -EPIPE) {
		sink->gone = true;
		return 0;
	}
	if (!err)
		return 0;
	if (err == -ETIMEDOUT)
		return failure__set(failure, err, "nobody reads it", "the rest of it is lost",
				    "cannot write the summary to %s", sink->name);
	return failure__set(failure, err, NULL,
			    err == -ENOSPC ? "free some space, or name another file with -o" :
					     "name another file with -o",
			    "cannot write the summary to %s", sink->name);
}

void sink__close(struct sink *sink)
{
	if (sink->name && sink->fd == sink->file.fd)
		replace__close(&sink->file);
	sink->fd = -1;
}
