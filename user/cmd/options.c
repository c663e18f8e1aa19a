/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options_flame.h"
#include "cmd/options_format.h"
#include "core/glob.h"
#include "core/parse.h"

struct option_info {
	unsigned int groups; /* of which a command must take all */
	char letter;	     /* 0: long only */
	const char *name;
	const char *argument; /* NULL: none */
	const char *help;
	int (*set)(struct options *options, const char *value, struct failure *failure);
};

int option__bad_value(struct failure *failure, const char *option, const char *value,
		      const char *why, const char *hint)
{
	return failure__set(failure, -EINVAL, why, hint, "bad value \"%s\" for --%s", value,
			    option);
}

/* ---- targets: one kind at a time ---- */

static int set_target(struct options *options, enum target_mode mode, struct failure *failure)
{
	if (options->target.mode != TARGET_ALL)
		return failure__set(failure, -EINVAL, "one kind of target is possible at a time",
				    "choose one of -p, -t, -c, -G", "cannot aim at two targets");
	options->target.mode = mode;
	return 0;
}

static int set_ids(struct options *options, enum target_mode mode, const char *name,
		   const char *value, struct failure *failure)
{
	int err = set_target(options, mode, failure);

	if (err)
		return err;
	if (parse__ids(value, &options->ids, &options->target.id_count))
		return option__bad_value(failure, name, value,
					 "it is not a list of numbers from 1 to 4194304",
					 "write 123 or 123,456");
	options->target.ids = options->ids;
	snprintf(options->target_text, sizeof(options->target_text), "%s %s",
		 mode == TARGET_PID ? "process" : "thread", value);
	return 0;
}

static int set_pid(struct options *options, const char *value, struct failure *failure)
{
	return set_ids(options, TARGET_PID, "pid", value, failure);
}

static int set_tid(struct options *options, const char *value, struct failure *failure)
{
	return set_ids(options, TARGET_TID, "tid", value, failure);
}

static int set_no_children(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->target.children = false;
	return 0;
}

int option__bad_glob(struct failure *failure, const char *value)
{
	return option__bad_value(failure, "comm", value,
				 *value ? "the pattern is unfinished or too long" : "it is empty",
				 "write a name, with * ? and [a-z] for what may vary");
}

static int set_comm(struct options *options, const char *value, struct failure *failure)
{
	int err = set_target(options, TARGET_COMM, failure);

	if (err)
		return err;
	if (glob__compile(value, &options->target.glob))
		return option__bad_glob(failure, value);
	snprintf(options->target_text, sizeof(options->target_text), "tasks named %s", value);
	return 0;
}

static int set_cgroup(struct options *options, const char *value, struct failure *failure)
{
	int err = set_target(options, TARGET_CGROUP, failure);

	if (!err && strlen(value) >= sizeof(options->target_text))
		err = option__bad_value(failure, "cgroup", "...", "the path is too long",
					"go to a directory above it and give the rest");
	if (!err)
		snprintf(options->target_text, sizeof(options->target_text), "%s", value);
	return err;
}

static int set_as_root(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->as_root = true;
	return 0;
}

/* ---- the run ---- */

static int set_ns(const char *name, const char *value, __u64 *ret_ns, struct failure *failure)
{
	if (parse__duration(value, ret_ns))
		return option__bad_value(failure, name, value, "it is not a length of time above 0",
					 "write 10, 0.5, 500ms, 2m or 1h");
	return 0;
}

static int set_duration(struct options *options, const char *value, struct failure *failure)
{
	return set_ns("duration", value, &options->duration_ns, failure);
}

static int set_interval(struct options *options, const char *value, struct failure *failure)
{
	int err = set_ns("interval", value, &options->interval_ns, failure);

	if (!err && options->interval_ns < 10000000)
		err = option__bad_value(failure, "interval", value, "it is too short",
					"at least 10ms: each summary has to be read and written");
	return err;
}

static int set_btf(struct options *options, const char *value, struct failure *failure)
{
	(void)failure;
	options->btf = value;
	return 0;
}

static int set_force(struct options *options, const char *value, struct failure *failure)
{
	options->force = value;
	if (!probe_set__check_forced(value))
		return 0;
	return option__bad_value(failure, "force-rung", value, "it names no probe or no rung",
				 "write PROBE=RUNG as tasktoll doctor shows them, or PROBE=none");
}

static int set_quiet(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->quiet = true;
	return 0;
}

