/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/cpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPUS_MAX (1 << 20)

int cpus__read(const char *text)
{
	size_t begin = strcspn(text, "\n");
	unsigned long last;
	char *end;

	while (begin && text[begin - 1] >= '0' && text[begin - 1] <= '9')
		begin--;
	last = strtoul(text + begin, &end, 10);
	return end == text + begin || last >= CPUS_MAX ? 0 : (int)last + 1;
}

int cpus__possible(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/possible", "re");
	char text[4096];
	int count = 0;

	if (file) {
		if (fgets(text, sizeof(text), file))
			count = cpus__read(text);
		fclose(file);
	}
	if (!count)
		count = (int)sysconf(_SC_NPROCESSORS_CONF);
	return count < 1 ? 1 : count;
}
