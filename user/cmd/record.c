/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll record: save what was seen, with stacks, to a file. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "callstack/symbolization.h"
#include "cmd/command.h"
#include "cmd/record_end.h"
#include "session/counting.h"
#include "session/losses.h"
#include "cmd/options.h"
#include "session/pace.h"
#include "session/recorder.h"
#include "session/recording_name.h"
#include "session/target.h"
#include "core/clock.h"
#include "core/number.h"
#include "store/store.h"
#include "view/escape.h"

#define FLUSH_NS	  1000000000ULL /* at most that much is lost if we are killed */
#define SPARE_NS	  100000000ULL	/* of it, for what takes longer than the last time */
#define LONG_FLUSH_NS	  440000000ULL /* two that take so long, and a quarter of it between them */
#define SAMPLES_ONCE	  50000	       /* samples that are written together, if there are so many */
#define STEP		  2048	       /* stacks that are resolved together, if there are so many */
#define FIRST_NS	  100000000ULL
#define STACK_EVENTS_ONCE 2048 /* stacks without rules that are sent in so much time: */
#define ALLOW_NS	  100000000ULL
#define NAMES_NS	  30000000000ULL /* that names may take when all else is done, but */
#define HALT_NS		  900000000ULL	 /* no longer than that from a signal on */
#define HALT_WALKS_NS	  300000000ULL	 /* as long are stacks unwound, or shorter so that */
#define HALT_WRITES_NS	  1000000000ULL	 /* all is written by then, */
#define HALT_CHAINS_NS	  150000000ULL	 /* and then followed by frame pointers */
#define HALT_CUT_NS	  1600000000ULL	 /* the last write is given up then */
#define CLOSE_NS	  300000000ULL /* that a period which others follow waits for its last ones */
#define MEMORY_BYTES	  (256ULL << 20) /* that stacks and ended threads may take, about */
#define FORGET_NS	  30000000000ULL /* after its end a process may still be asked about */

struct record {
	struct options options;
	struct counting counting;
	struct profile *profile;
	struct recorder *recorder;
	struct store_writer *writer;
	char path[512];
	__u32 period;
	__u64 flush_begun_ns, flushed_ns, flush_took_ns, flush_cpu_ns;
	__u64 switches;	      /* of the periods before this one, and */
	struct losses losses; /* in them */
	__u64 lost_stacks;    /* of samples, up to the beginning of the period */
	__u64 resolve_ns;     /* stacks are unwound again from then on; */
	__u64 step_ns;	      /* since then they are: 0: they are not */
	bool settling;	      /* a period is to be closed when */
	__u64 settled;	      /* so many have been resolved */
	__u64 allow_ns;	      /* and from then on more are sent that have no rules */
	bool writing;	      /* a transaction has begun */
	__u64 written_ns;     /* up to which all is in the file (CLOCK_MONOTONIC) */
	bool is_cut;	      /* there was no time for the last write */
	bool progress;	      /* a line of it is on the terminal */
	int tick_error;
	struct failure tick_failure;
};

static struct symbolization *record__symbolization(const struct record *record)
{
	return record->counting.names.symbolization;
}

/* ---- the file ---- */

