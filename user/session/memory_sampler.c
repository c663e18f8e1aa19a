/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/memory_sampler.h"

#include <errno.h>

#include "core/clock.h"
#include "ids.h"

#define LEAST_NS 50000000ULL
#define TIMES	 20 /* the CPU time of one look: until the next one */

/*
 * The processes are read one after the other.  One that begins or ends meanwhile, or a page that
 * is shared no longer, changes what the others hold: the one that was read first tells.
 */
static bool has_moved(const struct process_memory *first, pid_t pid)
{
	struct process_memory now;
	__u64 slack = first->pss / 200 + 65536, less, more;

	if (process_memory__read(&now, pid))
		return true;
	less = now.pss < first->pss ? now.pss : first->pss;
	more = now.pss < first->pss ? first->pss : now.pss;
	return more - less > slack;
}

static void sample__take(struct shape_memory *sample, const struct model *model)
{
	struct process_memory memory, first = { 0 };
	const struct process *process;
	pid_t first_pid = 0;
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
			if (!sample->processes++) {
				first = memory;
				first_pid = (pid_t)process->key.pid;
			}
		} else if (err != -ESRCH) {
			sample->unreadable++;
		}
	}
	sample->samples = sample->processes > 0;
	sample->moved = sample->processes > 1 && has_moved(&first, first_pid);
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
