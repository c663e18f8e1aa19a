/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confine.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NOBODY	     65534
#define DYNAMIC_UIDS 61184 /* to 65519: users that exist while they run, see systemd's UIDS-GIDS */
#define DYNAMIC_LAST 65519
#define EMPTY_ROOT   "/proc/self/fdinfo" /* nothing can be made there, and it goes with its process */

/* ---- system calls ---- */

static int filter__load(uint32_t otherwise, uint32_t action, const int *calls, size_t count)
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	int err = filter ? 0 : -ENOMEM;
	size_t i;

	/* what this architecture does not have cannot be called either */
	for (i = 0; i < count && !err; i++) {
		if (calls[i] >= 0)
			err = seccomp_rule_add(filter, action, calls[i], 0);
	}
	if (!err)
		err = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return err;
}

int confine__allow(const int *calls, size_t count)
{
	return filter__load(SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ALLOW, calls, count);
}

int confine__deny(const int *calls, size_t count)
{
	return filter__load(SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM), calls, count);
}

int confine__forbid_needless(void)
{
	static const int calls[] = {
		SCMP_SYS(execve),
		SCMP_SYS(execveat),
		SCMP_SYS(ptrace),
		SCMP_SYS(process_vm_readv),
		SCMP_SYS(process_vm_writev),
		SCMP_SYS(mount),
		SCMP_SYS(umount2),
		SCMP_SYS(pivot_root),
		SCMP_SYS(move_mount),
		SCMP_SYS(fsopen),
		SCMP_SYS(fsmount),
		SCMP_SYS(open_tree),
		SCMP_SYS(mount_setattr),
		SCMP_SYS(setns),
		SCMP_SYS(init_module),
		SCMP_SYS(finit_module),
		SCMP_SYS(delete_module),
		SCMP_SYS(kexec_load),
		SCMP_SYS(kexec_file_load),
		SCMP_SYS(reboot),
		SCMP_SYS(swapon),
		SCMP_SYS(swapoff),
		SCMP_SYS(keyctl),
		SCMP_SYS(add_key),
		SCMP_SYS(request_key),
		SCMP_SYS(userfaultfd),
		SCMP_SYS(io_uring_setup),
		SCMP_SYS(personality),
		SCMP_SYS(open_by_handle_at),
		SCMP_SYS(acct),
		SCMP_SYS(quotactl),
		SCMP_SYS(iopl),
		SCMP_SYS(ioperm),
		SCMP_SYS(settimeofday),
		SCMP_SYS(clock_settime),
		SCMP_SYS(sethostname),
		SCMP_SYS(setdomainname),
		SCMP_SYS(syslog),
	};

	return confine__deny(calls, sizeof(calls) / sizeof(calls[0]));
}

/* ---- the view of others ---- */

pid_t confine__fork_apart(void)
{
	const long apart = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID;
	/* fork() cannot do it, and unshare() would have to be told to the caller's children */
	long pid = syscall(SYS_clone, apart | SIGCHLD, NULL, NULL, NULL, NULL);

	return pid < 0 ? fork() : (pid_t)pid;
}

void confine__forget_environment(void)
{
	char **variable;

	for (variable = environ; variable && *variable; variable++)
		memset(*variable, 0, strlen(*variable));
	clearenv();
}

void confine__stay_private(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void confine__limit(int resource, size_t most)
{
	struct rlimit limit = { most, most };

	setrlimit(resource, &limit);
}

/* ---- privileges ---- */

static bool user__become(uid_t uid)
{
	return !setresgid(uid, uid, uid) && !setresuid(uid, uid, uid);
}

/* Two processes that begin one after the other are not the same user. */
static uid_t user__of_our_own(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return DYNAMIC_UIDS +
	       (uid_t)((unsigned long)now.tv_nsec / 1000 % (DYNAMIC_LAST - DYNAMIC_UIDS + 1));
}

static void capabilities__drop_bounds(void)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

bool confine__drop_privileges(void)
{
	cap_t none;
	bool dropped;

	if (chroot(EMPTY_ROOT) || chdir("/"))
		errno = 0; /* not allowed: the filter of system calls keeps it from opening files */
	capabilities__drop_bounds();
	if (!geteuid() &&
	    (setgroups(0, NULL) || (!user__become(user__of_our_own()) && !user__become(NOBODY))))
		return false;
	none = cap_init();
	dropped = none && !cap_set_proc(none);
	cap_free(none);
	return dropped;
}
