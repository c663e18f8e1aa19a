/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/invoker.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include "core/parse.h"

void invoker__read(struct invoker *invoker)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");
	const char *name = getenv("SUDO_USER");
	__u64 u, g;

	memset(invoker, 0, sizeof(*invoker));
	if (geteuid() || !uid || !gid || parse__number(uid, (uid_t)-2, &u) ||
	    parse__number(gid, (gid_t)-2, &g) || !u)
		return;
	invoker->other = true;
	invoker->uid = (uid_t)u;
	invoker->gid = (gid_t)g;
	snprintf(invoker->name, sizeof(invoker->name), "%s", name ? name : "");
}

int invoker__become(const struct invoker *invoker)
{
	if (!invoker->other)
		return 0;
	if (*invoker->name ? initgroups(invoker->name, invoker->gid) : setgroups(1, &invoker->gid))
		return -errno;
	if (setresgid(invoker->gid, invoker->gid, invoker->gid) ||
	    setresuid(invoker->uid, invoker->uid, invoker->uid))
		return -errno;
	return 0;
}

int invoker__enter(const struct invoker *invoker)
{
	if (invoker->other && (setegid(invoker->gid) || seteuid(invoker->uid)))
		return -errno;
	return 0;
}

int invoker__leave(const struct invoker *invoker)
{
	if (invoker->other && (seteuid(0) || setegid(0)))
		return -errno;
	return 0;
}

int invoker__create(const struct invoker *invoker, const char *path)
{
	int err = invoker__enter(invoker), fd;

	if (err)
		return err;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	err = fd < 0 ? -errno : 0;
	if (invoker__leave(invoker)) {
		err = -errno;
		if (fd >= 0)
			close(fd);
	}
	return err ? err : fd;
}

void privileges__drop(bool starts_others)
{
	/* the last two only on demand */
	static const cap_value_t keep[] = { CAP_BPF,	CAP_PERFMON,	CAP_SYS_ADMIN,
					    CAP_KILL,	CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
					    CAP_SETUID, CAP_SETGID };
	size_t count = sizeof(keep) / sizeof(keep[0]) - (starts_others ? 0 : 2);
	cap_t now = cap_get_proc(), next = cap_init();
	cap_flag_value_t have;
	size_t i;

	for (i = 0; now && next && i < count; i++) {
		if (cap_get_flag(now, keep[i], CAP_PERMITTED, &have) || have != CAP_SET)
			continue;
		cap_set_flag(next, CAP_PERMITTED, 1, &keep[i], CAP_SET);
		cap_set_flag(next, CAP_EFFECTIVE, 1, &keep[i], CAP_SET);
	}
	if (now && next)
		cap_set_proc(next); /* a failure leaves us with more, not less */
	if (now)
		cap_free(now);
	if (next)
		cap_free(next);
}
