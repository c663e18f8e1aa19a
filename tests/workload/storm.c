/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * storm COUNT RATE [-o FILE]
 *
 * COUNT processes, RATE of them a second, of which every tenth crashes in a
 * thread of its own and the others end, most of them well.
 */
#include <pthread.h>

#include "work.h"

static void *crash(void *arg)
{
	*(volatile int *)arg = 1;
	return NULL;
}

static void live(long number)
{
	pthread_t id;

	if (number % 10)
		_exit(number % 10 == 1);
	if (pthread_create(&id, NULL, crash, NULL))
		work__die("pthread_create");
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct rlimit no_core = { 0, RLIM_INFINITY };
	long i, count, crashed = 0, failed = 0;
	long long begin = work__now_ns(), due;
	int status;

	if (argc != 3) {
		fprintf(stderr, "usage: storm COUNT RATE [-o FILE]\n");
		return 2;
	}
	setrlimit(RLIMIT_CORE, &no_core);
	count = work__number(argv[1]);
	for (i = 0; i < count; i++) {
		if (!work__fork())
			live(i);
		while (waitpid(-1, &status, i + 1 < count ? WNOHANG : 0) > 0) {
			crashed += WIFSIGNALED(status);
			failed += WIFEXITED(status) && WEXITSTATUS(status);
		}
		due = begin + (i + 1) * NS_PER_SEC / work__number(argv[2]);
		if (due > work__now_ns())
			work__sleep_ns(due - work__now_ns());
	}
	fprintf(facts, "{\"pid\":%d,\"count\":%ld,\"crashed\":%ld,\"failed\":%ld,\"ns\":%lld}\n",
		getpid(), count, crashed, failed, work__now_ns() - begin);
	return fclose(facts) ? 1 : 0;
}
