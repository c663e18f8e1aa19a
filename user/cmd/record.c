/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll record: save what was seen, with stacks, to a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "callstack/symbolization.h"
#include "cmd/command.h"
#include "session/counting.h"
#include "session/losses.h"
#include "cmd/options.h"
#include "session/pace.h"
#include "session/recorder.h"
#include "core/remark.h"
#include "session/target.h"
#include "core/clock.h"
#include "core/number.h"
#include "store/store.h"
#include "view/escape.h"

#define FLUSH_NS      1000000000ULL /* at most that much is lost if we are killed */
#define SPARE_NS      100000000ULL  /* of it, for what takes longer than the last time */
#define STEP_NS	      300000000ULL  /* that stacks are resolved in one go, and how many in a step */
#define STEP	      2048
#define FIRST_NS      100000000ULL
#define SIGHTS_ONCE   2048 /* stacks without rules that are sent in so much time: */
#define ALLOW_NS      100000000ULL
#define NAMES_NS      30000000000ULL /* that names may take when all else is done, but */
#define HALT_NS	      900000000ULL   /* no longer than that from a signal on */
#define HALT_WALKS_NS 500000000ULL   /* as long are stacks unwound */
#define FORGET_NS     30000000000ULL /* after its end a process may still be asked about */

struct record {
	struct options options;
	struct counting counting;
	struct profile *profile;
	struct code *code;
	struct recorder *recorder;
	struct store_writer *writer;
	char path[512];
	__u32 period;
	__u64 flush_begun_ns, flushed_ns, flush_took_ns;
	bool flushing;
	__u64 switches;	      /* of the periods before this one, and */
	struct losses losses; /* in them */
	__u64 lost_stacks;    /* of samples, up to the beginning of the period */
	__u64 resolve_ns;     /* stacks are unwound again from then on */
	__u64 allow_ns;	      /* and from then on more are sent that have no rules */
	bool progress;	      /* a line of it is on the terminal */
	int tick_error;
	struct failure tick_failure;
};

/* ---- the file ---- */

static void record__name(struct record *record)
{
	char host[65] = "", when[32];
	time_t now = time(NULL);
	struct tm tm;
	size_t i;

	if (record->options.output) {
		snprintf(record->path, sizeof(record->path), "%s", record->options.output);
		return;
	}
	gethostname(host, sizeof(host) - 1);
	for (i = 0; host[i]; i++) {
		if (host[i] == '/')
			host[i] = '-';
	}
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	snprintf(record->path, sizeof(record->path), "tasktoll-%s-%s.tasktoll", host, when);
}

/* ---- progress ---- */

static void record__tell_progress(struct record *record, const struct summary *summary)
{
	__u64 elapsed = clock__monotonic() - record->counting.run.start_ns, seen = 0;
	struct losses losses = record->losses;
	const struct model *model = record->counting.model;
	int cpu;

	if (record->options.quiet || !isatty(STDERR_FILENO))
		return;
	for (cpu = 0; cpu < model->cpu_count; cpu++)
		seen += model->cpus[cpu].last.switches - model->cpus[cpu].base.switches;
	losses__add(&losses, &summary->lost, 0);
	fputs("\r\033[Krecording ", stderr);
	escape__terminal(stderr, record->path);
	fprintf(stderr, ": %llu s, %s, %s switches, %llu lost (Ctrl-C ends it)",
		(unsigned long long)(elapsed / 1000000000ULL),
		number__bytes(store__bytes(record->writer)).text,
		number__count(record->switches + seen).text,
		(unsigned long long)losses__sum(&losses));
	fflush(stderr);
	record->progress = true;
}

static void record__end_progress(struct record *record)
{
	if (record->progress)
		fputs("\r\033[K", stderr);
	record->progress = false;
}

/* ---- writing ---- */

/* Puts what has been read up to now into the file; with close, the period is over. */
static int record__write(struct record *record, struct summary *summary, __u64 now, bool close,
			 struct failure *failure)
{
	struct counting *counting = &record->counting;
	struct store_writer *writer = record->writer;
	int err = store__begin(writer, failure);

