/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/lifecycle/evidence.h"

#include <stdio.h>
#include <string.h>

#include "ids.h"

/*
 * What a dying task goes through when somebody waits for what it takes with it.
 * A wakeup on any other path - a lock that it held for a moment, an interrupt
 * that happened to hit - is not its doing.
 */
static const struct {
	const char *function;
	const char *words;
	bool tcp;
} paths[] = {
	{ "pipe_release", "pipe closed", false },
	{ "unix_release_sock", "unix socket closed", false },
	{ "unix_release", "unix socket closed", false },
	{ "unix_dgram_disconnected", "unix socket closed", false },
	{ "tcp_fin", "TCP connection closed", true },
	{ "tcp_reset", "TCP connection reset", true },
	{ "tcp_done", "TCP connection reset", true },
	{ "tcp_done_with_error", "TCP connection reset", true },
	{ "vsock_release", "vsock closed", false },
	{ "handle_futex_death", "robust futex", false },
	{ "exit_robust_list", "robust futex", false },
	{ "compat_exit_robust_list", "robust futex", false },
	{ "exit_pi_state_list", "priority-inheriting futex", false },
	{ "do_notify_pidfd", "pidfd", false },
	{ "do_notify_parent", "wait for a child", false },
	{ "complete_vfork_done", "vfork", false },
	{ "eventfd_release", "eventfd closed", false },
	{ "exit_sem", "semaphore undone", false },
	{ "locks_delete_block", "file lock", false },
	{ "__locks_wake_up_blocks", "file lock", false },
	{ "locks_wake_up_blocks", "file lock", false },
	{ "locks_delete_lock_ctx", "file lock", false },
	{ "pty_close", "terminal closed", false },
	{ "tty_release", "terminal closed", false },
	{ "__tty_hangup", "terminal hung up", false },
	{ "mqueue_flush_file", "message queue closed", false },
};

/* Where an interrupt begins, or work that the CPU had put off: what lies outside of it is chance. */
static const char *const interrupts[] = {
	"asm_",		 "sysvec_",	   "common_interrupt", "handle_softirqs", "__do_softirq",
	"do_softirq",	 "__irq_exit_rcu", "irq_exit",	       "run_ksoftirqd",	  "el1h_64_irq",
	"el1_interrupt", "el0t_64_irq",	   "exc_nmi",
};

/*
 * How a parent is told: by its wait(), and by SIGCHLD.  Which of the functions
 * that send a signal has been inlined differs from kernel to kernel.
 */
static bool tells_a_parent(const char *function)
{
	static const char *const ways[] = { "__wake_up_sync_key", "complete_signal",
					    "signal_wake_up_state", "__send_signal_locked",
					    "send_signal_locked" };
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!strcmp(function, ways[i]))
			return true;
	}
	return false;
}

/* Where do_notify_pidfd() is inlined, as from 6.12, the exit itself wakes who polls. */
static bool is_pidfd(const char *before, const char *function)
{
	return (!strcmp(function, "do_exit") || !strcmp(function, "exit_notify")) &&
	       (!strcmp(before, "__wake_up") || !strcmp(before, "__wake_up_common_lock"));
}

static bool starts_an_interrupt(const char *function)
{
	size_t i;

	for (i = 0; i < sizeof(interrupts) / sizeof(interrupts[0]); i++) {
		if (!strncmp(function, interrupts[i], strlen(interrupts[i])))
			return true;
	}
	return false;
}

struct wake_evidence evidence__of_wake(const struct process_tracker_config *config,
				       const struct lifecycle_event *event)
{
	struct wake_evidence none = { 0 };
	__u32 i, count = event->wake.count;
	bool waits = false; /* for children, or is sent SIGCHLD */
	const char *before = "";
	size_t p;

	if (count > LIFECYCLE_FRAMES)
		count = LIFECYCLE_FRAMES;
	for (i = 0; i < count; i++) {
		const char *function = config->kernel_name(config->symbols, event->wake.frames[i]);

		if (!function)
			continue;
		if (tells_a_parent(function))
			waits = true;
		if (is_pidfd(before, function))
			return (struct wake_evidence){ "pidfd", false };
		before = function;
		for (p = 0; p < sizeof(paths) / sizeof(paths[0]); p++) {
			if (strcmp(function, paths[p].function))
				continue;
			/* without a connection that the dead had closed it is somebody else's */
			if (paths[p].tcp && event->wake.via != CLOSED_TCP)
				return none;
			/*
			 * Who is told of a death and is not the parent had asked by a pidfd,
			 * or waits for children, and is given a dead one of the dying's.
			 */
			if (!strcmp(function, "do_notify_parent") && !waits &&
			    event->wake.other.tgid != event->task_id.ppid)
				return (struct wake_evidence){ "pidfd", false };
			return (struct wake_evidence){ paths[p].words, paths[p].tcp };
		}
		if (starts_an_interrupt(function))
			return none;
	}
	return none;
}

const char *evidence__closed(enum closed_kind kind)
{
	switch (kind) {
	case CLOSED_PIPE:
		return "pipe";
	case CLOSED_UNIX:
		return "unix socket";
	case CLOSED_TCP:
		return "TCP connection";
	default:
		return "what was closed";
	}
}

struct evidence_process evidence__process(__u32 pid)
{
	struct evidence_process process;

	if (id__is_outside(pid))
		snprintf(process.text, sizeof(process.text), "one outside");
	else
		snprintf(process.text, sizeof(process.text), "%u", pid);
	return process;
}
