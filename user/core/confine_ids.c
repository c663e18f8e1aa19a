/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filter of system calls that looks at arguments: libseccomp compares an argument with one
 * value a rule, and here it may be one of three.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "core/confine.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define FOREIGN                                                                                    \
	0x40000000 /* the x32 numbers begin here: other system calls, the same architecture */
#elif defined(__aarch64__)
#define ARCH	AUDIT_ARCH_AARCH64
#define FOREIGN 0x80000000
#endif

#ifdef ARCH

#define LOAD(field)                                                                                \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offsetof(struct seccomp_data, field))
#define IF(test, value, then, otherwise)                                                           \
	BPF_JUMP(BPF_JMP | (test) | BPF_K, (unsigned int)(value), then, otherwise)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define REFUSE	       RETURN(SECCOMP_RET_ERRNO | EPERM)
/* The kernel takes ids from the lower half of an argument (both architectures are little-endian). */
#define ONE_OF(number, id)                                                                         \
	LOAD(args[number]), IF(BPF_JEQ, -1, 3, 0), IF(BPF_JEQ, 0, 2, 0), IF(BPF_JEQ, id, 1, 0),    \
		REFUSE
#define THREE_OF(id) ONE_OF(0, id), ONE_OF(1, id), ONE_OF(2, id), RETURN(SECCOMP_RET_ALLOW)
#define THREE_LENGTH 16 /* instructions of it */

int confine__limit_ids(uid_t uid, gid_t gid)
{
	struct sock_filter code[] = {
		LOAD(arch),
		IF(BPF_JEQ, ARCH, 1, 0),
		REFUSE,
		LOAD(nr),
		IF(BPF_JGE, FOREIGN, 9, 0),
		IF(BPF_JEQ, SYS_setresuid, 10, 0),
		IF(BPF_JEQ, SYS_setresgid, 9 + THREE_LENGTH, 0),
		IF(BPF_JEQ, SYS_setuid, 6, 0),
		IF(BPF_JEQ, SYS_setgid, 5, 0),
		IF(BPF_JEQ, SYS_setreuid, 4, 0),
		IF(BPF_JEQ, SYS_setregid, 3, 0),
		IF(BPF_JEQ, SYS_setfsuid, 2, 0),
		IF(BPF_JEQ, SYS_setfsgid, 1, 0),
		IF(BPF_JEQ, SYS_setgroups, 0, 1),
		REFUSE,
		RETURN(SECCOMP_RET_ALLOW),
		THREE_OF(uid),
		THREE_OF(gid),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	_Static_assert(sizeof((struct sock_filter[]){ THREE_OF(0) }) ==
			       THREE_LENGTH * sizeof(struct sock_filter),
		       "jumps over it");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}

#else

int confine__limit_ids(uid_t uid, gid_t gid)
{
	(void)uid;
	(void)gid;
	return -ENOSYS;
}

#endif
