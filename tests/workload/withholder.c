/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * withholder [-o FILE]
 *
 * A process that sleeps on a stack of its own, the page above which nobody can read: whoever
 * tries is kept waiting (userfaultfd).  Status 3 where that cannot be had.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "work.h"

#define PAGE 4096UL

static void sleep_for_good(void)
{
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	char *area =
		mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { (unsigned long)area, 16 * PAGE },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };
	ucontext_t here, there;

	if (area == MAP_FAILED || fd < 0)
		return 3;
	memset(area, 1, 8 * PAGE);
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		return 3;
	getcontext(&there);
	there.uc_stack.ss_sp = area;
	there.uc_stack.ss_size = 8 * PAGE;
	there.uc_link = NULL;
	makecontext(&there, sleep_for_good, 0);
	fprintf(facts, "{\"pid\":%d}\n", getpid());
	fclose(facts);
	swapcontext(&here, &there);
	return 1;
}
