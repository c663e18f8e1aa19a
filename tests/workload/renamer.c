/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * renamer SECONDS [-o FILE]
 *
 * Threads whose names nobody should print as they are: not UTF-8, an escape
 * sequence, line breaks, quotes and commas, a cut-off character. One name each.
 */
#include <pthread.h>
#include <stdint.h>

#include "work.h"

#define TICK_NS 2000000

static const char *const names[] = {
	"\xff\xfe\x80 bad",
	"\x1b[31mred",
	"new\nline\r\ttab",
	"q\"uo\\te,;|",
	"cut \xe2\x82",
	"\xc2\x9b"
	"1mC1 csi",
	"\xed\xa0\x80 half",
	"\x7f"
	"delete\b",
	"\xc0\xaf overlong",
	"caf\xc3\xa9",
};

#define N_NAMES ((long)(sizeof(names) / sizeof(names[0])))

static long long end_ns;

static void *live(void *name)
{
	prctl(PR_SET_NAME, name);
	while (work__now_ns() < end_ns)
		work__sleep_ns(TICK_NS);
	return NULL;
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	pthread_t ids[N_NAMES];
	long i;

	if (argc != 2) {
		fprintf(stderr, "usage: renamer SECONDS [-o FILE]\n");
		return 2;
	}
	end_ns = work__now_ns() + (long long)(work__seconds(argv[1]) * NS_PER_SEC);
	for (i = 1; i < N_NAMES; i++)
		if (pthread_create(&ids[i], NULL, live, (void *)(uintptr_t)names[i]))
			work__die("pthread_create");
	fprintf(facts, "{\"pid\":%d,\"threads\":%ld}\n", getpid(), N_NAMES);
	fflush(facts);
	live((void *)(uintptr_t)names[0]);
	for (i = 1; i < N_NAMES; i++)
		pthread_join(ids[i], NULL);
	return fclose(facts) ? 1 : 0;
}
