/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/halt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/confine.h"

#define NUDGE	   SIGURG	 /* interrupts what blocks; by default it does nothing */
#define NUDGE_NS   50000000L	 /* how often */
#define TWICE_NS   50000000ULL	 /* two signals so close together are one request, or */
#define GRACE_NS   3000000000ULL /* the second one has that much patience */
#define TAKEN	   16		 /* children at once: the program, and commands of --exec */
#define HALT_STACK (256 * 1024)

struct halt {
	pthread_t thread, owner;
	sigset_t waited; /* by the thread */
	bool spared;	 /* Ctrl-C is for others */
	sigset_t before; /* the owner's mask, to be restored */
	struct sigaction nudge_before, child_before;
	int event;
	int signal; /* the first; atomic, and after first_ns */
	__u64 first_ns;
	__u64 last_ns; /* when all ends, after two signals in one; 0: not told */
	bool over;     /* atomic: the thread is to end */
	pthread_mutex_t lock;
	pid_t taken[TAKEN]; /* 0: free */
};

/* ---- the thread ---- */

/* What it needs to kill a program that runs as another user, and nothing else. */
static void drop_privileges(void)
{
	static const cap_value_t keep = CAP_KILL;
	cap_t now = cap_get_proc(), next = cap_init();
	cap_flag_value_t have;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	confine__forbid_needless(); /* without it there is more to be had, and no harm done */
	if (now && next && !cap_get_flag(now, keep, CAP_PERMITTED, &have) && have == CAP_SET) {
		cap_set_flag(next, CAP_PERMITTED, 1, &keep, CAP_SET);
		cap_set_flag(next, CAP_EFFECTIVE, 1, &keep, CAP_SET);
	}
	if (next)
		cap_set_proc(next);
	cap_free(now);
	cap_free(next);
}

static void halt__kill_taken(struct halt *halt)
{
	size_t i;

	pthread_mutex_lock(&halt->lock);
	for (i = 0; i < TAKEN; i++) {
		if (halt->taken[i])
			kill(halt->taken[i], SIGKILL);
	}
}

/* Helpers see our end by themselves, and the kernel detaches what is attached. */
static void halt__end_process(struct halt *halt, int signal)
{
	halt__kill_taken(halt);
	_exit(128 + signal);
}

static void halt__on_signal(struct halt *halt, int signal, __u64 now)
{
	__u64 one = 1;

	if (!halt->signal) {
		halt->first_ns = now;
		__atomic_store_n(&halt->signal, signal, __ATOMIC_RELEASE);
		(void)!write(halt->event, &one, sizeof(one));
	} else if (signal == halt->signal && now - halt->first_ns < TWICE_NS) {
		/* timeout(1) signals its child, and then the process group with that child in it */
		halt->last_ns = now + GRACE_NS;
	} else {
		halt__end_process(halt, signal);
	}
}

static void *halt__run(void *context)
{
	static const struct timespec nudge = { .tv_nsec = NUDGE_NS };
	struct halt *halt = context;

	drop_privileges();
	while (!__atomic_load_n(&halt->over, __ATOMIC_ACQUIRE)) {
		siginfo_t info = { 0 };
		int signal = sigtimedwait(&halt->waited, &info, halt->signal ? &nudge : NULL);
		__u64 now = clock__monotonic();

		if (signal == SIGINT && halt->spared && info.si_code == SI_KERNEL)
			continue;
		if (signal > 0 && signal != NUDGE)
			halt__on_signal(halt, signal, now);
		else if (halt->signal && signal < 0)
			pthread_kill(halt->owner, NUDGE);
		if (halt->last_ns && now >= halt->last_ns)
			halt__end_process(halt, halt->signal);
	}
	return NULL;
}

/* ---- from beginning to end ---- */

static void nothing(int signal)
{
	(void)signal;
}