static int set_verbose(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->verbose = true;
	return 0;
}

/* ---- crashes ---- */

static int set_window(struct options *options, const char *value, struct failure *failure)
{
	int err = set_ns("window", value, &options->window_ns, failure);

	if (!err && options->window_ns > 60000000000ULL)
		err = option__bad_value(failure, "window", value, "it is too long",
					"at most 60s: what happens later has other causes");
	return err;
}

static int set_all(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->all = true;
	return 0;
}

static int set_exec(struct options *options, const char *value, struct failure *failure)
{
	if (!*value)
		return option__bad_value(
			failure, "exec", value, "it is empty",
			"write a command for the shell; it gets the crash as JSON");
	options->exec = value;
	return 0;
}

/* ---- recordings ---- */

static int set_crashes(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->crashes = true;
	return 0;
}

static int set_stacks(struct options *options, const char *value, struct failure *failure)
{
	__u64 stacks;

	if (parse__number(value, 1000000, &stacks) || !stacks)
		return option__bad_value(failure, "stacks", value,
					 "it is not a number from 1 to 1000000",
					 "write how many stacks to show");
	options->stacks = stacks;
	return 0;
}

static int set_diff(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->diff = true;
	return 0;
}

/* ---- the output ---- */

static int set_format(struct options *options, const char *value, struct failure *failure)
{
	options->view = view__find(value);
	return options->view ?
		       0 :
		       option__bad_value(failure, "format", value, "there is no such format",
					 "tasktoll COMMAND --help lists them");
}

static int set_output(struct options *options, const char *value, struct failure *failure)
{
	(void)failure;
	options->output = value;
	return 0;
}

static int set_rows(struct options *options, const char *value, struct failure *failure)
{
	__u64 rows;

	if (parse__number(value, 1000000, &rows) || !rows)
		return option__bad_value(failure, "rows", value,
					 "it is not a number from 1 to 1000000",
					 "write how many processes to show");
	options->rows = rows;
	return 0;
}

static int set_sort(struct options *options, const char *value, struct failure *failure)
{
	char names[128] = "choose one of";
	size_t i;

	options->sort = sort__find(value);
	if (options->sort)
		return 0;
	for (i = 0; i < sort_count; i++) {
		size_t at = strlen(names);

		snprintf(names + at, sizeof(names) - at, "%s %s", i ? "," : "", sorts[i].name);
	}
	return option__bad_value(failure, "sort", value, "there is no such metric", names);
}

static int set_threads(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->threads = true;
	return 0;
}

static int set_no_color(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->no_color = true;
	return 0;
}

static int set_overwrite(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->overwrite = true;
	return 0;
}

static int set_security(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->security = true;
	return 0;
}

/* In MiB. */
static int set_memory(struct options *options, const char *value, struct failure *failure)
{
	__u64 mebibytes;

	if (parse__number(value, 1 << 20, &mebibytes) || mebibytes < 64)
		return option__bad_value(failure, "max-memory", value,
					 "it is not a number of MiB from 64 to 1048576",
					 "write 256");
	options->memory_bytes = mebibytes << 20;
	return 0;
}

static int set_inlined(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->inlined = true;
	return 0;
}

static int set_debuginfod(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->debuginfod = true;
	return 0;
}

static int set_help(struct options *options, const char *value, struct failure *failure)
{
	(void)value;
	(void)failure;
	options->help = true;
	return 0;
}

