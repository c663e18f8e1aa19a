/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll top: the figures of stat, live, on a screen. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/command.h"
#include "core/clock.h"
#include "core/remark.h"
#include "core/replace.h"
#include "screen/screen.h"
#include "screen/terminal.h"
#include "session/commands.h"
#include "session/counting.h"
#include "session/losses.h"
#include "session/target.h"

/* Rows of one refresh: beyond that, those that do nothing are left out. */
#define ROWS_MAX 20000
/* Keys that are taken before the screen is drawn again. */
#define KEYS_MAX    1000
#define INTERVAL_NS 1000000000ULL

struct live {
	struct options options;
	struct counting counting;
	struct screen screen;
	struct terminal *terminal;
	struct canvas canvas;
	struct losses losses;
	struct trace_target whole; /* what the command line aims at */
	char whole_text[256];
	enum run_next (*tick)(void *counting); /* what is due at each turn apart from keys */
	bool counts, gone;
	__u64 due_ns;
};

/* ---- drawing ---- */

static void live__draw(struct live *live)
{
	if (terminal__fit(live->terminal, &live->canvas))
		return; /* no memory for a larger one: the old picture stays */
	screen__draw(&live->screen, &live->canvas);
	terminal__show(live->terminal, &live->canvas, live->screen.wants.redraw);
	live->screen.wants.redraw = false;
}

static bool live__is_wanted(const struct live *live)
{
	const struct screen_wants *wants = &live->screen.wants;

	return live->gone || wants->quit || wants->write || wants->attach;
}

/* At each turn of waiting: keys are answered at once. */
static enum run_next live__look(void *context)
{
	struct live *live = context;
	enum run_next next = live->tick(&live->counting);
	int key = 0, keys = 0;

	while (keys < KEYS_MAX && (key = terminal__key(live->terminal)) > 0) {
		screen__key(&live->screen, key);
		keys++;
	}
	live->gone |= key < 0;
	if (keys)
		live__draw(live);
	return live__is_wanted(live) ? RUN_RETURNS : next;
}

/* A file of the invoker in the current directory. */
static void live__write(struct live *live)
{
	struct screen *screen = &live->screen;
	struct replace file;
	time_t now = time(NULL);
	char path[64];
	struct tm tm;
	FILE *out;
	int err;

	localtime_r(&now, &tm);
	strftime(path, sizeof(path), "tasktoll-%Y%m%d-%H%M%S.txt", &tm);
	err = replace__open(&file, path);
	if (!err) {
		err = replace__begin(&file);
		out = err ? NULL : fdopen(dup(file.fd), "w");
		if (out) {
			canvas__write(&live->canvas, out);
			err = fclose(out) ? -errno : replace__take_name(&file);
		}
		replace__close(&file);
	}
	if (err)
		snprintf(screen->note, sizeof(screen->note), "cannot write %s: %s", path,
			 strerror(-err));
	else
		snprintf(screen->note, sizeof(screen->note), "wrote %s", path);
}

/* ---- counting ---- */

static int live__begin(struct live *live, struct failure *failure)
{
	int err = counting__begin(&live->counting, &live->options.run, true, NULL, failure);

	if (err)
		return err;
	live->counts = true;
	live->tick = live->counting.run.tick;
	live->counting.run.tick = live__look;
	live->counting.run.tick_context = live;
	live->due_ns = live->counting.run.start_ns + live->screen.interval_ns;
	if (run__watch(&live->counting.run, STDIN_FILENO))
		return failure__set(failure, -errno, NULL, NULL, "cannot wait for keys");
	snprintf(live->screen.target, sizeof(live->screen.target), "%s",
		 live->options.run.target.mode == TARGET_ALL ? "" : live->options.run.target_text);
	return 0;
}

static void live__end_counting(struct live *live)
{
	if (live->counts)
		counting__end(&live->counting);
	memset(&live->counting, 0, sizeof(live->counting));
	live->counts = false;
}

/* From now on only this process and its descendants are traced; 0: what was asked for. */
static int live__attach(struct live *live, __u32 pid, struct failure *failure)
{
	struct options *options = &live->options;

	live__end_counting(live);
	options->run.target = live->whole;
	memcpy(options->run.target_text, live->whole_text, sizeof(options->run.target_text));
	if (pid) {
		options->run.target = (struct trace_target){ .mode = TARGET_PID,
							     .children = true,
							     .ids = &live->screen.wants.attach_pid,
							     .id_count = 1 };
		snprintf(options->run.target_text, sizeof(options->run.target_text), "process %u",
			 pid);
	}
	return live__begin(live, failure);
}

/* What stat would say of the time since the last refresh. */
static int live__sum_up(struct live *live, struct summary *ret_summary, struct failure *failure)
{
	struct counting *counting = &live->counting;
	bool facts = live->screen.by == BY_USER || live->screen.by == BY_CGROUP;
	__u64 now;
	int err = facts ? counting__want_facts(counting) : 0;

	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot look users up");
	err = counting__read(counting, ret_summary, &now, failure);
	if (err)
		return err;
	err = model__close(counting->model, now);
	if (!err)
		err = summary__take(ret_summary, counting->model, sort__find("cpu"));
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up the interval");
	losses__add(&live->losses, &ret_summary->lost, ret_summary->proof.missed);
	return 0;
}