	if (!err)
		err = recorder__write(record->recorder, writer, record->period, now, close,
				      failure);
	summary->lost.stacks += recorder__lost(record->recorder) - record->lost_stacks;
	code__ask(record->code);
	code__poll(record->code);
	if (!err)
		err = store__put_profile(writer, record->profile, failure);
	if (!err)
		err = store__put_period(writer, record->period, counting->model, summary, now,
					failure);
	if (!err)
		err = store__commit(writer, failure);
	if (!err) { /* what the file has of those that are gone need not be kept */
		recorder__release(record->recorder);
		model__forget_ended_threads(counting->model);
	}
	if (err || !close)
		return err;
	err = recorder__next(record->recorder, now, failure);
	if (!err && model__close(counting->model, now))
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot sum up what was seen");
	record->switches += row__switches(&counting->model->system);
	losses__add(&record->losses, &summary->lost, counting->model->proof.missed);
	memset(&summary->lost, 0, sizeof(summary->lost)); /* they are in those of all now */
	record->lost_stacks = recorder__lost(record->recorder);
	counting__next(counting);
	record->period++;
	return err;
}

static int record__flush(struct record *record, bool close, struct failure *failure)
{
	struct counting *counting = &record->counting;
	__u64 begin = clock__monotonic(), now, before = record->flush_took_ns;
	struct summary summary;
	int err;

	record->flushing = true;
	err = counting__read(counting, &summary, &now, failure);
	if (!err)
		err = trace__read_samples(counting->run.trace, failure);
	if (!err)
		err = record__write(record, &summary, now, close, failure);
	if (!err)
		record__tell_progress(record, &summary);
	record->flushing = false;
	code__forget(record->code, begin > FORGET_NS ? begin - FORGET_NS : 0);
	record->flush_begun_ns = begin;
	record->flushed_ns = clock__monotonic();
	record->flush_took_ns = record->flushed_ns - begin;
	if (record->flush_took_ns < before / 4 * 3)
		record->flush_took_ns = before / 4 * 3;
	return err;
}

/*
 * When the next flush is due: when it has been committed, not more than FLUSH_NS have passed since
 * the last one began to read.  Where a flush takes long, half of the time is left for others.
 */
static __u64 record__next_flush(const struct record *record)
{
	__u64 took = record->flush_took_ns, reserve = SPARE_NS + 2 * took;
	__u64 next = record->flush_begun_ns + FLUSH_NS - reserve;
	__u64 soonest = record->flushed_ns + took;

	return reserve < FLUSH_NS && next > soonest ? next : soonest;
}

/* ---- the run ---- */

/* Outside the loop of the run: its failure is kept for that. */
static void record__flush_if_due(struct record *record)
{
	if (!record->flushing && !record->tick_error && !record->counting.run.stopped &&
	    clock__monotonic() >= record__next_flush(record))
		record->tick_error = record__flush(record, false, &record->tick_failure);
}

static bool record__idle(void *context)
{
	struct record *record = context;

	trace__poll_sights(record->counting.run.trace);
	record__flush_if_due(record);
	return !halt__is_due(record->counting.run.halt, HALT_WALKS_NS);
}

static int record__resolve(struct record *record, size_t most)
{
	int err = recorder__resolve(record->recorder, most);

	if (err && !record->tick_error)
		record->tick_error = failure__set(&record->tick_failure, err, NULL, NULL,
						  "cannot keep the stacks");
	return record->tick_error;
}

/* All that has come in up to now; meanwhile what is known goes to the file. */
static int record__settle(struct record *record)
{
	size_t left = recorder__sights(record->recorder);

	while (left && recorder__sights(record->recorder) && !record->tick_error) {
		size_t step = left < STEP ? left : STEP;

		record__resolve(record, step);
		record__flush_if_due(record);
		left -= step;
	}
	return record->tick_error;
}

static void record__teach(void *context, __u64 space, __u64 pc, __u64 rule)
{
	struct record *record = context;

	trace__teach(record->counting.run.trace, space, pc, rule);
}

