/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/memory_sampler.h"

#include <errno.h>

#include "core/clock.h"
#include "ids.h"

#define LEAST_NS 50000000ULL
#define TIMES	 20 /* the CPU time of one look: until the next one */

static void sample__take(struct shape_memory *sample, const struct model *model)
{
	const struct process *process;
	struct process_memory memory;
	int err;

	*sample = (struct shape_memory){ 0 };
	for (process = model->processes; process; process = process->hh.next) {
		if (process->ended || process->end || process->kthread)
			continue;
		if (id__is_outside(process->key.pid)) {
			sample->unreadable++;
			continue;
		}
		err = process_memory__read(&memory, (pid_t)process->key.pid);
		if (!err) {
			process_memory__add(&sample->sum, &memory);
			sample->processes++;
		} else if (err != -ESRCH) {
			sample->unreadable++;
		}
	}
	sample->samples = sample->processes > 0;
}

void memory_sampler__poll(struct memory_sampler *sampler, const struct model *model)
{
	__u64 took = clock__read(CLOCK_THREAD_CPUTIME_ID);
	struct shape_memory sample;

	if (clock__monotonic() < sampler->next_ns)
		return;
	sample__take(&sample, model);
	if (sample.samples || sample.unreadable)
		shape_memory__keep(&sampler->most, &sample);
	took = clock__read(CLOCK_THREAD_CPUTIME_ID) - took;
	sampler->next_ns = clock__monotonic();
	sampler->next_ns += took * TIMES > LEAST_NS ? took * TIMES : LEAST_NS;
}
