/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscalls COUNT [-o FILE]
 *
 * COUNT calls of the cheapest system call, and how long they took together.
 */
#include "work.h"

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	long long begin;
	long i, count;

	if (argc != 2) {
		fprintf(stderr, "usage: syscalls COUNT [-o FILE]\n");
		return 2;
	}
	count = work__number(argv[1]);
	begin = work__now_ns();
	for (i = 0; i < count; i++)
		syscall(SYS_getppid);
	fprintf(facts, "{\"count\":%ld,\"ns\":%lld}\n", count, work__now_ns() - begin);
	return fclose(facts) ? 1 : 0;
}