static void record__name(struct record *record)
{
	if (record->options.output)
		snprintf(record->path, sizeof(record->path), "%s", record->options.output);
	else
		recording_name__make(record->path, sizeof(record->path));
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

/*
 * A signal has come, and this is not the last flush: that one writes what this one does not.  Or it
 * is, and there is no time left for it.
 */
static bool record__is_cut(const struct record *record)
{
	if (recorder__has_ended(record->recorder))
		return store__is_cut(record->writer);
	return halt__signal(record->counting.run.halt);
}

/* What was begun and cut short goes on. */
static int record__begin_writing(struct record *record, struct failure *failure)
{
	int err = record->writing ? 0 : store__begin(record->writer, failure);

	record->writing = true;
	return err;
}

/* Puts what has been read up to now into the file; with close, the period is over. */
static int record__write(struct record *record, struct summary *summary, __u64 now, bool close,
			 struct failure *failure)
{
	struct counting *counting = &record->counting;
	struct store_writer *writer = record->writer;
	int err = record__begin_writing(record, failure);

	if (!err)
		err = recorder__write(record->recorder, writer, record->period, now, close,
				      failure);
	if (err || record__is_cut(record))
		return err;
	summary->lost.stacks += recorder__lost(record->recorder) - record->lost_stacks;
	if (!halt__is_due(counting->run.halt, HALT_NS)) { /* else there is no time for names */
		symbolization__ask(record__symbolization(record));
		symbolization__poll(record__symbolization(record));
	}
	if (!err)
		err = store__put_profile(writer, record->profile, failure);
	if (!err)
		err = store__put_period(writer, record->period, counting->model, summary, now,
					failure);
	if (!err && store__is_cut(writer))
		return 0;
	if (!err)
		err = store__commit(writer, failure);
	record->writing = false;
	record->written_ns = now;
	if (!err) { /* what the file has of those that are gone need not be kept */
		recorder__release(record->recorder);
		symbolization__next_reading(record__symbolization(record));
		model__forget_ended_threads(counting->model);
	}
	if (err || !close)
		return err;
	err = recorder__next(record->recorder, now, failure);
	if (!err && model__close(counting->model, now))
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot sum up the interval");
	record->switches += row__switches(&counting->model->system);
	losses__add(&record->losses, &summary->lost, counting->model->proof.missed);
	memset(&summary->lost, 0, sizeof(summary->lost)); /* they are in those of all now */
	record->lost_stacks = recorder__lost(record->recorder);
	counting__next(counting);
	record->period++;
	return err;
}

/*
 * After a signal: how long stacks are unwound.  What is left is for writing, which takes about
 * as long as it did the last time, or twice as long.
 */
static __u64 record__walks_ns(const struct record *record)
{
	__u64 writing = 2 * record->flush_took_ns;
	__u64 left = writing < HALT_WRITES_NS ? HALT_WRITES_NS - writing : 0;

	return left < HALT_WALKS_NS ? left : HALT_WALKS_NS;
}

/*
 * Nothing comes in now: until all stacks that have are resolved, or the time is over, which
 * after a signal is short.
 */
static int record__await_stacks(struct record *record, __u64 limit_ns, struct failure *failure)
{
	struct symbolization *symbolization = record__symbolization(record);
	struct pollfd wait = { .fd = symbolization__fd(symbolization), .events = POLLIN };
	__u64 begin = clock__monotonic();
	int err = 0;

	while (!err && symbolization__waiting(symbolization) &&
	       clock__monotonic() - begin < limit_ns) {
		bool more;

		if (halt__is_due(record->counting.run.halt, record__walks_ns(record))) {
			symbolization__give_up(symbolization, clock__monotonic() + HALT_CHAINS_NS);
			break;
		}
		symbolization__resolve(symbolization, SIZE_MAX);
		err = symbolization__turn(symbolization, &more);
		if (!more && symbolization__is_resolving(symbolization))
			poll(&wait, 1, 20);
		names__poll(&record->counting.names);
	}
	return err ? failure__set(failure, err, NULL, NULL, "cannot keep the stacks") : 0;
}

static int record__flush(struct record *record, bool close, struct failure *failure)
{
	struct counting *counting = &record->counting;
	__u64 begin = clock__monotonic(), now, before = record->flush_took_ns;
	__u64 cpu = clock__read(CLOCK_THREAD_CPUTIME_ID);
	struct summary summary;
	int err;

	if (store__look(record->writer))
		return 0;
	err = counting__read(counting, &summary, &now, failure);
	store__look(record->writer);
	if (err || record__is_cut(record))
		return err;
	err = trace__read_samples(counting->run.trace, failure);
	store__look(record->writer);
	if (recorder__has_ended(record->recorder)) /* that was the last reading */
		trace__detach(counting->run.trace);
	if (!err && close) /* these have come in with the last samples */
		err = record__await_stacks(record, counting->run.stopped ? ~0ULL : CLOSE_NS,
					   failure);
	if (!err)
		err = record__write(record, &summary, now, close, failure);
	if (err || record__is_cut(record))
		return err;
	record__tell_progress(record, &summary);
	symbolization__forget(record__symbolization(record),
			      begin > FORGET_NS ? begin - FORGET_NS : 0);
	record->flush_begun_ns = begin;
	record->flushed_ns = clock__monotonic();
	record->flush_took_ns = record->flushed_ns - begin;
	record->flush_cpu_ns = clock__read(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (record->flush_took_ns < before / 4 * 3)
		record->flush_took_ns = before / 4 * 3;
	return err;
}

/*
 * When the next flush is due: when it has been committed, not more than FLUSH_NS have passed since
 * the last one began to read.  Where that cannot be, half of a CPU is left for others; what a
 * flush has waited for is no burden to them.
 */
static __u64 record__next_flush(const struct record *record)
{
	__u64 took = record->flush_took_ns, reserve = SPARE_NS + 2 * took;
	__u64 next = record->flush_begun_ns + FLUSH_NS - reserve;
	__u64 burden = record->flush_cpu_ns;
	__u64 soonest = record->flushed_ns + (burden < LONG_FLUSH_NS ? burden / 4 : burden);

	if (recorder__unwritten(record->recorder) >= SAMPLES_ONCE)
		return soonest;
	return reserve < FLUSH_NS && next > soonest ? next : soonest;
}

/* ---- the run ---- */

static void record__teach(void *context, __u64 space, __u64 pc, __u64 rule)
{
	struct record *record = context;

	trace__teach(record->counting.run.trace, space, pc, rule);
}

static void record__forget(void *context, __u64 id)
{
	struct record *record = context;

	trace__forget_stack_event(record->counting.run.trace, id);
}

/* What the file has need not be kept in memory; numbers on their way are no longer looked up. */
static int record__tidy(struct record *record, struct failure *failure)
{
	int err;

	if (!recorder__is_full(record->recorder) ||
	    crash_stacks__pending(record->counting.names.stacks))
		return 0;
	err = record__flush(record, false, failure);
	if (!err && store__has_all(record->writer, record->profile))
		recorder__forget_written(record->recorder);
	return err;
}

/* Of stacks whose rules are not known, each takes kilobytes. */
static void record__allow_more(struct record *record, size_t waiting, __u64 now)
{
	if (now < record->allow_ns)
		return;
	trace__allow_stack_events(record->counting.run.trace,
				  waiting < STACK_EVENTS_ONCE ? STACK_EVENTS_ONCE - (__u32)waiting :
								0);
	record->allow_ns = now + ALLOW_NS;
}

/*
 * Stacks are unwound soon, so that the kernel's side learns how it is done, but for half of the
 * time, unless there are many: then they are asked about together.  True: there is more to do.
 */
static bool record__resolve(struct record *record)
{
	struct symbolization *symbolization = record__symbolization(record);
	size_t waiting = symbolization__waiting(symbolization);
	__u64 now = clock__monotonic();
	bool more = false;
	int err;

	record__allow_more(record, waiting, now);
	if (!symbolization__is_resolving(symbolization)) {
		if (record->step_ns) /* as much is left to others */
			record->resolve_ns = now + (now - record->step_ns);
		record->step_ns = 0;
		if (!waiting || halt__signal(record->counting.run.halt) ||
		    (waiting < STEP && now < record->resolve_ns && !record->settling))
			return false;
		record->step_ns = now;
		symbolization__resolve(symbolization, STEP);
	}
	err = symbolization__turn(symbolization, &more);
	if (err)
		record->tick_error = failure__set(&record->tick_failure, err, NULL, NULL,
						  "cannot keep the stacks");
	return more;
}

/* Is all resolved that had come in when this was first asked? */
static bool record__has_settled(struct record *record)
{
	const struct symbolization *symbolization = record__symbolization(record);

	if (!record->settling)
		record->settled = symbolization__resolved(symbolization) +
				  symbolization__waiting(symbolization);
	record->settling = true;
	return symbolization__resolved(symbolization) >= record->settled;
}

/* So that no flush takes long. */
static bool record__has_many_samples(const struct record *record)
{
	return recorder__unwritten(record->recorder) >= SAMPLES_ONCE &&
	       clock__monotonic() >= record__next_flush(record);
}

static enum run_next record__tick(void *context)
{
	struct record *record = context;
	bool more = false;

	names__poll(&record->counting.names);
	if (!record->tick_error)
		more = record__resolve(record);
	if (!record->tick_error && trace__samples_due(record->counting.run.trace))
		record->tick_error =
			trace__read_samples(record->counting.run.trace, &record->tick_failure);
	if (record->tick_error || (record->settling && record__has_settled(record)) ||
	    record__has_many_samples(record))
		return RUN_RETURNS;
	return more ? RUN_GOES_ON : RUN_SLEEPS;
}

static int record__count(struct record *record, struct failure *failure)
{
	const struct options *options = &record->options;
	struct run *run = &record->counting.run;
	__u64 end = options->run.duration_ns ? run->start_ns + options->run.duration_ns : ~0ULL;
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

		if (pace.due_ns && pace.due_ns < next && !record->settling)
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
		closes = pace__is_due(&pace, now) && record__has_settled(record);
		if (closes || now >= record__next_flush(record))
			err = record__flush(record, closes, failure);
		if (closes) {
			record->settling = false;
			pace__next(&pace, record->flush_took_ns, options->quiet);
		}
		if (!err)
			err = record__tidy(record, failure);
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

	record->settling = false;
	store__heed(record->writer, record->counting.run.halt, HALT_CUT_NS);
	store__set_end(record->writer, record->counting.run.stop_ns);
	if (symbolization__waiting(record__symbolization(record)) > STEP &&
	    !halt__signal(record->counting.run.halt))
		err = record__flush(record, false, failure);
	if (!err)
		err = record__await_stacks(record, ~0ULL, failure);
	recorder__end(record->recorder);
	if (!err)
		err = record__flush(record, true, failure);
	record->is_cut = !err && store__is_cut(record->writer);
	return err;
}

/* Names come after all else, and the user may not want to wait for them: a signal tells. */
static int record__await_names(struct record *record, struct failure *failure)
{
	const struct halt *halt = record->counting.run.halt;
	__u64 end = clock__monotonic() + NAMES_NS, patience = halt__signal(halt) ? HALT_NS : 0;
	struct symbolization *symbolization = record__symbolization(record);
	struct pollfd wait = { .fd = symbolization__fd(symbolization), .events = POLLIN };
	int err;

	symbolization__ask(symbolization);
	while (symbolization__pending(symbolization) && clock__monotonic() < end &&
	       !halt__is_due(halt, patience)) {
		poll(&wait, 1, 20);
		symbolization__poll(symbolization);
		symbolization__ask(symbolization);
	}
	store__heed(record->writer, NULL, 0);
	err = store__begin(record->writer, failure);
	if (!err)
		err = store__put_profile(record->writer, record->profile, failure);
	if (!err)
		err = store__commit(record->writer, failure);
	return err;
}

static int record__begin(struct record *record, struct failure *failure)
{
	__u64 memory = record->options.memory_bytes ? record->options.memory_bytes : MEMORY_BYTES;
	struct symbolization_config symbolization = {
		.switches = true,
		.inlined = record->options.inlined,
		.debuginfod = record->options.debuginfod,
		/* the rest is for the profile, samples and threads, which have bounds of their own */
		.bytes = memory / 8,
		.teach = record__teach,
		.forget = record__forget,
		.context = record
	};
	struct recorder_config config = { .counting = &record->counting };
	struct counting_stacks stacks = { .sample = recorder__take_sample,
					  .lifecycle = recorder__take_lifecycle,
					  .task = recorder__take_task };
	int err = target__check(&record->options.run, failure);

	record->period = 1;
	record__name(record);
	if (!err && !record->options.overwrite && !access(record->path, F_OK))
		err = failure__set(failure, -EEXIST, NULL,
				   "choose another name with -o, or replace it with --force",
				   "cannot record to %s", record->path);
	record->profile = profile__new();
	if (!err && !record->profile)
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	symbolization.profile = config.profile = record->profile;
	if (!err)
		err = names__open(&record->counting.names, &symbolization, failure);
	if (err)
		return err;
	config.symbolization = record__symbolization(record);
	config.bytes = memory;
	record->recorder = recorder__new(&config);
	stacks.context = record->recorder;
	if (!record->recorder)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	record->options.run.doing = "recording";
	err = counting__begin(&record->counting, &record->options.run, true, &stacks, failure);
	if (!err)
		recorder__limit_ended(record->recorder);
	return err;
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
	if (!err) {
		store__heed(record->writer, counting->run.halt, 0);
		err = record__count(record, failure);
	}
	if (!err)
		err = run__stop(&counting->run, failure);
	if (!err)
		err = counting__check_matched(counting, failure);
	if (!err)
		err = record__finish(record, failure);
	if (!err && !record->is_cut)
		err = record__await_names(record, failure);
	record__end_progress(record);
	if (record->writer) {
		end_err = store__close(record->writer, !err && !record->is_cut,
				       err ? &(struct failure){ 0 } : failure);
		record->writer = NULL;
		err = err ? err : end_err;
	}
	if (!err && record->is_cut)
		record_end__tell_cut(&counting->run, record->written_ns);
	if (!err)
		record_end__tell(&record->counting, record->recorder, record->path,
				 record->options.quiet);
	return err;
}

static int record__end(void *context, int err)
{
	struct record *record = context;
	bool lost = !err && losses__tell(&record->losses);
	int status = counting__status(&record->counting, err, lost || record->is_cut);

	counting__end(&record->counting);
	recorder__free(record->recorder);
	profile__free(record->profile);
	return status;
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
	.size = sizeof(struct record),
	.run = record__run,
	.end = record__end,
};
