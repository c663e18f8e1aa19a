/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/rootless_sums.h"

#include <stdio.h>
#include <string.h>

#include "model/profile/rootless.h"

const char *const rootless_metric_names[ROOTLESS_METRICS] = {
	[ROOTLESS_OFFCPU] = "offcpu",
	[ROOTLESS_RUNQ] = "runq",
};

/* The mark in place of the root of a stack; NULL: it has its root, or nobody knows. */
static const struct profile_stack *root_mark(const struct profile *profile,
					     const struct profile_stack *outer)
{
	const struct profile_stack *root =
		outer && outer->caller ? profile__get_stack(profile, outer->caller) : outer;

	return root && frame__is_rootless_mark(profile, root->frame) ? root : NULL;
}

static void sum__begin(struct rootless_sum *sum, const struct profile *profile,
		       const struct sample *sample)
{
	const struct profile_module *module = profile__get_module(profile, sum->module);
	const struct profile_thread *thread = profile__get_thread(profile, sample->thread);

	snprintf(sum->mark, sizeof(sum->mark), "%s", profile__get_frame(profile, sum->frame)->name);
	sum->kind = module ? module->kind : MODULE_MARK;
	snprintf(sum->path, sizeof(sum->path), "%s", module ? module->path : "");
	snprintf(sum->comm, sizeof(sum->comm), "%s",
		 thread && thread->process_comm ? thread->process_comm : "");
	sum->pid = thread ? thread->pid : 0;
}

static struct rootless_sum *rootless_sums__get(struct rootless_sums *sums,
					       const struct profile *profile, __u32 frame,
					       __u32 module, const struct sample *sample)
{
	struct rootless_sum *sum;
	size_t i;

	for (i = 0; i < sums->count; i++) {
		if (sums->list[i].frame == frame && sums->list[i].module == module)
			return &sums->list[i];
	}
	if (sums->count == ROOTLESS_SUMS)
		return NULL;
	sum = &sums->list[sums->count++];
	*sum = (struct rootless_sum){ .frame = frame, .module = module };
	sum__begin(sum, profile, sample);
	return sum;
}

void rootless_sums__add(struct rootless_sums *sums, const struct profile *profile,
			const struct sample *sample)
{
	const struct profile_stack *stack = profile__get_stack(profile, sample->stack);
	const struct profile_stack *outer = stack ? profile__get_stack(profile, stack->outer) :
						    NULL;
	const struct profile_stack *root = root_mark(profile, outer);
	const struct profile_frame *above =
		root && outer != root ? profile__get_frame(profile, outer->frame) : NULL;
	struct rootless_sum *sum = NULL;
	int i;

	if (root)
		sum = rootless_sums__get(sums, profile, root->frame, above ? above->module : 0,
					 sample);
	for (i = 0; i < ROOTLESS_METRICS; i++) {
		__s64 weight = metric__of(metric__find(rootless_metric_names[i]), sample->weight);

		sums->total[i] += weight;
		if (sum)
			sum->weight[i] += weight;
	}
}

double rootless_sums__share(const struct rootless_sums *sums, const struct rootless_sum *sum,
			    enum rootless_metric *ret_metric)
{
	double most = 0;
	int i;

	*ret_metric = ROOTLESS_OFFCPU;
	for (i = 0; i < ROOTLESS_METRICS; i++) {
		double share = sums->total[i] > 0 && sum->weight[i] > 0 ?
				       (double)sum->weight[i] / (double)sums->total[i] :
				       0;

		if (share > most) {
			most = share;
			*ret_metric = (enum rootless_metric)i;
		}
	}
	return most;
}
