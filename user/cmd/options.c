/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/options_choices.h"
#include "cmd/options_format.h"
#include "core/parse.h"
#include "trace/probes.h"

/* ---- targets: one kind at a time ---- */

static int options__aim(struct options *options, enum target_mode mode, const char *text,
			const char *value, struct failure *failure)
{
	if (options->run.target.mode != TARGET_ALL)
		return failure__set(failure, -EINVAL, "one kind of target is possible at a time",
				    "choose one of -p, -t, -c, -G",
				    "cannot trace two kinds of target");
	options->run.target.mode = mode;
	snprintf(options->run.target_text, sizeof(options->run.target_text), "%s%s", text, value);
	return 0;
}

static int options__aim_at_ids(struct options *options, enum target_mode mode, const char *text,
			       const char *value, const struct id_list *list,
			       struct failure *failure)
{
	options->run.target.ids = list->ids;
	options->run.target.id_count = list->count;
	return options__aim(options, mode, text, value, failure);
}

static int option__aim_at_pids(void *context, const char *value, struct failure *failure)
{
	struct options *options = context;

	return options__aim_at_ids(options, TARGET_PID, "process ", value, &options->pids, failure);
}

static int option__aim_at_tids(void *context, const char *value, struct failure *failure)
{
	struct options *options = context;

	return options__aim_at_ids(options, TARGET_TID, "thread ", value, &options->tids, failure);
}

static int option__aim_at_comm(void *context, const char *value, struct failure *failure)
{
	struct options *options = context;

	options->run.target.glob = options->comm;
	return options__aim(options, TARGET_COMM, "tasks named ", value, failure);
}

/* Its path is what is shown of it. */
static int option__aim_at_cgroup(void *context, const char *value, struct failure *failure)
{
	return options__aim(context, TARGET_CGROUP, "", value, failure);
}

static int option__check_rung(void *context, const char *value, struct failure *failure)
{
	(void)context;
	if (!probe_set__check_forced(value))
		return 0;
	return option__bad_value(failure, "force-rung", value, "it names no probe or no rung",
				 "write PROBE=RUNG as tasktoll doctor shows them, or PROBE=none");
}

static int option__take_columns(void *context, const char *value, struct failure *failure)
{
	struct options *options = context;
	const char *bad;
	char name[32];

	options->csv_columns = NULL;
	if (!columns__parse(&options->columns, value, &bad))
		return 0;
	options->columns.count = 0;
	if (!csv__check_columns(value, &bad)) {
		options->csv_columns = value;
		return 0;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(bad, ","), bad);
	return option__bad_value(
		failure, "columns", name, "there is no such column",
		"PID and COMMAND are always shown; man tasktoll-output lists the others: run, wait, "
		"sleep, disk, toll, ...");
}

static int option__take_trigger(void *context, const char *value, struct failure *failure)
{
	struct options *options = context;
	struct trigger trigger;
	char hint[200];
	const char *why;

	if (options->trigger_count == TRIGGERS_MAX)
		return option__bad_value(failure, "on", value, "there are 16 already",
					 "leave some out");
	if (!trigger__parse(&trigger, value, &why)) {
		if (trigger.kind == TRIGGER_HTTP &&
		    trigger__find(options->triggers, options->trigger_count, TRIGGER_HTTP))
			return option__bad_value(failure, "on", value,
						 "requests are taken at one place",
						 "leave one out");
		options->triggers[options->trigger_count++] = trigger;
		return 0;
	}
	snprintf(hint, sizeof(hint),
		 "write crash, http, or 'METRIC p99 > 20ms for 10s' with one of %s",
		 trigger__metrics());
	return option__bad_value(failure, "on", value, why, hint);
}

static int option__take_push(void *context, const char *value, struct failure *failure)
{
	const char *why = push__check_url(value);

	(void)context;
	/* the value is not repeated: it may have a password in it */
	return why ? failure__set(failure, -EINVAL, why,
				  "write http://HOST:4040 or https://HOST; a token goes into "
				  "TASKTOLL_PUSH_TOKEN",
				  "bad value for --push") :
		     0;
}

static int option__take_push_label(void *context, const char *value, struct failure *failure)
{
	struct options *options = context;
	const char *why = push__check_label(value);

	if (!why && options->push_label_count == PUSH_LABELS)
		why = "there are 16 already";
	if (why)
		return option__bad_value(failure, "push-label", value, why,
					 "write such as env=production");
	options->push_labels[options->push_label_count++] = value;
	return 0;
}

static int option__take_cost_sample(void *context, const char *value, struct failure *failure)
{
	struct options *options = context;
	__u64 number;

	if (!strcmp(value, "auto")) {
		options->run.price = PRICE_AUTO;
		return 0;
	}
	if (parse__number(value, PRICE_MOST, &number) || !number)
		return option__bad_value(failure, "cost-sample", value,
					 "it is not a number from 1 to 65536",
					 "write auto, or a number; 1 prices each switch");
	options->run.price = (__u32)number;
	return 0;
}

