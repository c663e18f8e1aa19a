/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/invoker.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/confine.h"
#include "core/login.h"
#include "core/open_files.h"
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
	struct login login;

	open_files__restore_limit();
	if (!invoker->other)
		return 0;
	login__find(&login, invoker->uid, invoker->name);
	if (initgroups(login.name, invoker->gid))
		return -errno;
	if (setresgid(invoker->gid, invoker->gid, invoker->gid) ||
	    setresuid(invoker->uid, invoker->uid, invoker->uid))
		return -errno;
	return login__set_environment(&login);
}

/* What it takes to write files as who asked. */
static const cap_value_t *privileges_to_write(const struct invoker *invoker)
{
	static const cap_value_t become[] = { CAP_SETUID, CAP_SETGID };
	static const cap_value_t overrule[] = { CAP_DAC_OVERRIDE, CAP_FOWNER };

	return invoker->other ? become : overrule;
}

/* What is permitted of these comes into effect; of what is not there the kernel will tell. */
static int raise_privileges(struct invoker *invoker)
{
	const cap_value_t *privileges = privileges_to_write(invoker);
	cap_t now = cap_get_proc();
	cap_flag_value_t have;
	int i, err = 0;

	invoker->before = cap_get_proc();
	for (i = 0; now && i < 2; i++) {
		if (!cap_get_flag(now, privileges[i], CAP_PERMITTED, &have) && have == CAP_SET)
			cap_set_flag(now, CAP_EFFECTIVE, 1, &privileges[i], CAP_SET);
	}
	if (!now || !invoker->before || cap_set_proc(now))
		err = -errno;
	if (now)
		cap_free(now);
	return err;
}

static int restore_privileges(struct invoker *invoker)
{
	int err = invoker->before && cap_set_proc(invoker->before) ? -errno : 0;

	if (invoker->before)
		cap_free(invoker->before);
	invoker->before = NULL;
	return err;
}

/* Of this thread alone: the C library would ask all of them, and others may not. */
static int set_effective(uid_t uid, gid_t gid, bool gid_first)
{
	if (gid_first && syscall(SYS_setresgid, -1, gid, -1))
		return -errno;
	if (syscall(SYS_setresuid, -1, uid, -1))
		return -errno;
	return !gid_first && syscall(SYS_setresgid, -1, gid, -1) ? -errno : 0;
}

int invoker__enter(struct invoker *invoker)
{
	int err = raise_privileges(invoker);

	if (!err && invoker->other)
		err = set_effective(invoker->uid, invoker->gid, true);
	if (err && invoker->other)
		set_effective(0, 0, false);
	if (err)
		restore_privileges(invoker);
	return err;
}

/* To become root again brings all that is permitted into effect: the privileges come last. */
int invoker__leave(struct invoker *invoker)
{
	int err = invoker->other ? set_effective(0, 0, false) : 0;
	int restored = restore_privileges(invoker);

	return err ? err : restored;
}

#define GROUPS 256 /* more are left out: fewer privileges, not more */

/*
 * Those of the invoker in place of root's: files are written with them.  Of this thread
 * alone, as in set_effective().
 */
static void invoker__take_groups(const struct invoker *invoker)
{
	gid_t groups[GROUPS];
	int count = GROUPS;
	struct login login;

	login__find(&login, invoker->uid, invoker->name);
	if (getgrouplist(login.name, invoker->gid, groups, &count) < 0)
		count = GROUPS;
	syscall(SYS_setgroups, (size_t)count, groups);
}

void privileges__drop(bool starts_others, bool writes_files)
{
	/* the last two only on demand */
	static const cap_value_t keep[] = { CAP_BPF,	CAP_PERFMON,	CAP_SYS_ADMIN,
					    CAP_KILL,	CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
					    CAP_SETUID, CAP_SETGID };
	size_t count = sizeof(keep) / sizeof(keep[0]) - (starts_others ? 0 : 2);
	struct invoker invoker;

	invoker__read(&invoker);
	if (invoker.other && writes_files)
		invoker__take_groups(&invoker);
	/* a failure leaves us with more, not less */
	capabilities__keep(keep, count, privileges_to_write(&invoker), writes_files ? 2 : 0);
	if (!starts_others) { /* what others execute may have privileges of its own */
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		confine__forbid_needless();
		if (invoker.other && writes_files)
			confine__limit_ids(invoker.uid, invoker.gid);
	}
}
