/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Process ids and clocks: what the kernel says of this process is what it says of itself. */
#include <bpf/bpf.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/namespaces.h"
#include "trace/state.h"

#define CLOCK_SLACK_NS 1000000ULL /* between ways to read the same clock */

void trace__configure_self(struct trace *trace)
{
	struct namespaces namespaces;
	struct stat mounts;

	namespaces__read(&namespaces, "/proc/self", getpid());
	trace->bpf->rodata->cfg_ids = namespaces.own_pid;
	/* crashes are all that is followed: then their programs are opened ahead */
	if (trace->bpf->rodata->cfg_outsiders && !stat("/proc/self/ns/mnt", &mounts))
		trace->bpf->rodata->cfg_mounts = (__u32)mounts.st_ino;
}

int trace__check_self(struct trace *trace, struct failure *failure)
{
	const struct self *self = &trace->bpf->bss->self;
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	__u64 before = clock__monotonic(), after;

	if (bpf_prog_test_run_opts(bpf_program__fd(trace->bpf->progs.ask_self), &opts))
		return failure__set(failure, -errno, NULL, NULL,
				    "cannot ask the kernel which process this is");
	after = clock__monotonic();
	if (self->tgid != (__u32)getpid() || (self->level != 0) != trace->bpf->rodata->cfg_ids)
		return failure__set(failure, -EXDEV,
				    "/proc belongs to another PID namespace than tasktoll",
				    "mount its own: mount -t proc proc /proc",
				    "cannot convert process ids");
	if (self->now_ns + CLOCK_SLACK_NS < before || self->now_ns > after + CLOCK_SLACK_NS)
		return failure__set(
			failure, -EXDEV,
			"the time namespace is not shifted as /proc/self/timens_offsets "
			"says",
			"run it in the time namespace of the machine", "cannot convert times");
	return 0;
}
