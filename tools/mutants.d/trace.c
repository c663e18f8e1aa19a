// SPDX-License-Identifier: GPL-2.0-or-later
//
// Notes which functions each test runs: linked to unit tests that are compiled with
// -finstrument-functions.  Of each test there is a file in $MUTANTS_TRACE, with a byte for each
// 16 of the program's code that is not 0 when a function that begins there was run.  The file is
// mapped, so that what a child of the test runs is noted as well, however it ends.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#define QUIET __attribute__((no_instrument_function))

extern char __executable_start[], etext[];

static const struct criterion_test *current;
static unsigned char *map;

QUIET void __cyg_profile_func_enter(void *function, void *caller);
QUIET void __cyg_profile_func_exit(void *function, void *caller);

static QUIET void begin(const struct criterion_test *test)
{
	size_t size = (size_t)(etext - __executable_start) / 16 + 1;
	const char *folder = getenv("MUTANTS_TRACE");
	char path[512];
	void *at;
	int fd;

	current = test;
	map = NULL;
	if (!folder || !test)
		return;
	snprintf(path, sizeof(path), "%s/%s.%s", folder, test->category, test->name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		abort();
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		abort();
	map = at;
}

void __cyg_profile_func_enter(void *function, void *caller)
{
	(void)caller;
	if (criterion_current_test != current)
		begin(criterion_current_test);
	if (map)
		map[((char *)function - __executable_start) / 16] = 1;
}

void __cyg_profile_func_exit(void *function, void *caller)
{
	(void)function;
	(void)caller;
}
