/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a recording: when what has come in is put into it, and how. */
#include <errno.h>
#include <string.h>

#include "core/heap.h"
#include "session/recording_parts.h"

#define LONG_FLUSH_NS 440000000ULL   /* two that take so long, and a quarter of it between them */
#define SAMPLES_ONCE  50000	     /* samples that are written together, if there are so many */
#define CLOSE_NS      300000000ULL   /* that a period which others follow waits for its last ones */
#define FORGET_NS     30000000000ULL /* after its end a process may still be asked about */

/*
 * A signal has come, and this is not the last flush: that one writes what this one does not.  Or it
 * is, and there is no time left for it.
 */
static bool recording__is_cut(const struct recording *recording)
{
	if (recorder__has_ended(recording->recorder))
		return store__is_cut(recording->writer);
	return halt__signal(recording->counting.run.halt);
}

/* What was begun and cut short goes on. */
static int recording__begin_writing(struct recording *recording, struct failure *failure)
{
	int err = recording->writing ? 0 : store__begin(recording->writer, failure);

	recording->writing = true;
	return err;
}

/* Puts what has been read up to now into the file; with close, the period is over. */
static int recording__write(struct recording *recording, struct summary *summary, __u64 now,
			    bool close, struct failure *failure)
{
	struct counting *counting = &recording->counting;
	struct store_writer *writer = recording->writer;
	int err = 0;

	if (recording->config.flight && !recording->writing)
		err = flight__make_room(recording->config.flight, writer, now, failure);
	if (!err)
		err = recording__begin_writing(recording, failure);
	if (!err)
		err = recorder__write(recording->recorder, writer, recording->period, now, close,
				      failure);
	if (err || recording__is_cut(recording))
		return err;
	summary->lost.stacks += recorder__lost(recording->recorder) - recording->lost_stacks;
	if (!halt__is_due(counting->run.halt, HALT_NS)) { /* else there is no time for names */
		symbolization__ask(recording__symbolization(recording));
		symbolization__poll(recording__symbolization(recording));
	}
	if (!err)
		err = store__put_profile(writer, recording->profile, failure);
	if (!err)
		err = store__put_period(writer, recording->period, counting->model, summary, now,
					failure);
	if (!err && recording->config.wakes)
		err = store__put_wakes(writer, recording->period, &recording->wakes, failure);
	if (!err && store__is_cut(writer))
		return 0;
	wake_bases__written(&recording->wake_bases);
	if (!err)
		err = store__commit(writer, failure);
	recording->writing = false;
	recording->written_ns = now;
	if (!err) { /* what the file has of those that are gone need not be kept */
		if (recorder__release(recording->recorder, writer))
			err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot keep the threads");
		symbolization__next_reading(recording__symbolization(recording));
		model__forget_ended_threads(counting->model);
	}
	if (!err && recording->config.flight)
		flight__written(recording->config.flight, writer);
	if (err || !close)
		return err;
	if (recording->config.flight && flight__closed(recording->config.flight, writer, now,
						       recorder__has_ended(recording->recorder)))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot keep the window");
	err = recorder__next(recording->recorder, now, failure);
	if (!err && model__close(counting->model, now))
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot sum up the interval");
	recording->switches += row__switches(&counting->model->system);
	losses__add(&recording->losses, &summary->lost, counting->model->proof.missed);
	memset(&summary->lost, 0, sizeof(summary->lost)); /* they are in those of all now */
	recording->lost_stacks = recorder__lost(recording->recorder);
	counting__next(counting);
	recording->period++;
	return err;
}

static void recording__tell(const struct recording *recording, const struct summary *summary)
{
	const struct recording_config *config = &recording->config;
	const struct model *model = recording->counting.model;
	struct recording_progress progress = {
		.elapsed_ns = clock__monotonic() - recording->counting.run.start_ns,
		.bytes = (__u64)store__bytes(recording->writer),
		.switches = recording->switches,
	};
	struct losses losses = recording->losses;
	int cpu;

	if (!config->progress)
		return;
	for (cpu = 0; cpu < model->cpu_count; cpu++)
		progress.switches += model->cpus[cpu].last.switches -
				     model->cpus[cpu].base.switches;
	losses__add(&losses, &summary->lost, 0);
	progress.lost = losses__sum(&losses);
	config->progress(config->context, &progress);
}

int recording__flush(struct recording *recording, bool close, struct failure *failure)
{
	struct counting *counting = &recording->counting;
	__u64 begin = clock__monotonic(), now, before = recording->flush_took_ns;
	__u64 cpu = clock__read(CLOCK_THREAD_CPUTIME_ID);
	struct summary summary;
	int err;

	if (store__look(recording->writer))
		return 0;
	err = counting__read(counting, &summary, &now, failure);
	store__look(recording->writer);
	if (err || recording__is_cut(recording))
		return err;
	if (recording->config.flight)
		flight__look(recording->config.flight, counting->model, now);
	err = trace__read_samples(counting->run.trace, failure);
	store__look(recording->writer);
	if (recorder__has_ended(recording->recorder)) /* that was the last reading */
		trace__detach(counting->run.trace);
	if (!err && close) /* these have come in with the last samples */
		err = recording__await_stacks(recording, counting->run.stopped ? ~0ULL : CLOSE_NS,
					      failure);
	if (!err)
		err = recording__write(recording, &summary, now, close, failure);
	if (err || recording__is_cut(recording))
		return err;
	recording__tell(recording, &summary);
	symbolization__forget(recording__symbolization(recording),
			      begin > FORGET_NS ? begin - FORGET_NS : 0);
	heap__give_back(&recording->given_back_ns, begin);
	recording->flush_begun_ns = begin;
	recording->flushed_ns = clock__monotonic();
	recording->flush_took_ns = recording->flushed_ns - begin;
	recording->flush_cpu_ns = clock__read(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (recording->flush_took_ns < before / 4 * 3)
		recording->flush_took_ns = before / 4 * 3;
	return err;
}

__u64 recording__next_flush(const struct recording *recording)
{
	__u64 took = recording->flush_took_ns, reserve = SPARE_NS + 2 * took;
	__u64 next = recording->flush_begun_ns + FLUSH_NS - reserve;
	__u64 burden = recording->flush_cpu_ns;
	__u64 soonest = recording->flushed_ns + (burden < LONG_FLUSH_NS ? burden / 4 : burden);

	if (recorder__unwritten(recording->recorder) >= SAMPLES_ONCE)
		return soonest;
	return reserve < FLUSH_NS && next > soonest ? next : soonest;
}

int recording__tidy(struct recording *recording, struct failure *failure)
{
	enum litter litter = recording->config.flight ? store__litter(recording->writer) :
							LITTER_NONE;
	int err;

	if ((recording->config.flight && flight__is_copying(recording->config.flight)) ||
	    (!litter && !recorder__is_full(recording->recorder)) ||
	    crash_stacks__pending(recording->counting.names.stacks))
		return 0;
	err = recording__flush(recording, false, failure);
	if (err || recording->writing || !store__has_all(recording->writer, recording->profile))
		return err;
	if (recorder__is_full(recording->recorder))
		recorder__forget_written(recording->recorder);
	return litter ? recorder__sweep(recording->recorder, recording->writer, litter, failure) :
			0;
}

bool recording__has_many_samples(const struct recording *recording)
{
	if (recording->config.flight && flight__is_copying(recording->config.flight))
		return false;
	return recorder__unwritten(recording->recorder) >= SAMPLES_ONCE &&
	       clock__monotonic() >= recording__next_flush(recording);
}
