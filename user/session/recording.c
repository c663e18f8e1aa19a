/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/recording.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "session/recording_parts.h"
#include "session/target.h"

#define FIRST_NS     100000000ULL
#define COPY_TICK_NS 20000000ULL    /* how often a copy of the file is looked at */
#define NAMES_NS     30000000000ULL /* that names may take when all else is done, but */
#define HALT_CUT_NS  1600000000ULL  /* the last write is given up then */
#define MEMORY_BYTES (256ULL << 20) /* that stacks and ended threads may take, about */

static enum run_next recording__tick(void *context)
{
	struct recording *recording = context;
	bool more = false, fires = recording->config.flight &&
				   flight__hear(recording->config.flight, clock__monotonic());

	names__poll(&recording->counting.names);
	if (!recording->tick_error)
		more = recording__resolve(recording);
	if (!recording->tick_error && trace__samples_due(recording->counting.run.trace))
		recording->tick_error = trace__read_samples(recording->counting.run.trace,
							    &recording->tick_failure);
	if (fires || recording->tick_error ||
	    (recording->settling && recording__has_settled(recording)) ||
	    recording__has_many_samples(recording))
		return RUN_RETURNS;
	return more ? RUN_GOES_ON : RUN_SLEEPS;
}

static int recording__count(struct recording *recording, struct failure *failure)
{
	const struct recording_config *config = &recording->config;
	struct run *run = &recording->counting.run;
	__u64 end = config->settings->duration_ns ? run->start_ns + config->settings->duration_ns :
						    ~0ULL;
	struct pace pace;
	int err = 0;

	run->tick = recording__tick;
	run->tick_context = recording;
	pace__begin(&pace, config->interval_ns, run->start_ns);
	/* the first one soon: from then on there is something to read, whatever happens */
	recording->flush_begun_ns = run->start_ns - FLUSH_NS + SPARE_NS + FIRST_NS;
	while (!err) {
		__u64 next = recording__next_flush(recording), now;
		bool due, closes;

		if (pace.due_ns && pace.due_ns < next && !recording->settling)
			next = pace.due_ns;
		if (config->flight && flight__due_ns(config->flight) < next && !recording->settling)
			next = flight__due_ns(config->flight);
		if (config->flight && flight__is_copying(config->flight))
			next = clock__monotonic() + COPY_TICK_NS;
		if (end < next)
			next = end;
		if (recording->tick_error) {
			*failure = recording->tick_failure;
			return recording->tick_error;
		}
		if (run__wait(run, next))
			break;
		if (recording->tick_error)
			continue;
		now = clock__monotonic();
		if (now >= end)
			break;
		if (config->flight && flight__is_copying(config->flight))
			continue;
		due = pace__is_due(&pace, now);
		closes = (due || (config->flight && flight__wants_close(config->flight, now))) &&
			 recording__has_settled(recording);
		if (closes || now >= recording__next_flush(recording))
			err = recording__flush(recording, closes, failure);
		if (closes)
			recording->settling = false;
		if (closes && due)
			pace__next(&pace, recording->flush_took_ns, config->quiet);
		if (!err)
			err = recording__tidy(recording, failure);
	}
	return err;
}

/*
 * The last period.  What it has is safe before stacks are waited for, which after a signal
 * are not waited for long.
 */
static int recording__finish(struct recording *recording, struct failure *failure)
{
	int err = 0;

	recording->settling = false;
	if (recording->config.flight)
		flight__await_copy(recording->config.flight);
	store__heed(recording->writer, recording->counting.run.halt, HALT_CUT_NS);
	store__set_end(recording->writer, recording->counting.run.stop_ns);
	if (symbolization__waiting(recording__symbolization(recording)) > STEP &&
	    !halt__signal(recording->counting.run.halt))
		err = recording__flush(recording, false, failure);
	if (!err)
		err = recording__await_stacks(recording, ~0ULL, failure);
	recorder__end(recording->recorder);
	if (!err)
		err = recording__flush(recording, true, failure);
	recording->is_cut = !err && store__is_cut(recording->writer);
	return err;
}

/* Names come after all else, and the user may not want to wait for them: a signal tells. */
static int recording__await_names(struct recording *recording, struct failure *failure)
{
	const struct halt *halt = recording->counting.run.halt;
	__u64 end = clock__monotonic() + NAMES_NS, patience = halt__signal(halt) ? HALT_NS : 0;
	struct symbolization *symbolization = recording__symbolization(recording);
	struct pollfd wait = { .fd = symbolization__fd(symbolization), .events = POLLIN };
	int err;

	symbolization__ask(symbolization);
	while (symbolization__pending(symbolization) && clock__monotonic() < end &&
	       !halt__is_due(halt, patience)) {
		poll(&wait, 1, 20);
		symbolization__poll(symbolization);
		symbolization__ask(symbolization);
	}
	store__heed(recording->writer, NULL, 0);
	err = store__begin(recording->writer, failure);
	if (!err)
		err = store__put_profile(recording->writer, recording->profile, failure);
	if (!err)
		err = store__commit(recording->writer, failure);
	return err;
}

