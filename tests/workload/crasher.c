/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crasher THREADS HOW [family] [-o FILE]
 *
 * A process of THREADS threads, of which one, by chance, goes wrong:
 *   null     writes to address 0
 *   abort    gives up
 *   divide   divides by zero (x86), else raises what that would
 *   guard    runs into a guard page
 *   illegal  executes what is no instruction
 *   jump     calls through a bad pointer
 *   deep     uses up its stack
 *   twice    writes to address 0, and again where it handles that
 *   aborter, raiser, killer   do so in functions of names that begin like the C library's
 *   assert   finds an assertion that does not hold
 *   free     frees memory for the second time
 *   smash    writes beyond an array on its stack
 * family: it has three children, one of which has asked to be told of its
 * parent's death, and two grandchildren.  They wait until somebody ends them.
 * The facts are written before anything happens.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "work.h"

#define LIFE_SECONDS 30 /* of the family, if nobody ends it */

static atomic_long ready;
static atomic_int go;
static long chosen;

/* ---- ways to go wrong, each a function of its own name ---- */

#define ODD __attribute__((noinline, noclone))

static volatile long zero;

ODD static void fault_null(void)
{
	*(volatile int *)zero = 1;
}

ODD static void fault_abort(void)
{
	abort();
}

ODD static void fault_divide(void)
{
#if defined(__x86_64__)
	zero = 7 / zero; /* of 1 the compiler knows better than to divide */
#else
	raise(SIGFPE); /* to divide by zero is no fault there */
	zero = 0;      /* so that the call is none that replaces its caller */
#endif
}

ODD static void fault_guard(void)
{
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*(volatile char *)page = 1;
}

ODD static void fault_illegal(void)
{
#if defined(__x86_64__)
	__asm__ volatile("ud2");
#else
	__asm__ volatile(".inst 0");
#endif
}

ODD static void fault_jump(void)
{
	void (*volatile nowhere)(void) = (void (*)(void))16;

	nowhere();
	zero = 0;
}

ODD static long fault_deep(long depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	if (depth < zero) /* never; but the compiler must not know */
		return 0;
	return fault_deep(depth + 1) + room[0];
}

static void begin_deep(void)
{
	zero = fault_deep(0);
}

ODD static void handle_badly(int signo)
{
	(void)signo;
	*(volatile int *)zero = 2;
}

ODD static void fault_twice(void)
{
	signal(SIGSEGV, handle_badly);
	*(volatile int *)zero = 1;
}

ODD static void abort_transaction(void)
{
	*(volatile int *)zero = 3;
}

ODD static void raise_error(void)
{
	*(volatile int *)zero = 4;
}

ODD static void tgkill_all(void)
{
	*(volatile int *)zero = 5;
}

ODD static void fault_assert(void)
{
	assert(zero == 1);
}

ODD static void fault_free(void)
{
	void *volatile memory = malloc(24);

	free(memory);
	free(memory);
	zero = 0;
}

ODD __attribute__((optimize("stack-protector-all"))) static void fault_smash(void)
{
	volatile char room[8];
	long i;

	for (i = 0; i < 64 + zero; i++)
		((volatile char *)room)[i] = 'x';
}

static const struct how {
	const char *name, *function;
	int signal;
	void (*go_wrong)(void);
} hows[] = {
	{ "null", "fault_null", SIGSEGV, fault_null },
	{ "abort", "fault_abort", SIGABRT, fault_abort },
	{ "divide", "fault_divide", SIGFPE, fault_divide },
	{ "guard", "fault_guard", SIGSEGV, fault_guard },
	{ "illegal", "fault_illegal", SIGILL, fault_illegal },
	{ "jump", "fault_jump", SIGSEGV, fault_jump },
	{ "deep", "fault_deep", SIGSEGV, begin_deep },
	{ "twice", "handle_badly", SIGSEGV, fault_twice },
	{ "aborter", "abort_transaction", SIGSEGV, abort_transaction },
	{ "raiser", "raise_error", SIGSEGV, raise_error },
	{ "killer", "tgkill_all", SIGSEGV, tgkill_all },
	{ "assert", "fault_assert", SIGABRT, fault_assert },
	{ "free", "fault_free", SIGABRT, fault_free },
	{ "smash", "fault_smash", SIGABRT, fault_smash },
};

#define HOWS (sizeof(hows) / sizeof(hows[0]))

static const struct how *how;
static pid_t chosen_tid;

/* ---- threads ---- */

static void live(long number)
{
	if (number == chosen)
		chosen_tid = (pid_t)syscall(SYS_gettid);
	ready++;
	while (!go)
		work__sleep_ns(1000000);
	if (number == chosen)
		how->go_wrong();
	for (;;)
		pause();
}

static void *thread(void *arg)
{
	live((long)arg);
	return NULL;
}

/* ---- the family ---- */

static pid_t family[5]; /* three children, two grandchildren */

static void wait_for_the_end(void)
{
	alarm(LIFE_SECONDS);
	for (;;)
		pause();
}

/* A child; with tell it has a child of its own, whose pid goes there. */
static pid_t have_child(bool told, pid_t *grandchild)
{
	pid_t pid = fork();

	if (pid < 0)
		work__die("fork");
	if (pid)
		return pid;
	if (told)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (grandchild) {
		pid = fork();
		if (!pid)
			wait_for_the_end();
		*grandchild = pid;
	}
	wait_for_the_end();
	return 0;
}

static void have_family(void)
{
	pid_t *shared = work__shared(sizeof(family));
	int i;

	family[0] = have_child(true, NULL);
	family[1] = have_child(false, &shared[3]);
	family[2] = have_child(false, &shared[4]);
	while (!shared[3] || !shared[4])
		work__sleep_ns(1000000);
	for (i = 3; i < 5; i++)
		family[i] = shared[i];
	work__sleep_ns(20000000); /* the first one asks */
}

static void write_facts(FILE *facts, bool has_family)
{
	fprintf(facts, "{\"pid\":%d,\"culprit\":%d,\"signal\":\"SIG%s\",\"function\":\"%s\"",
		getpid(), chosen_tid, sigabbrev_np(how->signal), how->function);
	if (has_family)
		fprintf(facts, ",\"pdeathsig\":%d,\"children\":[%d,%d],\"grandchildren\":[%d,%d]",
			family[0], family[1], family[2], family[3], family[4]);
	fprintf(facts, "}\n");
	fclose(facts);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	bool has_family = argc == 4 && !strcmp(argv[3], "family");
	struct rlimit no_core = { 0, RLIM_INFINITY };
	pthread_t id;
	long threads, i;
	size_t h;

	for (h = 0; argc >= 3 && h < HOWS; h++) {
		if (!strcmp(argv[2], hows[h].name))
			how = &hows[h];
	}
	if (!how) {
		fprintf(stderr, "usage: crasher THREADS HOW [family] [-o FILE]\n");
		return 2;
	}
	setrlimit(RLIMIT_CORE, &no_core);
	threads = work__number(argv[1]);
	chosen = (long)(work__now_ns() / 1000 % threads);
	if (has_family)
		have_family();
	for (i = 1; i < threads; i++) {
		if (pthread_create(&id, NULL, thread, (void *)i))
			work__die("pthread_create");
	}
	while (ready < threads - 1)
		work__sleep_ns(1000000);
	if (!chosen)
		chosen_tid = getpid();
	write_facts(facts, has_family);
	go = 1;
	live(0);
	return 0;
}
