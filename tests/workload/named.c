/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves its CPU in functions whose names are known, for times that it measures itself:
 * it sleeps, waits for a lock, and reads; in C, under a name of C++, and in code
 * made at run time, which it describes in /tmp/perf-PID.map.
 *
 * usage: named MS [-o FILE]    MS: how long in each function, about
 *        named nap MS          sleeps once
 *
 * {"pid": 1, "map": "/tmp/perf-1.map", "ns": {"function": 1, ...}}
 */
#include <pthread.h>
#include <sys/stat.h>

#include "work.h"

#define PART_MS 10 /* of one time off the CPU */

/* A call that is the last thing done would leave no frame behind. */
#define STAY() __asm__ volatile("" ::: "memory")
#define KEPT   __attribute__((noinline, noclone, used))

/*
 * Does something once for each part, and says how long that took.  No function: it would be
 * a frame, also where it is inlined, below the one whose name is looked for.
 */
#define IN_PARTS(something)                                                                        \
	({                                                                                         \
		long long begin = work__now_ns();                                                  \
		long left;                                                                         \
                                                                                                   \
		for (left = parts; left; left--)                                                   \
			something;                                                                 \
		STAY();                                                                            \
		work__now_ns() - begin;                                                            \
	})

typedef int sleeper(const struct timespec *, struct timespec *);

static const struct timespec part = { .tv_nsec = PART_MS * 1000000L };
static long parts;
static int ends[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile bool holds, waited_enough;

static void nap(void)
{
	work__sleep_ns(PART_MS * 1000000LL);
	STAY();
}

/* ---- where time passes ---- */

static KEPT long long sleeps_in_c(void)
{
	return IN_PARTS(nanosleep(&part, NULL));
}

/* workload::Sleeper::rest(std::vector<int> const&) */
long long sleeps_in_cpp(void) __asm__("_ZN8workload7Sleeper4restERKSt6vectorIiSaIiEE");

KEPT long long sleeps_in_cpp(void)
{
	return IN_PARTS(nanosleep(&part, NULL));
}

static KEPT long long reads(void)
{
	char byte;

	return IN_PARTS(if (read(ends[0], &byte, 1) != 1) work__die("read"));
}

static KEPT long long waits_for_lock(void)
{
	long long begin = work__now_ns(), waited;

	pthread_mutex_lock(&lock);
	waited = work__now_ns() - begin;
	pthread_mutex_unlock(&lock);
	return waited;
}

static long long locks(void)
{
	long long waited = 0;
	long i;

	for (i = 0; i < parts; i++) {
		while (!holds)
			sched_yield();
		waited += waits_for_lock();
		while (holds)
			sched_yield();
	}
	waited_enough = true;
	return waited;
}

static void *feeds(void *unused)
{
	long i;

	for (i = 0; i < parts; i++) {
		nap();
		if (write(ends[1], "x", 1) != 1)
			work__die("write");
	}
	return unused;
}

static void *holds_lock(void *unused)
{
	/* not so many times: who waits can miss one */
	while (!waited_enough) {
		pthread_mutex_lock(&lock);
		holds = true;
		nap();
		holds = false;
		pthread_mutex_unlock(&lock);
		nap(); /* whoever waits gets it meanwhile */
	}
	return unused;
}

static long long beside(void *(*other)(void *), long long (*ours)(void))
{
	pthread_t thread;
	long long ns;

	if (pthread_create(&thread, NULL, other, NULL))
		work__die("pthread_create");
	ns = ours();
	pthread_join(thread, NULL);
	return ns;
}

/* ---- code made at run time: it calls what it is given, with a frame of its own ---- */

static const unsigned char made_code[] = {
#if defined(__x86_64__)
	0x55,		  /* push %rbp */
	0x48, 0x89, 0xe5, /* mov %rsp, %rbp */
	0x31, 0xf6,	  /* xor %esi, %esi */
	0xff, 0xd2,	  /* call *%rdx */
	0x5d,		  /* pop %rbp */
	0xc3,		  /* ret */
#elif defined(__aarch64__)
	0xfd, 0x7b, 0xbf, 0xa9, /* stp x29, x30, [sp, #-16]! */
	0xfd, 0x03, 0x00, 0x91, /* mov x29, sp */
	0x01, 0x00, 0x80, 0xd2, /* mov x1, #0 */
	0x40, 0x00, 0x3f, 0xd6, /* blr x2 */
	0xfd, 0x7b, 0xc1, 0xa8, /* ldp x29, x30, [sp], #16 */
	0xc0, 0x03, 0x5f, 0xd6, /* ret */
#else
#error "which instructions call a function here?"
#endif
};

static KEPT int naps_for_made_code(const struct timespec *request, struct timespec *unused)
{
	int err = nanosleep(request, unused);

	STAY();
	return err;
}

static KEPT long long calls_made_code(const char *map)
{
	int (*made)(const struct timespec *, void *, sleeper *);
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FILE *file = fopen(map, "we");

	if (code == MAP_FAILED || !file)
		work__die(map);
	memcpy(code, made_code, sizeof(made_code));
	if (mprotect(code, 4096, PROT_READ | PROT_EXEC))
		work__die("mprotect");
	__builtin___clear_cache((char *)code, (char *)code + sizeof(made_code));
	fprintf(file, "%lx %zx Interpreter.sleeps_in_made_code\n", (unsigned long)code,
		sizeof(made_code));
	fclose(file);
	memcpy(&made, &code, sizeof(made));
	return IN_PARTS(made(&part, NULL, naps_for_made_code));
}

int main(int argc, char **argv)
{
	char map[64];
	FILE *out = work__facts(&argc, argv);

	if (argc == 3 && !strcmp(argv[1], "nap")) {
		parts = work__number(argv[2]) / PART_MS;
		sleeps_in_c();
		return 0;
	}
	if (argc != 2) {
		fprintf(stderr, "usage: named MS [-o FILE]\n");
		return 2;
	}
	parts = work__number(argv[1]) / PART_MS;
	if (pipe(ends))
		work__die("pipe");
	snprintf(map, sizeof(map), "/tmp/perf-%d.map", getpid());
	fprintf(out, "{\"pid\": %d, \"map\": \"%s\", \"ns\": {", getpid(), map);
	fprintf(out, "\"sleeps_in_c\": %lld, ", sleeps_in_c());
	fprintf(out, "\"workload::Sleeper::rest\": %lld, ", sleeps_in_cpp());
	fprintf(out, "\"reads\": %lld, ", beside(feeds, reads));
	fprintf(out, "\"waits_for_lock\": %lld, ", beside(holds_lock, locks));
	fprintf(out, "\"Interpreter.sleeps_in_made_code\": %lld}}\n", calls_made_code(map));
	return fclose(out) ? 1 : 0;
}
