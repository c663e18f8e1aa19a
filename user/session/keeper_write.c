/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a keeper keeps becomes a recording. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/invoker.h"
#include "core/number.h"
#include "session/keeper.h"
#include "session/recording_name.h"
#include "store/store.h"

/* ---- the file ---- */

/* Its crashes are lent to the model. */
static int write_period(const struct kept_period *period, struct store_writer *writer, __u32 number,
			struct failure *failure)
{
	struct compact compact = period->compact;
	struct model *model;
	int err = compact__unpack(&compact, &model);

	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot write the recording");
	err = store__put_period(writer, number, model, &period->summary, period->end_ns, failure);
	model->crashes = NULL;
	model->crash_count = 0;
	model__free(model);
	return err;
}

static int write_periods(const struct keeper *keeper, struct store_writer *writer,
			 struct failure *failure)
{
	int err = store__begin(writer, failure);
	size_t i;

	for (i = 0; i < keeper->count && !err; i++)
		err = write_period(&keeper->periods[i], writer, (__u32)i + 1, failure);
	return err ? err : store__commit(writer, failure);
}

/* It is ours: it was not there before. */
static void remove_file(const char *path)
{
	struct invoker invoker;

	invoker__read(&invoker);
	if (invoker__enter(&invoker))
		return;
	unlink(path);
	invoker__leave(&invoker);
}

int keeper__write(const struct keeper *keeper, const char *path, struct failure *failure)
{
	struct store_writer *writer;
	struct failure second;
	int err, closed;

	if (!keeper->count)
		return failure__set(failure, -ENODATA, "no interval is over yet", NULL,
				    "nothing to keep");
	err = store__create(&writer, path, false, &keeper->periods[keeper->count - 1].summary,
			    failure);
	if (err)
		return err;
	store__set_end(writer, keeper->periods[keeper->count - 1].end_ns);
	err = write_periods(keeper, writer, failure);
	closed = store__close(writer, !err, err ? &second : failure);
	err = err ? err : closed;
	if (err)
		remove_file(path);
	return err;
}

/* ---- in a process of its own ---- */

/* What a recording covers, in words. */
static void keeper__describe(struct keeper *keeper)
{
	snprintf(keeper->what, sizeof(keeper->what), "the last %s (%zu interval%s) in %s",
		 number__duration(keeper->ns).text, keeper->count, keeper->count == 1 ? "" : "s",
		 keeper->path);
}

static void write_in_child(const struct keeper *keeper, const char *path, int result)
{
	struct failure failure;
	int err;

	/* what is traced with would stay in use as long as we have it */
	syscall(SYS_close_range, 3U, (unsigned int)result - 1, 0);
	syscall(SYS_close_range, (unsigned int)result + 1, ~0U, 0);
	err = keeper__write(keeper, path, &failure);
	(void)!write(result, &err, sizeof(err));
	_exit(0);
}

void keeper__start_writing(struct keeper *keeper, char *ret_text, size_t size)
{
	int fds[2];

	if (keeper->child) {
		snprintf(ret_text, size, "still keeping %s", keeper->what);
		return;
	}
	recording_name__make(keeper->path, sizeof(keeper->path));
	keeper__describe(keeper);
	if (pipe2(fds, O_CLOEXEC)) {
		snprintf(ret_text, size, "cannot keep a recording: %s", strerror(errno));
		return;
	}
	keeper->child = fork();
	if (!keeper->child)
		write_in_child(keeper, keeper->path, fds[1]);
	close(fds[1]);
	keeper->result = fds[0];
	snprintf(ret_text, size, "keeping %s ...", keeper->what);
	if (keeper->child > 0)
		return;
	snprintf(ret_text, size, "cannot keep a recording: %s", strerror(errno));
	keeper->child = 0;
	close(fds[0]);
}

static const char *advice(int err)
{
	return err == -ENOSPC || err == -EDQUOT ? " (free some space, and press R again)" :
	       err == -EEXIST			? " (press R again)" :
	       err == -EACCES || err == -EPERM || err == -EROFS ?
				" (start top in a directory of yours)" :
				"";
}

bool keeper__has_written(struct keeper *keeper, bool wait, char *ret_text, size_t size)
{
	struct pollfd ready = { .fd = keeper->result, .events = POLLIN };
	int err = -ECHILD;

	if (!keeper->child || (poll(&ready, 1, wait ? -1 : 0) <= 0 && !wait))
		return false;
	(void)!read(keeper->result, &err, sizeof(err)); /* nothing if it ended early */
	close(keeper->result);
	while (waitpid(keeper->child, NULL, 0) < 0 && errno == EINTR)
		;
	keeper->child = 0;
	if (err)
		snprintf(ret_text, size, "nothing is kept: cannot write %s: %s%s", keeper->path,
			 err == -ECHILD ? "its process has ended" : strerror(-err), advice(err));
	else
		snprintf(ret_text, size, "kept %s", keeper->what);
	return true;
}