static int recording__prepare_file(const struct recording_config *config, struct failure *failure)
{
	int err = target__check(config->settings, failure);

	if (!err && !config->overwrite && !access(config->path, F_OK))
		err = failure__set(failure, -EEXIST, NULL,
				   "choose another name with -o, or replace it with --force",
				   "cannot record to %s", config->path);
	return err;
}

static int recording__begin(struct recording *recording, struct failure *failure)
{
	struct settings *settings = recording->config.settings;
	__u64 given = recording->config.memory_bytes, memory = given ? given : MEMORY_BYTES;
	struct symbolization_config symbolization = {
		.switches = true,
		.inlined = recording->config.inlined,
		.debuginfod = recording->config.debuginfod,
		/* the rest is for the profile, samples and threads, which have bounds of their own */
		.bytes = memory / 4,
		.helper_bytes = given,
		.teach = recording__teach,
		.teach_python = recording->config.no_interpreter ? NULL : recording__teach_python,
		.forget = recording__forget,
		.numbers_few =
			recording->config.flight ? flight__few_stacks(recording->config.flight) : 0,
		.context = recording
	};
	struct recorder_config config = { .counting = &recording->counting, .bytes = memory };
	struct counting_stacks stacks = { .sample = recorder__take_sample,
					  .lifecycle = recorder__take_lifecycle,
					  .task = recorder__take_task,
					  .ready = recording__learn,
					  .ready_context = recording,
					  .pythons = !recording->config.no_interpreter };
	int err = recording__prepare_file(&recording->config, failure);

	recording->period = 1;
	recording->profile = profile__new();
	if (!err && !recording->profile)
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	symbolization.profile = config.profile = recording->profile;
	if (!err)
		err = names__open(&recording->counting.names, &symbolization, failure);
	if (err)
		return err;
	config.symbolization = recording__symbolization(recording);
	recording->recorder = recorder__new(&config);
	stacks.context = recording->recorder;
	if (!recording->recorder)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	settings->doing = "recording";
	if (recording->config.flight) {
		recording->counting.beside_ns = flight__bell_ns;
		recording->counting.beside_context = recording->config.flight;
	}
	recording->wake_bases.by_period = true;
	if (recording->config.wakes) {
		recording->counting.wakes = &recording->wakes;
		recording->counting.wake_bases = &recording->wake_bases;
	}
	err = counting__begin(&recording->counting, settings, true, &stacks, failure);
	if (!err)
		recorder__limit_ended(recording->recorder);
	return err;
}

static int recording__create(struct recording *recording, struct failure *failure)
{
	const struct recording_config *config = &recording->config;
	const struct summary *meta = &recording->counting.same;
	int err;

	if (!config->flight)
		return store__create(&recording->writer, config->path, config->overwrite, meta,
				     failure);
	err = flight__begin(config->flight, &recording->counting.run);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot wait for SIGUSR1");
	flight__tell_never(config->flight, recording->counting.model, meta);
	return store__create_rolling(&recording->writer, config->path, false,
				     flight__most_bytes(config->flight), meta, failure);
}

static int recording__close(struct recording *recording, int err, struct failure *failure)
{
	struct failure none = { 0 }; /* the first one is told */
	int end_err = 0;

	if (recording->config.flight)
		flight__await_copy(recording->config.flight);
	if (recording->writer)
		end_err = store__close(recording->writer, !err && !recording->is_cut,
				       err ? &none : failure);
	recording->writer = NULL;
	return err ? err : end_err;
}

/* ---- from the beginning to the end ---- */

struct recording *recording__new(const struct recording_config *config)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (recording)
		recording->config = *config;
	return recording;
}

int recording__run(struct recording *recording, struct failure *failure)
{
	struct counting *counting = &recording->counting;
	int err = recording__begin(recording, failure);

	if (err)
		return err;
	err = recording__create(recording, failure);
	if (!err) {
		store__heed(recording->writer, counting->run.halt, 0);
		err = recording__count(recording, failure);
	}
	if (!err)
		err = run__stop(&counting->run, failure);
	if (!err)
		err = counting__check_matched(counting, failure);
	if (!err)
		err = recording__finish(recording, failure);
	if (!err && !recording->is_cut)
		err = recording__await_names(recording, failure);
	return recording__close(recording, err, failure);
}

__u64 recording__cut_ns(const struct recording *recording)
{
	const struct run *run = &recording->counting.run;

	if (!recording->is_cut)
		return 0;
	return run->stop_ns - (recording->written_ns ? recording->written_ns : run->start_ns);
}

const struct counting *recording__counting(const struct recording *recording)
{
	return &recording->counting;
}

const struct profile *recording__profile(const struct recording *recording)
{
	return recording->profile;
}

const struct recorder *recording__recorder(const struct recording *recording)
{
	return recording->recorder;
}

int recording__end(struct recording *recording, int err)
{
	bool lost = !err && losses__tell(&recording->losses);
	int status = counting__status(&recording->counting, err, lost || recording->is_cut);

	counting__end(&recording->counting);
	wakes__clear(&recording->wakes);
	wake_bases__free(&recording->wake_bases);
	recorder__free(recording->recorder);
	profile__free(recording->profile);
	free(recording);
	return status;
}
