/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/vdso.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* Who was started without an input has its first file as 0. */
Test(vdso, is_a_file_also_as_the_first)
{
	char head[SELFMAG];
	int fd;

	close(STDIN_FILENO);
	fd = vdso__open();
	SAME(fd, STDIN_FILENO);
	SAME(pread(fd, head, sizeof(head), 0), sizeof(head));
	cr_expect(!memcmp(head, ELFMAG, SELFMAG));
	close(fd);
}