static const struct option_info option_infos[] = {
	{ OPTIONS_TARGET, 'p', "pid", "PID[,PID...]",
	  "these processes, their threads, those they create, their descendants", set_pid },
	{ OPTIONS_TARGET, 0, "no-children", NULL, "with -p: without descendants", set_no_children },
	{ OPTIONS_TARGET, 't', "tid", "TID[,TID...]", "these threads only", set_tid },
	{ OPTIONS_TARGET, 'c', "comm", "GLOB", "tasks whose name matches", set_comm },
	{ OPTIONS_TARGET, 'G', "cgroup", "PATH", "tasks in this cgroup and below", set_cgroup },
	{ OPTIONS_TARGET, 0, "as-root", NULL, "under sudo: run the program as root, not as you",
	  set_as_root },
	{ OPTIONS_RUN, 'd', "duration", "SEC", "how long (10, 0.5, 500ms, 2m); else until Ctrl-C",
	  set_duration },
	{ OPTIONS_INTERVAL, 'i', "interval", "SEC", "a summary each SEC", set_interval },
	{ OPTIONS_RUN, 0, "btf", "PATH", "kernel types from this file", set_btf },
	{ OPTIONS_RUN, 0, "force-rung", "PROBE=RUNG", "debugging: take a fallback (see doctor)",
	  set_force },
	{ OPTIONS_CRASH, 0, "all", NULL, "also what failed or was killed, not only what crashed",
	  set_all },
	{ OPTIONS_CRASH, 0, "window", "SEC", "how long the consequences are followed (2)",
	  set_window },
	{ OPTIONS_CRASH, 0, "exec", "CMD", "run CMD for each, as you, with the JSON on its input",
	  set_exec },
	{ OPTIONS_REPORT, 0, "crashes", NULL, "each crash, as tasktoll crash prints it",
	  set_crashes },
	{ OPTIONS_REPORT, 0, "stacks", "N", "the N stacks that paid most, and the total",
	  set_stacks },
	{ OPTIONS_REPORT, 'q', "quiet", NULL, "no remarks", set_quiet },
	{ OPTIONS_METRIC, 0, "metric", "METRIC",
	  "what to sum (offcpu): runq, wake, ...: see man tasktoll-flame", option__set_metric },
	{ OPTIONS_FILES, 0, "diff", NULL, "of two recordings: the second against the first",
	  set_diff },
	{ OPTIONS_TABLE, 0, "format", "text|json|csv", "how to print (as FILE is named, else text)",
	  set_format },
	{ OPTIONS_NO_TABLE, 0, "format", "text|json", "how to print (as FILE is named, else text)",
	  set_format },
	{ OPTIONS_OUTPUT, 'o', "output", "FILE", "where to print (standard output)", set_output },
	{ OPTIONS_RECORD, 'o', "output", "FILE", "where to (tasktoll-HOST-TIME.tasktoll)",
	  set_output },
	{ OPTIONS_RECORD, 0, "force", NULL, "replace the file if it is there", set_overwrite },
	{ OPTIONS_DOCTOR, 0, "security", NULL,
	  "what each process of ours may do, read back from the kernel", set_security },
	{ OPTIONS_RECORD, 0, "max-memory", "MIB", "that stacks and ended threads may take (256)",
	  set_memory },
	{ OPTIONS_RECORD, 0, "inline", NULL, "name inlined functions, too", set_inlined },
	{ OPTIONS_RECORD, 0, "debuginfod", NULL, "ask debuginfod servers for debug files",
	  set_debuginfod },
	{ OPTIONS_TABLE, 'n', "rows", "N", "processes shown in text (20)", set_rows },
	{ OPTIONS_TABLE, 's', "sort", "METRIC",
	  "toll, switches, involuntary, mm, runq, oncpu or migrations (toll)", set_sort },
	{ OPTIONS_TABLE, 0, "threads", NULL, "a row per thread", set_threads },
	{ OPTIONS_OUTPUT, 0, "no-color", NULL, "plain text (so does NO_COLOR=1)", set_no_color },
	{ OPTIONS_RUN, 'q', "quiet", NULL, "no remarks", set_quiet },
	{ OPTIONS_RUN, 'v', "verbose", NULL, "more remarks", set_verbose },
	{ OPTIONS_FLAME, 0, "format", "folded|pprof|svg",
	  "how to write (as FILE is named, else folded)", option__set_flame_format },
	{ OPTIONS_FLAME, 'o', "output", "FILE", "where to write (standard output)", set_output },
	{ OPTIONS_FLAME, 'p', "pid", "PID[,PID...]", "only threads of these processes",
	  option__set_filter_pid },
	{ OPTIONS_FLAME, 't', "tid", "TID[,TID...]", "only these threads", option__set_filter_tid },
	{ OPTIONS_FLAME, 'c', "comm", "GLOB", "only threads whose name matches",
	  option__set_filter_comm },
	{ OPTIONS_FLAME, 0, "per-thread", NULL, "threads of one name apart",
	  option__set_per_thread },
	{ OPTIONS_FLAME, 0, "no-kernel", NULL, "without frames of the kernel",
	  option__set_no_kernel },
	{ OPTIONS_FLAME, 0, "reverse", NULL, "innermost frames first: who called them",
	  option__set_reverse },
	{ OPTIONS_FLAME, 'q', "quiet", NULL, "no remarks", set_quiet },
	{ 0, 'h', "help", NULL, "this text", set_help },
};

#define OPTION_INFOS (sizeof(option_infos) / sizeof(option_infos[0]))

