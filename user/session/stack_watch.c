/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/stack_watch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/stack_watch_private.h"

/* What both processes see.  A turn that is odd: it is being written. */
struct board {
	__u32 turn;
	struct flame_lines lines;
};

struct stack_watch {
	__u32 pid;
	pid_t child; /* 0: it has ended */
	struct board *board;
};

void board__show(struct board *board, const struct flame_lines *lines)
{
	__atomic_add_fetch(&board->turn, 1, __ATOMIC_SEQ_CST);
	memcpy(&board->lines, lines, sizeof(board->lines));
	__atomic_add_fetch(&board->turn, 1, __ATOMIC_SEQ_CST);
}

/* Copies it as it is at one instant; one that is never at rest belongs to nobody any more. */
static void board__read(const struct board *board, struct flame_lines *ret_lines)
{
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		__u32 turn = __atomic_load_n(&board->turn, __ATOMIC_SEQ_CST);

		if (turn & 1) {
			usleep(100);
			continue;
		}
		memcpy(ret_lines, &board->lines, sizeof(*ret_lines));
		if (__atomic_load_n(&board->turn, __ATOMIC_SEQ_CST) == turn)
			return;
	}
	memset(ret_lines, 0, sizeof(*ret_lines));
}

static void stack_watch__child(const struct stack_watch *watch, const struct settings *settings,
			       __u64 interval_ns, const struct halt *halt, pid_t parent)
{
	halt__restore(halt);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* what the others trace with would stay in use as long as we have it */
	syscall(SYS_close_range, 3U, ~0U, 0);
	if (getppid() == parent)
		watching__run(watch->board, settings, watch->pid, interval_ns);
	_exit(0);
}

struct stack_watch *stack_watch__start(const struct settings *settings, __u32 pid,
				       __u64 interval_ns, const struct halt *halt)
{
	struct stack_watch *watch = calloc(1, sizeof(*watch));
	pid_t parent = getpid();

	if (!watch)
		return NULL;
	watch->pid = pid;
	watch->board = mmap(NULL, sizeof(*watch->board), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (watch->board == MAP_FAILED) {
		free(watch);
		return NULL;
	}
	watch->child = fork();
	if (!watch->child)
		stack_watch__child(watch, settings, interval_ns, halt, parent);
	if (watch->child > 0)
		return watch;
	watch->child = 0;
	stack_watch__stop(watch);
	return NULL;
}

void stack_watch__stop(struct stack_watch *watch)
{
	if (!watch)
		return;
	if (watch->child) {
		kill(watch->child, SIGKILL);
		while (waitpid(watch->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	munmap(watch->board, sizeof(*watch->board));
	free(watch);
}

__u32 stack_watch__pid(const struct stack_watch *watch)
{
	return watch ? watch->pid : 0;
}

void stack_watch__read(struct stack_watch *watch, struct flame_lines *ret_lines)
{
	if (watch->child && waitpid(watch->child, NULL, WNOHANG) == watch->child)
		watch->child = 0;
	board__read(watch->board, ret_lines);
	if (!watch->child && !*ret_lines->why)
		snprintf(ret_lines->why, sizeof(ret_lines->why),
			 "the process that took the stacks has ended");
}

static __u64 rise(__u64 now, __u64 *ret_told)
{
	__u64 more = now > *ret_told ? now - *ret_told : 0;

	*ret_told += more;
	return more;
}

void stack_watch__add_toll(struct summary_toll *self, const struct lines_toll *toll,
			   struct lines_toll *ret_told)
{
	self->cpu_ns += rise(toll->cpu_ns, &ret_told->cpu_ns);
	self->bpf_ns += rise(toll->bpf_ns, &ret_told->bpf_ns);
}
