/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vforker COUNT [-o FILE]
 *
 * COUNT times: vfork and exec of itself, as a child that makes a few voluntary
 * switches and ends. Between vfork and exec the child runs in the parent's
 * address space.
 */
#include "work.h"

#define CHILD	      "child"
#define SWITCHES_EACH 5

static pid_t spawn(void)
{
	char self[] = "vforker", child[] = CHILD;
	char *const argv[] = { self, child, NULL };
	pid_t pid = vfork();

	if (pid < 0)
		work__die("vfork");
	if (!pid) {
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	return pid;
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct counts *counts, last;
	struct rusage usage;
	long i, count;
	int status;
	pid_t pid;

	if (argc != 2) {
		fprintf(stderr, "usage: vforker COUNT [-o FILE]\n");
		return 2;
	}
	if (!strcmp(argv[1], CHILD)) {
		work__switch_until(SWITCHES_EACH);
		work__last_words(
			&last); /* after which nothing takes its CPU: wait4() would not know */
		return 0;
	}
	count = work__number(argv[1]);
	counts = calloc((size_t)count, sizeof(*counts));
	if (!counts)
		work__die("calloc");
	for (i = 0; i < count; i++) {
		pid = spawn();
		if (wait4(pid, &status, 0, &usage) != pid || status)
			work__die("wait4");
		counts[i] = (struct counts){ pid, usage.ru_nvcsw, usage.ru_nivcsw };
	}
	fprintf(facts, "{\"parent\":%d,\"processes\":", getpid());
	work__print_counts(facts, counts, count);
	fprintf(facts, "}\n");
	free(counts);
	return fclose(facts) ? 1 : 0;
}
