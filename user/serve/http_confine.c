/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the process that takes requests may do. */
#include <seccomp.h>

#include "core/confine.h"
#include "serve/http_private.h"

/* It connects to nobody, opens nothing, and starts nothing. */
static const int calls[] = {
	/* connections */
	SCMP_SYS(accept4),
	SCMP_SYS(accept),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendfile),
	SCMP_SYS(pread64),
	SCMP_SYS(lseek),
	SCMP_SYS(shutdown),
	SCMP_SYS(close),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(fcntl),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), /* as C libraries write fstat() */
	/* waiting */
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(restart_syscall),
	/* memory */
	SCMP_SYS(brk),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

bool http__confine(void)
{
	return !confine__allow(calls, sizeof(calls) / sizeof(calls[0]));
}
