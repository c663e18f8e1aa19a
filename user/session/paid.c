/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/paid.h"

int paid__move(const struct paid *paid, struct store_writer *writer, const struct sample *sample,
	       struct failure *failure)
{
	struct sample back = { .thread = sample->thread,
			       .stack = paid->stack,
			       .waker = paid->waker };
	int err = store__put_sample(writer, paid->period, sample, failure), w;

	for (w = 0; w < WEIGHTS; w++)
		back.weight[w] = -sample->weight[w];
	return err ? err : store__put_sample(writer, paid->period, &back, failure);
}

int paid__keep(struct paid *paid, struct store_writer *writer, __u32 period, bool close,
	       const struct sample *sample, struct failure *failure)
{
	paid->thread = sample->thread;
	if (paid->period)
		return 0;
	if (!close)
		return store__put_open(writer, period, sample, failure);
	paid->period = period;
	paid->stack = sample->stack;
	paid->waker = sample->waker;
	return store__put_sample(writer, period, sample, failure);
}
