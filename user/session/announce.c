/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/announce.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/number.h"
#include "core/remark.h"
#include "session/counting.h"

#define LINE_NS 1000000000ULL

bool announce__is_wanted(const struct settings *settings)
{
	return !settings->quiet && isatty(STDERR_FILENO);
}

void announce__begin(const struct settings *settings)
{
	if (settings->doing && announce__is_wanted(settings))
		announce__say(settings, settings->doing);
}

void announce__say(const struct settings *settings, const char *doing)
{
	enum target_mode mode = settings->target.mode;
	const char *what = settings->target_text;

	if (settings->duration_ns)
		remark("%s %s for %s; Ctrl-C ends it sooner", doing, what,
		       number__duration(settings->duration_ns).text);
	else if (settings->program)
		remark("%s %s and all that it starts, until it ends", doing, what);
	else if (mode == TARGET_PID || mode == TARGET_TID)
		remark("%s %s until it ends, or Ctrl-C", doing, what);
	else
		remark("%s %s until Ctrl-C", doing, what);
}

/* ---- the line of counters ---- */

/* Of the machine the CPUs have counted all; those of a target are in its tasks, if read. */
static __u64 count_switches(const struct counting *counting)
{
	const struct process *process;
	__u64 count = 0;

	if (counting->settings->target.mode == TARGET_ALL)
		return trace__switches(counting->run.trace);
	for (process = counting->model->processes; process; process = process->hh.next)
		count += row__switches(&process->row);
	return count;
}

static __u64 count_created(const struct model *model)
{
	__u64 count = 0;
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++)
		count += model->spawns.kind[kind].count;
	return count;
}

/* One column stays free: a terminal may begin a new line behind the last. */
static size_t terminal_room(void)
{
	struct winsize size;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col - 1U : 79;
}

/* Spaces, not an escape code, take what the last line had more: every terminal knows them. */
static void put_line(struct live_line *line, const char *text)
{
	size_t length = strlen(text), room = terminal_room();

	if (length > room)
		length = room;
	fprintf(stderr, "\r%.*s", (int)length, text);
	if (line->length > length)
		fprintf(stderr, "%*s\r%.*s", (int)(line->length - length), "", (int)length, text);
	fflush(stderr);
	line->length = length;
}

void live_line__begin(struct live_line *line, const struct counting *counting)
{
	const struct settings *settings = counting->settings;

	memset(line, 0, sizeof(*line));
	line->on = announce__is_wanted(settings) && isatty(STDOUT_FILENO) && !settings->program;
	if (!line->on)
		return;
	line->at_ns = counting->run.start_ns;
	line->due_ns = line->at_ns + LINE_NS;
	line->switches_before = count_switches(counting);
}

void live_line__write(struct live_line *line, const struct counting *counting, __u64 now)
{
	__u64 switches = count_switches(counting) - line->switches_before;
	double seconds = (double)(now - line->at_ns) / 1e9, rate = 0;
	__u64 elapsed = (now - counting->run.start_ns + LINE_NS / 2) / LINE_NS;
	__u64 duration_ns = counting->settings->duration_ns;
	char text[256], of[40] = "";

	if (duration_ns)
		snprintf(of, sizeof(of), " of %s", number__duration(duration_ns).text);
	if (seconds > 0)
		rate = (double)(switches - line->switches) / seconds;
	snprintf(text, sizeof(text), "%llus%s: %s switches (%s/s), %s tasks created, %s crashes",
		 (unsigned long long)elapsed, of, number__count(switches).text,
		 number__short(rate).text, number__count(count_created(counting->model)).text,
		 number__count(counting->model->ends[END_CRASH]).text);
	put_line(line, text);
	line->switches = switches;
	line->at_ns = now;
	line->due_ns += LINE_NS;
	if (line->due_ns <= now) /* the machine is slow: skip, do not pile up */
		line->due_ns = now + LINE_NS;
}

void live_line__end(struct live_line *line)
{
	if (line->length)
		put_line(line, "");
	line->on = false;
	line->due_ns = 0;
}
