/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks of the tasks that sleep when the run begins (bpf/callstack/asleep.bpf.h).  They are read
 * from the memory of other processes, which can keep a reader waiting as long as they like
 * (userfaultfd, a file system of their own): so a child of ours drives the iterator.  Where it
 * is kept waiting it is killed, and another one leaves out the memory of that process.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/halt.h"
#include "trace/state.h"

#define ASLEEP_NS	 1500000000ULL /* that it may take in all, and */
#define ASLEEP_ONE_NS	 100000000ULL  /* the memory of one process */
#define ASLEEP_NAP	 500	       /* us, between two looks */
#define ASLEEP_LAST_NAPS 20	       /* after it has been killed */

enum asleep_end { ASLEEP_DONE, ASLEEP_FAILED, ASLEEP_STUCK };

static pid_t asleep__start(struct trace *trace)
{
	int fd = bpf_iter_create(bpf_link__fd(trace->links[PROBE_ASLEEP]));
	pid_t child = fd < 0 ? -1 : fork();
	char byte[64];
	ssize_t n;

	if (child) {
		if (fd >= 0)
			close(fd);
		return child;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(fd, 3) == 3) { /* should it be held up, it keeps nothing else attached */
		close_range(4, ~0U, 0);
		fd = 3;
	}
	do
		n = read(fd, byte, sizeof(byte));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	_exit(n < 0);
}

/* Where it cannot even be killed, it is left to whoever inherits it. */
static void asleep__kill(pid_t child)
{
	int naps = 0;

	kill(child, SIGKILL);
	while (!waitpid(child, NULL, WNOHANG) && naps++ < ASLEEP_LAST_NAPS)
		usleep(ASLEEP_NAP);
}

/* Until it has gone through all tasks, or is kept waiting by the process that is stored. */
static enum asleep_end asleep__await(struct trace *trace, pid_t child, __u64 end, __u32 *ret_slow)
{
	__u64 since = clock__monotonic();
	__u32 before = 0;
	int status;

	while (!waitpid(child, &status, WNOHANG)) {
		__u32 reading = trace->bpf->bss->asleep_reading;
		__u64 now = clock__monotonic();

		if (reading != before)
			since = now;
		before = reading;
		if (now > end || halt__signal(trace->halt) ||
		    (reading && now - since > ASLEEP_ONE_NS)) {
			asleep__kill(child);
			*ret_slow = reading;
			return now > end || halt__signal(trace->halt) ? ASLEEP_FAILED :
									ASLEEP_STUCK;
		}
		trace__take_stack_events(trace, 0);
		usleep(ASLEEP_NAP);
	}
	return status ? ASLEEP_FAILED : ASLEEP_DONE;
}

bool trace__take_asleep(struct trace *trace)
{
	__u64 end = clock__monotonic() + ASLEEP_NS;
	enum asleep_end how = ASLEEP_FAILED;
	int pass;

	if (!trace->links[PROBE_ASLEEP])
		return false;
	trace->bpf->bss->iter_until = clock__monotonic();
	for (pass = 0; pass <= ASLEEP_SLOW; pass++) {
		pid_t child = asleep__start(trace);
		__u32 slow = 0;

		how = child < 0 ? ASLEEP_FAILED : asleep__await(trace, child, end, &slow);
		if (how != ASLEEP_STUCK || pass == ASLEEP_SLOW)
			break;
		trace->bpf->bss->asleep_slow[pass] = slow;
		trace->bpf->bss->asleep_reading = 0;
	}
	trace__take_stack_events(trace, 0);
	return how == ASLEEP_DONE;
}