/* ---- the table ---- */

#define ROW(field_, type_, ...)                                                                    \
	{ .type = OPTION_##type_,                                                                  \
	  .place = offsetof(struct options, field_),                                               \
	  .size = sizeof(((struct options *)0)->field_),                                           \
	  __VA_ARGS__ },

static const struct option_row rows[] = {
#define OPTION(ctype, field, type, ...) ROW(field, type, __VA_ARGS__)
#define AGAIN(field, type, ...)		ROW(field, type, __VA_ARGS__)
#define SETTING(field, type, ...)	ROW(run.field, type, __VA_ARGS__)
#include "cmd/options.def"
};

const struct option_table options_table = { rows, sizeof(rows) / sizeof(rows[0]) };

/* ---- the command line ---- */

/* What follows the options. */
static int options__take_rest(struct options *options, const struct option_taker *taker, int argc,
			      char **argv, int rest, struct failure *failure)
{
	bool traces = taker->groups & OPTIONS_TARGET;

	if (taker->operands) { /* what follows "--" has been taken away */
		options->files = argv + rest;
		options->file_count = (size_t)(argc - rest);
		return 0;
	}
	if (rest < argc) {
		if (!traces || strcmp(argv[rest - 1], "--"))
			return failure__set(failure, -EINVAL,
					    "it is neither an option nor after --",
					    "to trace a program write: -- program args",
					    "unexpected \"%s\"", argv[rest]);
		options->run.program = argv + rest;
		return options__aim(options, TARGET_PID, "program ", argv[rest], failure);
	}
	if (traces && argc > 1 && !strcmp(argv[argc - 1], "--"))
		return failure__set(failure, -EINVAL, "no program follows it",
				    "write -- program args", "bad option --");
	return 0;
}

/*
 * Of a command that takes both, a program is what follows "--", and operands are what stands among
 * the options before that: getopt would put them together.
 */
static int options__take_program(struct options *options, const struct option_taker *taker,
				 int *argc, char **argv, struct failure *failure)
{
	int i;

	if (!taker->operands || !(taker->groups & OPTIONS_TARGET))
		return 0;
	for (i = 1; i < *argc && strcmp(argv[i], "--"); i++)
		;
	if (i == *argc)
		return 0;
	if (i + 1 == *argc)
		return failure__set(failure, -EINVAL, "no program follows it",
				    "write -- program args", "bad option --");
	options->run.program = argv + i + 1;
	*argc = i;
	argv[i] = NULL;
	return 0;
}

enum group_by options__by(const struct options *options)
{
	return options->by ? (enum group_by)(options->by - group_names) : BY_PROCESS;
}

struct thread_filter options__threads(const struct options *options)
{
	return (struct thread_filter){ .pids = options->pids.ids,
				       .pid_count = options->pids.count,
				       .tids = options->tids.ids,
				       .tid_count = options->tids.count,
				       .comm = options->comm.accept ? &options->comm : NULL };
}

/* What the run has to know of options that are not its own. */
static void options__settle(struct options *options)
{
	enum group_by by = options__by(options);

	options->run.quiet = options->quiet;
	options->run.facts = by == BY_USER || by == BY_CGROUP;
	options->run.starts_others = options->exec || options->debuginfod;
	options->run.writes = options->output;
}

int options__parse(struct options *options, const struct option_taker *taker, int argc, char **argv,
		   struct failure *failure)
{
	int rest, err;

	memset(options, 0, sizeof(*options));
	snprintf(options->run.target_text, sizeof(options->run.target_text), "the whole machine");
	err = options__take_program(options, taker, &argc, argv, failure);
	if (!err)
		err = option__parse(&options_table, taker, options, argc, argv, &rest, failure);
	options->run.target.children = !options->no_children;
	if (!err && options->run.program)
		err = options__aim(options, TARGET_PID, "program ", *options->run.program, failure);
	if (!err)
		err = options__take_rest(options, taker, argc, argv, rest, failure);
	options->threads |= options__by(options) == BY_THREAD;
	options__settle(options);
	if (taker->groups & OPTIONS_PRICE && !options->run.price)
		options->run.price = PRICE_AUTO;
	if (!err && taker->groups & OPTIONS_OUTPUT)
		err = options__choose_view(options, failure);
	if (!err && options->csv_columns && options->view != &view_csv)
		err = failure__set(failure, -EINVAL, "some of these columns are only in csv",
				   "write --format csv, too", "bad value \"%s\" for --columns",
				   options->csv_columns);
	return err;
}

void options__free(struct options *options)
{
	option__free(&options_table, options);
}
