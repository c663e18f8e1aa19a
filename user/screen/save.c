/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/save.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/replace.h"

static int write_canvas(const struct canvas *canvas, const char *path)
{
	struct replace file;
	FILE *out;
	int err = replace__open(&file, path);

	if (err)
		return err;
	err = replace__begin(&file);
	out = err ? NULL : fdopen(dup(file.fd), "w");
	if (out) {
		canvas__write(canvas, out);
		err = fclose(out) ? -errno : replace__take_name(&file);
	}
	replace__close(&file);
	return err;
}

void screen__save(struct screen *screen, const struct canvas *canvas)
{
	time_t now = time(NULL);
	char path[64];
	struct tm tm;
	int err;

	localtime_r(&now, &tm);
	strftime(path, sizeof(path), "tasktoll-%Y%m%d-%H%M%S.txt", &tm);
	err = write_canvas(canvas, path);
	if (err)
		snprintf(screen->note, sizeof(screen->note), "cannot write %s: %s", path,
			 strerror(-err));
	else
		snprintf(screen->note, sizeof(screen->note), "wrote %s", path);
}