static bool option__taken(const struct option_info *info, unsigned int groups)
{
	return (info->groups & groups) == info->groups;
}

static int options__complain(int argc, char **argv, int what, struct failure *failure)
{
	char name[128];

	if (optopt && optopt < 256)
		snprintf(name, sizeof(name), "-%c", optopt);
	else
		snprintf(name, sizeof(name), "%.120s",
			 optind > 0 && optind <= argc ? argv[optind - 1] : "");
	if (what == ':')
		return failure__set(failure, -EINVAL, "a value must follow it",
				    "tasktoll COMMAND --help says which", "bad option %s", name);
	if (optopt >= 256)
		return failure__set(failure, -EINVAL, "it takes no value",
				    "write it without =", "bad option %s", name);
	return failure__set(failure, -EINVAL, "there is no such option here",
			    "tasktoll COMMAND --help lists them", "bad option %s", name);
}

/* Builds getopt's tables out of ours; the value of a long option is its index + 256. */
int options__parse(struct options *options, unsigned int groups, int argc, char **argv,
		   struct failure *failure)
{
	struct option longs[OPTION_INFOS + 1] = { { 0 } };
	char letters[2 * OPTION_INFOS + 4] = "+:";
	size_t at, count = 0, i;
	int c, err;

	memset(options, 0, sizeof(*options));
	if (groups & OPTIONS_FILES) /* options may follow what is none */
		strcpy(letters, ":");
	at = strlen(letters);
	options->target.children = true;
	options->sort = &sorts[0];
	options->rows = 20;
	options->window_ns = 2000000000ULL;
	snprintf(options->target_text, sizeof(options->target_text), "the whole machine");
	for (i = 0; i < OPTION_INFOS; i++) {
		const struct option_info *info = &option_infos[i];

		if (!option__taken(info, groups))
			continue;
		longs[count].name = info->name;
		longs[count].has_arg = info->argument ? required_argument : no_argument;
		longs[count++].val = (int)i + 256;
		if (info->letter) {
			letters[at++] = info->letter;
			if (info->argument)
				letters[at++] = ':';
		}
	}
	opterr = 0;
	optind = 0; /* begin anew, also within an argument */
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_info *info = NULL;

		if (c == '?' || c == ':')
			return options__complain(argc, argv, c, failure);
		for (i = 0; !info && i < OPTION_INFOS; i++) {
			if (c == (int)i + 256 || (c < 256 && option_infos[i].letter == c &&
						  option__taken(&option_infos[i], groups)))
				info = &option_infos[i];
		}
		err = info->set(options, optarg, failure);
		if (err)
			return err;
	}
	if (groups & OPTIONS_FILES) {
		options->files = argv + optind;
		options->file_count = (size_t)(argc - optind);
	} else if (optind < argc) {
		if (!(groups & OPTIONS_TARGET) || strcmp(argv[optind - 1], "--"))
			return failure__set(failure, -EINVAL,
					    "it is neither an option nor behind --",
					    "to trace a program write: -- program args",
					    "unexpected \"%s\"", argv[optind]);
		options->program = argv + optind;
	} else if (groups & OPTIONS_TARGET && argc > 1 && !strcmp(argv[argc - 1], "--")) {
		return failure__set(failure, -EINVAL, "no program follows it",
				    "write -- program args", "bad option --");
	}
	if (options->program) {
		err = set_target(options, TARGET_PID, failure);
		if (err)
			return err;
		snprintf(options->target_text, sizeof(options->target_text), "program %s",
			 options->program[0]);
	}
	return options__choose_format(options, groups, failure);
}

void options__free(struct options *options)
{
	free(options->ids);
	free(options->pids);
	free(options->tids);
	options->ids = options->pids = options->tids = NULL;
}

void options__print(unsigned int groups)
{
	size_t i;

	for (i = 0; i < OPTION_INFOS; i++) {
		const struct option_info *info = &option_infos[i];
		char left[64];

		if (!option__taken(info, groups))
			continue;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", info->letter ? '-' : ' ',
			 info->letter ? info->letter : ' ', info->letter ? ',' : ' ', info->name,
			 info->argument ? " " : "", info->argument ? info->argument : "");
		printf("  %-30s %s\n", left, info->help);
	}
	if (groups & OPTIONS_TARGET)
		printf("  %-30s %s\n", "-- program [args...]",
		       "start it, trace it and its descendants, stop when it ends");
}