/*
 * Blocked for all threads; waited for are those that nobody had us ignore.  A shell without
 * job control has SIGINT ignored by what it starts in the background: that is for Ctrl-C,
 * which the terminal sends to all that it knows.  Who sends it with kill(1) means us.
 */
static void halt__take_signals(struct halt *halt)
{
	static const int told[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction by_default = { .sa_handler = SIG_DFL }, was;
	struct sigaction nudge = { .sa_handler = nothing }; /* without SA_RESTART */
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	sigemptyset(&halt->waited);
	sigaddset(&halt->waited, NUDGE);
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		sigaddset(&blocked, told[i]);
		if (!sigaction(told[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaddset(&halt->waited, told[i]);
		else if (told[i] == SIGINT)
			halt->spared = true;
	}
	if (halt->spared)
		sigaddset(&halt->waited, SIGINT); /* blocked, it comes though it is ignored */
	sigaction(NUDGE, &nudge, &halt->nudge_before);
	sigaction(SIGCHLD, &by_default, &halt->child_before); /* ignored, it hides their ends */
	pthread_sigmask(SIG_BLOCK, &blocked, &halt->before);
}

static int halt__start_thread(struct halt *halt)
{
	pthread_attr_t attributes;
	sigset_t all, own;
	int err;

	halt->owner = pthread_self();
	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, HALT_STACK);
	pthread_sigmask(SIG_SETMASK, &all, &own);
	err = pthread_create(&halt->thread, &attributes, halt__run, halt);
	pthread_sigmask(SIG_SETMASK, &own, NULL);
	pthread_attr_destroy(&attributes);
	return -err;
}

int halt__begin(struct halt **ret_halt)
{
	struct halt *halt = calloc(1, sizeof(*halt));
	int err;

	if (!halt)
		return -ENOMEM;
	pthread_mutex_init(&halt->lock, NULL);
	halt->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (halt->event < 0) {
		err = -errno;
		free(halt);
		return err;
	}
	halt__take_signals(halt);
	err = halt__start_thread(halt);
	if (err) {
		halt__restore(halt);
		close(halt->event);
		free(halt);
		return err;
	}
	*ret_halt = halt;
	return 0;
}

/* Signals that come later are not taken any more: there is nothing left to be ended. */
void halt__end(struct halt *halt)
{
	if (!halt)
		return;
	__atomic_store_n(&halt->over, true, __ATOMIC_RELEASE);
	pthread_kill(halt->thread, NUDGE);
	pthread_join(halt->thread, NULL);
	close(halt->event);
	pthread_mutex_destroy(&halt->lock);
	free(halt);
}

void halt__restore(const struct halt *halt)
{
	if (!halt)
		return;
	sigaction(NUDGE, &halt->nudge_before, NULL);
	sigaction(SIGCHLD, &halt->child_before, NULL);
	pthread_sigmask(SIG_SETMASK, &halt->before, NULL);
}

/* ---- asking ---- */

int halt__signal(const struct halt *halt)
{
	return halt ? __atomic_load_n(&halt->signal, __ATOMIC_ACQUIRE) : 0;
}

bool halt__is_due(const struct halt *halt, __u64 ns)
{
	return halt__signal(halt) && clock__monotonic() - halt->first_ns >= ns;
}

int halt__fd(const struct halt *halt)
{
	return halt ? halt->event : -1;
}

static void halt__replace(struct halt *halt, pid_t from, pid_t to)
{
	size_t i;

	if (!halt)
		return;
	pthread_mutex_lock(&halt->lock);
	for (i = 0; i < TAKEN && halt->taken[i] != from; i++)
		;
	if (i < TAKEN)
		halt->taken[i] = to;
	pthread_mutex_unlock(&halt->lock);
}

void halt__take_along(struct halt *halt, pid_t pid)
{
	halt__replace(halt, 0, pid);
}

void halt__let_go(struct halt *halt, pid_t pid)
{
	halt__replace(halt, pid, 0);
}
