/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/recording_name.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

void recording_name__make(char *name, size_t size)
{
	char host[65] = "", when[32];
	time_t now = time(NULL);
	struct tm tm;
	size_t i;

	gethostname(host, sizeof(host) - 1);
	for (i = 0; host[i]; i++) {
		if (host[i] == '/')
			host[i] = '-';
	}
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	snprintf(name, size, "tasktoll-%s-%s.tasktoll", host, when);
}