/* Stacks are unwound soon, so that the kernel's side learns how it is done. */
static void record__learn(struct record *record)
{
	__u64 now = clock__monotonic(), done;
	size_t waiting = recorder__sights(record->recorder);

	if (now >= record->allow_ns) {
		trace__allow_sights(record->counting.run.trace,
				    waiting < SIGHTS_ONCE ? SIGHTS_ONCE - (__u32)waiting : 0);
		record->allow_ns = now + ALLOW_NS;
	}
	if (!waiting || now < record->resolve_ns || record->tick_error ||
	    halt__signal(record->counting.run.halt))
		return;
	record__resolve(record, STEP);
	done = clock__monotonic();
	record->resolve_ns = done + (done - now); /* as much is left to others */
}

static void record__tick(void *context)
{
	struct record *record = context;
	__u64 end = clock__monotonic() + STEP_NS;

	code__poll(record->code);
	counting__tick(&record->counting);
	record__learn(record);
	if (!record->tick_error && trace__samples_due(record->counting.run.trace))
		record->tick_error =
			trace__read_samples(record->counting.run.trace, &record->tick_failure);
	/* few are left for the next flush: each process among them is asked about by itself */
	while (!record->tick_error && recorder__sights(record->recorder) >= STEP &&
	       clock__monotonic() < end && clock__monotonic() < record__next_flush(record) &&
	       !halt__signal(record->counting.run.halt)) {
		record__resolve(record, STEP);
		trace__poll(record->counting.run.trace);
	}
}

static int record__count(struct record *record, struct failure *failure)
{
	const struct options *options = &record->options;
	struct run *run = &record->counting.run;
	__u64 end = options->duration_ns ? run->start_ns + options->duration_ns : ~0ULL;
	struct pace pace;
	int err = 0;

	run->tick = record__tick;
	run->tick_context = record;
	pace__begin(&pace, options->interval_ns, run->start_ns);
	/* the first one soon: from then on there is something to read, whatever happens */
	record->flush_begun_ns = run->start_ns - FLUSH_NS + SPARE_NS + FIRST_NS;
	while (!err) {
		__u64 next = record__next_flush(record), now;
		bool closes;

		if (pace.due_ns && pace.due_ns < next)
			next = pace.due_ns;
		if (end < next)
			next = end;
		if (record->tick_error) {
			*failure = record->tick_failure;
			return record->tick_error;
		}
		if (run__wait(run, next))
			break;
		if (record->tick_error)
			continue;
		now = clock__monotonic();
		if (now >= end)
			break;
		closes = pace__is_due(&pace, now);
		if (closes ? record__settle(record) : record__resolve(record, STEP))
			continue;
		if (closes || now >= record__next_flush(record))
			err = record__flush(record, closes, failure);
		if (closes)
			pace__next(&pace, record->flush_took_ns, options->quiet);
	}
	return err;
}

/*
 * The last period.  What it has is safe before stacks are waited for, which after a signal
 * are not waited for long.
 */
static int record__finish(struct record *record, struct failure *failure)
{
	int err = 0;

	if (recorder__sights(record->recorder) > STEP && !halt__signal(record->counting.run.halt))
		err = record__flush(record, false, failure);
	if (!err && record__settle(record)) {
		*failure = record->tick_failure;
		err = record->tick_error;
	}
	recorder__end(record->recorder);
	return err ? err : record__flush(record, true, failure);
}

/* Names come after all else, and the user may not want to wait for them: a signal tells. */
static int record__await_names(struct record *record, struct failure *failure)
{
	const struct halt *halt = record->counting.run.halt;
	__u64 end = clock__monotonic() + NAMES_NS, patience = halt__signal(halt) ? HALT_NS : 0;
	int err;

	code__ask(record->code);
	while (code__pending(record->code) && clock__monotonic() < end &&
	       !halt__is_due(halt, patience)) {
		usleep(2000);
		code__poll(record->code);
		code__ask(record->code);
	}
	err = store__begin(record->writer, failure);
	if (!err)
		err = store__put_profile(record->writer, record->profile, failure);
	if (!err)
		err = store__commit(record->writer, failure);
	return err;
}