static int live__refresh(struct live *live, struct failure *failure)
{
	struct summary summary;
	struct frame *frame;
	size_t i;
	int err = live__sum_up(live, &summary, failure);

	if (err)
		return err;
	if (live->screen.detail.key.start_ns && !*live->screen.detail.command)
		commands__read_one(live->counting.model, live->screen.detail.key.pid,
				   live->screen.detail.key.start_ns);
	frame = frame__take(&summary, ROWS_MAX, live->screen.by);
	if (frame)
		err = detail__take(&live->screen.detail, &summary);
	for (i = summary.crash_count; i-- > 0;)
		screen__take_crash(&live->screen, summary.crashes[i]);
	summary__release(&summary);
	if (!frame || err) {
		frame__free(frame);
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot keep the interval");
	}
	screen__take(&live->screen, frame);
	counting__next(&live->counting);
	live__draw(live);
	return 0;
}

/* Once the terminal has been given back: the last words, which stay on it. */
static int live__print_last(struct live *live, struct failure *failure)
{
	struct winsize size;
	struct view_options view = { .rows = 10, .first = true };
	struct summary summary;
	int err = run__stop(&live->counting.run, failure);

	if (!err)
		err = live__sum_up(live, &summary, failure);
	if (err)
		return err;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		view.width = size.ws_col;
	commands__read(live->counting.model, &summary, view.rows);
	view_text.write(stdout, &summary, &view);
	summary__release(&summary);
	return 0;
}

/* Does what the keys have asked for. */
static int live__obey(struct live *live, struct failure *failure)
{
	struct screen *screen = &live->screen;
	int err = 0;

	if (screen->wants.write) {
		live__write(live);
		screen->wants.write = false;
		live__draw(live);
	}
	if (screen->wants.attach) {
		screen->wants.attach = false;
		err = live__attach(live, screen->wants.attach_pid, failure);
		if (err && screen->wants.attach_pid) { /* it has ended: back to what there was */
			snprintf(screen->note, sizeof(screen->note), "%.150s", failure->text);
			err = live__attach(live, 0, failure);
		}
		live__draw(live);
	}
	return err;
}

static int live__watch(struct live *live, struct failure *failure)
{
	__u64 end = live->options.run.duration_ns ?
			    live->counting.run.start_ns + live->options.run.duration_ns :
			    0;
	int err = 0;

	while (!err && !live->screen.wants.quit && !live->gone) {
		__u64 now;

		if (run__wait(&live->counting.run, end && end < live->due_ns ? end : live->due_ns))
			break;
		err = live__obey(live, failure);
		now = clock__monotonic();
		if (end && now >= end)
			break;
		if (!err && now >= live->due_ns) {
			err = live__refresh(live, failure);
			live->due_ns = clock__monotonic() + live->screen.interval_ns;
		}
	}
	return err;
}

/*
 * On a terminal that cannot place its cursor: what stat prints each interval, by the same
 * command line.  Returns only if that fails.
 */
static void fall_back(void)
{
	char line[8192], *arguments[512], command[] = "stat", interval[] = "-i1";
	size_t count = 0, size, i;
	FILE *file = fopen("/proc/self/cmdline", "re");

	size = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
	if (file)
		fclose(file);
	if (size == sizeof(line) - 1)
		return; /* a part of it would be another command line */
	line[size] = '\0';
	for (i = 0; i < size && count < 500; i += strlen(line + i) + 1) {
		arguments[count++] = line + i;
		if (count == 2) {
			arguments[1] = command;
			arguments[count++] = interval;
		}
	}
	arguments[count] = NULL;
	remark("this terminal cannot place its cursor: running stat -i 1 instead");
	execv("/proc/self/exe", arguments);
}

static int live__run(void *context, struct failure *failure)
{
	struct live *live = context;
	const char *no_color = getenv("NO_COLOR");
	int err = target__check(&live->options.run, failure);

	live->whole = live->options.run.target;
	memcpy(live->whole_text, live->options.run.target_text, sizeof(live->whole_text));
	live->screen.interval_ns = live->options.interval_ns ? live->options.interval_ns :
							       INTERVAL_NS;
	live->screen.cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	gethostname(live->screen.host, sizeof(live->screen.host) - 1);
	if (!err && screen__begin(&live->screen))
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	if (!err)
		err = terminal__open(&live->terminal,
				     !live->options.no_color && !(no_color && *no_color), failure);
	if (err == -ENOTTY && isatty(STDOUT_FILENO))
		fall_back();
	if (err)
		return err;
	live__draw(live);
	err = live__begin(live, failure);
	if (!err)
		err = live__watch(live, failure);
	terminal__close(live->terminal);
	live->terminal = NULL;
	if (!err && live->screen.history.count && !live->gone)
		err = live__print_last(live, failure);
	return err;
}

static int live__end(void *context, int err)
{
	struct live *live = context;
	int status;

	terminal__close(live->terminal);
	status = counting__status(&live->counting, err, !err && losses__tell(&live->losses));
	live__end_counting(live);
	canvas__free(&live->canvas);
	screen__end(&live->screen);
	return status;
}

const struct command command_top = {
	.name = "top",
	.summary = "show the figures of stat live, on a full screen",
	.usage = { "[options] [target] [-- program [args...]]" },
	.about =
		"Shows what switching, waiting, creating and crashing cost right now: the machine in "
		"the first lines, the processes that pay below.  `?` explains keys and columns.",
	.more = "The figures are those of `stat` for the last interval.  The screen keeps ten minutes of "
		"them: Space pauses, `[` and `]` step through them, and counting goes on.",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_PRICE,
	.size = sizeof(struct live),
	.run = live__run,
	.end = live__end,
};
