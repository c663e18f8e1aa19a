/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/witness.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/clock.h"
#include "core/confine.h"

#define PATIENCE_MS 5000 /* with a reader that has the file locked */

/* Only what writing the file takes: nothing of what tracing may do. */
static void keep_privileges(const struct invoker *invoker)
{
	static const cap_value_t become[] = { CAP_SETUID, CAP_SETGID };
	static const cap_value_t overrule[] = { CAP_DAC_OVERRIDE };

	if (invoker->other) {
		capabilities__keep(become, 2, NULL, 0);
		setgroups(1, &invoker->gid); /* a user namespace may forbid it */
		if (setresgid(invoker->gid, invoker->gid, invoker->gid) ||
		    setresuid(invoker->uid, invoker->uid, invoker->uid))
			_exit(1);
	}
	if (capabilities__keep(overrule, invoker->other || geteuid() ? 0 : 1, NULL, 0))
		_exit(1);
	confine__stay_private();
	confine__forget_environment();
}

/* Another file may have the name by now: only the recording that has our mark is touched. */
static void note(const char *path, const char *mark, __u64 when)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_open_v2(path, &db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
				 NULL);

	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(db, PATIENCE_MS);
		rc = sqlite3_prepare_v2(
			db,
			"UPDATE recording SET value = printf('%020lld', ?1) WHERE key = '" WITNESS_KEY
			"' AND value = '" WITNESS_UNKNOWN "' AND EXISTS "
			"(SELECT 1 FROM recording WHERE key = 'recorder' AND value = ?2)",
			-1, &stmt, NULL);
	}
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)when);
		sqlite3_bind_text(stmt, 2, mark, -1, SQLITE_STATIC);
		sqlite3_step(stmt);
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

/* What is sent to the recorder's group or from its terminal is not for us: we stay until it ends. */
static void watch(int recorder, const char *path, const char *mark, const struct invoker *invoker)
{
	struct pollfd wait = { .fd = recorder, .events = POLLIN };

	setsid();
	prctl(PR_SET_NAME, "tasktoll-end");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	keep_privileges(invoker);
	/* nothing else of the recorder's stays open: not its output, nor what it traces with */
	if (recorder)
		syscall(SYS_close_range, 0U, (unsigned int)recorder - 1, 0);
	syscall(SYS_close_range, (unsigned int)recorder + 1, ~0U, 0);
	if (chdir("/"))
		_exit(1);
	while (poll(&wait, 1, -1) != 1)
		;
	note(path, mark, clock__monotonic());
	_exit(0);
}

pid_t witness__start(const char *path, const char *mark, const struct invoker *invoker)
{
	int recorder = (int)syscall(SYS_pidfd_open, getpid(), 0), err;
	pid_t pid;

	if (recorder < 0)
		return -errno;
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (!pid)
		watch(recorder, path, mark, invoker);
	close(recorder);
	return err ? err : pid;
}

void witness__stop(pid_t witness)
{
	if (witness <= 0)
		return;
	kill(witness, SIGKILL);
	(void)TEMP_FAILURE_RETRY(waitpid(witness, NULL, 0));
}