static void record__remark(const struct record *record)
{
	const struct code *code = record->code;

	if (record->options.quiet)
		return;
	names__tell_hidden(&record->counting.names);
	if (code__why_not(code))
		fprintf(stderr,
			"tasktoll: functions of processes that ended may have no names: the kernel does "
			"not tell what they mapped: %s (see kernel.perf_event_paranoid)\n",
			code__why_not(code));
	if (code__lost(code))
		remark("some functions may have no names: %llu mmap events were lost (buffer full)",
		       (unsigned long long)code__lost(code));
	if (code__pending(code))
		fprintf(stderr,
			"tasktoll: some functions have no names: naming them took too long%s\n",
			halt__signal(record->counting.run.halt) ?
				" after the signal (with --duration it may take 30 s)" :
				"");
	recorder__tell(record->recorder);
	remark("recorded to %s (tasktoll report and tasktoll flame read it)", record->path);
}

static int record__begin(struct record *record, struct failure *failure)
{
	struct code_config code = { .inlined = record->options.inlined,
				    .debuginfod = record->options.debuginfod,
				    .idle = record__idle,
				    .teach = record__teach,
				    .context = record };
	struct recorder_config config = { .counting = &record->counting };
	struct counting_stacks stacks = { .sight = recorder__take_sight,
					  .sample = recorder__take_sample,
					  .life = recorder__take_life,
					  .task = recorder__take_task,
					  .cpu_ns = recorder__cpu_ns };
	int err = target__check(&record->options, failure);

	record->period = 1;
	record__name(record);
	if (!err && !record->options.overwrite && !access(record->path, F_OK))
		err = failure__set(failure, -EEXIST, NULL,
				   "choose another name with -o, or replace it with --force",
				   "cannot record to %s", record->path);
	record->profile = profile__new();
	if (!err && !record->profile)
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	if (!err)
		err = names__open(&record->counting.names, failure);
	code.profile = config.profile = record->profile;
	code.kernel = record->counting.names.kernel;
	if (!err)
		err = code__open(&record->code, &code, failure);
	if (err)
		return err;
	crash_stacks__share(record->counting.names.stacks, record->profile,
			    code__files(record->code));
	config.code = record->code;
	config.bytes = record->options.memory_bytes;
	record->recorder = recorder__new(&config);
	stacks.context = record->recorder;
	if (!record->recorder)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	return counting__begin(&record->counting, &record->options, true, &stacks, failure);
}

static int record__run(void *context, struct failure *failure)
{
	struct record *record = context;
	struct counting *counting = &record->counting;
	int err = record__begin(record, failure), end_err;

	if (err)
		return err;
	err = store__create(&record->writer, record->path, record->options.overwrite,
			    &counting->same, failure);
	if (!err)
		err = record__count(record, failure);
	if (!err)
		err = run__stop(&counting->run, failure);
	if (!err)
		err = counting__check_matched(counting, failure);
	if (!err)
		err = record__finish(record, failure);
	if (!err)
		err = record__await_names(record, failure);
	record__end_progress(record);
	if (record->writer) {
		end_err =
			store__close(record->writer, !err, err ? &(struct failure){ 0 } : failure);
		record->writer = NULL;
		err = err ? err : end_err;
	}
	if (!err)
		record__remark(record);
	return err;
}

static int record__end(void *context, int err)
{
	struct record *record = context;
	int status =
		counting__status(&record->counting, err, !err && losses__tell(&record->losses));

	counting__end(&record->counting);
	recorder__free(record->recorder);
	code__close(record->code);
	profile__free(record->profile);
	return status;
}

const struct command command_record = {
	.name = "record",
	.summary = "save what was seen, with stacks, to a file",
	.usage = { "[options] [target] [-- program [args...]]" },
	.about = "Counts like stat, takes the stacks of switches, wakeups, creations and crashes "
		 "with it, and saves all that to a file, which tasktoll report and tasktoll flame "
		 "read.",
	.more = "See `tasktoll-record`(8) and `tasktoll-recording`(5).",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET,
	.size = sizeof(struct record),
	.run = record__run,
	.end = record__end,
};
