/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/names.h"
#include "view/view.h"

/* Ten minutes of a refresh a second, within this much memory. */
#define HISTORY_FRAMES 600
#define HISTORY_BYTES  (48 << 20)

int screen__begin(struct screen *screen)
{
	screen->list.sort = screen->column = COLUMN_CPU;
	screen->by = BY_COMM;
	return history__begin(&screen->history, HISTORY_FRAMES, HISTORY_BYTES);
}

void screen__end(struct screen *screen)
{
	size_t i;

	for (i = 0; i < screen->crash_count; i++)
		free(screen->crashes[i].story);
	detail__close(&screen->detail);
	list__free(&screen->list);
	history__end(&screen->history);
}

/* While it is paused the same frame stays on the screen, as long as it is remembered. */
void screen__take(struct screen *screen, struct frame *frame)
{
	history__add(&screen->history, frame);
	if (screen->paused && screen->back + 1 < screen->history.count)
		screen->back++;
}

const struct frame *screen__frame(const struct screen *screen)
{
	return history__at(&screen->history, screen->paused ? screen->back : 0);
}

/* ---- crashes ---- */

/* The first is forgotten when there is no room for another. */
static struct crash_note *make_room(struct screen *screen)
{
	if (screen->crash_count == CRASHES_KEPT)
		free(screen->crashes[--screen->crash_count].story);
	memmove(screen->crashes + 1, screen->crashes,
		screen->crash_count++ * sizeof(*screen->crashes));
	if (screen->crash_selected && screen->crash_selected + 1 < screen->crash_count)
		screen->crash_selected++; /* the selected one stays selected */
	else if (screen->crash_open && screen->crash_count > 1)
		screen->crash_selected++;
	screen->crashes[0] = (struct crash_note){ 0 };
	return &screen->crashes[0];
}

void screen__take_crash(struct screen *screen, const struct crash *crash)
{
	struct crash_note *note = make_room(screen);
	const char *function = crash__function(crash);
	struct view_options options = { .ascii = false };
	size_t size;
	FILE *out;

	note->realtime_ns = crash->at_realtime_ns;
	note->pid = crash->pid;
	snprintf(note->name, sizeof(note->name), "%.*s", (int)utf8__fitting(crash->comm, 15),
		 crash->comm);
	snprintf(note->line, sizeof(note->line), "%s%s%.80s: %llu down",
		 signal__name(crash->end.signal).text, function ? " in " : "",
		 function ? function : "", (unsigned long long)crash->fan_out);
	out = open_memstream(&note->story, &size);
	if (out) {
		view_text.write_crash(out, crash, &options);
		fclose(out);
	}
	if (crash->at_realtime_ns > screen->last_crash_ns)
		screen->last_crash_ns = crash->at_realtime_ns;
}
