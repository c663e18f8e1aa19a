/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll record: save what was seen, with stacks, to a file. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/record_end.h"
#include "core/number.h"
#include "core/remark.h"
#include "serve/bell.h"
#include "session/flight.h"
#include "session/recording.h"
#include "session/recording_name.h"
#include "view/escape.h"

struct record {
	struct options options;
	struct recording *recording;
	struct flight *flight; /* with --keep */
	struct bell bell;      /* with --on http */
	struct flight_bell rings;
	bool has_bell;
	char path[PATH_MAX + 1]; /* one that is too long stays so, and is refused */
	bool progress;		 /* a line of it is on the terminal */
};

static void record__name(struct record *record)
{
	if (record->options.output)
		snprintf(record->path, sizeof(record->path), "%s", record->options.output);
	else
		recording_name__make(record->path, sizeof(record->path));
}

static void record__tell_progress(void *context, const struct recording_progress *progress)
{
	struct record *record = context;

	fputs("\r\033[Krecording ", stderr);
	escape__terminal(stderr, record->path);
	fprintf(stderr, ": %llu s, %s, %s switches, %llu lost (Ctrl-C ends it)",
		(unsigned long long)(progress->elapsed_ns / 1000000000ULL),
		number__bytes(progress->bytes).text, number__count(progress->switches).text,
		(unsigned long long)progress->lost);
	fflush(stderr);
	record->progress = true;
}

static void record__end_progress(struct record *record)
{
	if (record->progress)
		fputs("\r\033[K", stderr);
	record->progress = false;
}

/* ---- a flight recorder ---- */

static bool has_rung(void *context)
{
	return bell__has_rung(context);
}

static void answer_bell(void *context, bool kept, const char *text)
{
	bell__answer(context, kept ? 202 : 409, text);
}

static __u64 bell_ns(void *context)
{
	return bell__cpu_ns(context);
}

static const struct trigger *find_http(const struct options *options)
{
	return trigger__find(options->triggers, options->trigger_count, TRIGGER_HTTP);
}

/* Its process is started while there is nothing that it should not have. */
static int record__open_bell(struct record *record, struct failure *failure)
{
	const struct options *options = &record->options;
	const struct trigger *http = find_http(options);
	struct bell *bell = &record->bell;
	int err;

	if (!http)
		return 0;
	record->has_bell = true;
	err = bell__parse(bell, trigger__where(http), failure);
	if (!err)
		err = bell__open(bell, options->output, failure);
	if (err)
		return err;
	record->rings = (struct flight_bell){
		.context = bell,
		.fd = bell__fd(bell),
		.has_rung = has_rung,
		.answer = answer_bell,
		.cpu_ns = bell_ns,
	};
	flight__set_bell(record->flight, &record->rings);
	if (!options->quiet && *bell->token)
		remark("POST to %skeep keeps the window; the token is in %s", bell->address.text,
		       bell->token);
	else if (!options->quiet)
		remark("POST to /keep at the socket %s keeps the window", bell->address.text);
	return 0;
}

static void record__close_bell(struct record *record)
{
	if (record->has_bell)
		bell__close(&record->bell);
	record->has_bell = false;
}

/* The recording becomes a window that rolls on. */
static int record__begin_flight(struct record *record, struct recording_config *config,
				struct failure *failure)
{
	const struct options *options = &record->options;
	struct flight_config flight = { .directory = options->output,
					.keep_ns = options->keep_ns,
					.max_bytes = options->max_size,
					.after_ns = options->after_ns,
					.max_kept = options->max_kept,
					.trigger_count = options->trigger_count,
					.quiet = options->quiet };
	int err;

	memcpy(flight.triggers, options->triggers, sizeof(flight.triggers));
	err = flight__new(&record->flight, &flight, failure);
	if (err)
		return err;
	snprintf(record->path, sizeof(record->path), "%s", flight__path(record->flight));
	config->path = flight__path(record->flight);
	config->flight = record->flight;
	if (!config->interval_ns)
		config->interval_ns = flight__interval_ns(record->flight);
	return record__open_bell(record, failure);
}

/* ---- the run ---- */

static int record__run(void *context, struct failure *failure)
{
	struct record *record = context;
	const struct options *options = &record->options;
	struct recording_config config = {
		.settings = &record->options.run,
		.path = record->path,
		.overwrite = options->overwrite,
		.inlined = options->inlined,
		.debuginfod = options->debuginfod,
		.no_interpreter = options->no_interpreter,
		.wakes = options->wakes,
		.quiet = options->quiet,
		.interval_ns = options->interval_ns,
		.memory_bytes = options->memory_bytes,
		.context = record,
	};
	int err;

	if (options->keep_ns) {
		err = record__begin_flight(record, &config, failure);
		if (err)
			return err;
	} else {
		record__name(record);
	}
	if (!options->quiet && isatty(STDERR_FILENO))
		config.progress = record__tell_progress;
	record->recording = recording__new(&config);
	if (!record->recording)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	err = recording__run(record->recording, failure);
	record__close_bell(record);
	record__end_progress(record);
	if (record->flight)
		flight__end(record->flight);
	if (record->flight && !err)
		flight__tell_unseen(record->flight);
	if (!err)
		record_end__tell(record->recording, record->path, options);
	return err;
}

static int record__end(void *context, int err)
{
	struct record *record = context;
	int status = record->recording ? recording__end(record->recording, err) : EXIT_FAILED;

	record__close_bell(record); /* if it was not begun */
	flight__free(record->flight);
	return status;
}

static int record__check(struct options *options, struct failure *failure)
{
	const struct trigger *http = find_http(options);
	struct bell bell;

	if (options->keep_ns && !options->output)
		return failure__set(failure, -EINVAL, "the window needs a directory",
				    "name one with -o", "bad option --keep");
	if (options->keep_ns && options->interval_ns > options->keep_ns / 4)
		return failure__set(failure, -EINVAL, "the window is forgotten by whole intervals",
				    "choose one of a quarter of --keep at most",
				    "bad option --interval");
	return http ? bell__parse(&bell, trigger__where(http), failure) : 0;
}

const struct command command_record = {
	.name = "record",
	.summary = "count like stat, with stacks, and save everything to a file",
	.usage = { "[options] [target] [-- program [args...]]" },
	.about = "Counts like stat, also takes the stacks of switches, wakeups, creations and "
		 "crashes, and saves everything to a file, which tasktoll report and tasktoll "
		 "flame read.",
	.more = "See `tasktoll-record`(8) and `tasktoll-recording`(5).",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET,
	.check = record__check,
	.size = sizeof(struct record),
	.run = record__run,
	.end = record__end,
};
