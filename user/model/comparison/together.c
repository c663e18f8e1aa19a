/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/comparison/together.h"

#include <stdlib.h>

/* A task comes into being, or ends. */
struct moment {
	__u64 ns;
	int change;
};

static int moment__compare(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->change - y->change; /* one that ends makes room for one that begins */
}

static __u64 most_of(struct moment *moments, size_t count)
{
	__u64 alive = 0, most = 0;
	size_t i;

	qsort(moments, count, sizeof(*moments), moment__compare);
	for (i = 0; i < count; i++) {
		alive += (__u64)moments[i].change;
		most = alive > most ? alive : most;
	}
	return most;
}

static void put_span(struct moment *moments, __u64 from, __u64 to)
{
	moments[0] = (struct moment){ from, 1 };
	moments[1] = (struct moment){ to, -1 };
}

/*
 * Of its threads, two moments each; and the span of them all.  Of a thread without a moment
 * (since_ns 0) it is not known when it lived.  Returns how many moments.
 */
static size_t put_threads(const struct process *process, struct moment *moments,
			  struct moment *ret_span)
{
	__u64 first = ~0ULL, last = 0;
	const struct thread *thread;
	size_t count = 0;

	for (thread = process->threads; thread; thread = thread->next) {
		__u64 from = thread->since_ns, to = from + thread->row.n[C_LIFETIME];

		if (!from)
			continue;
		if (to == from)
			to++; /* it was there, if only just */
		put_span(moments + count, from, to);
		count += 2;
		first = from < first ? from : first;
		last = to > last ? to : last;
	}
	put_span(ret_span, first, last);
	return count;
}

static bool has_undated(const struct process *process)
{
	const struct thread *thread;

	for (thread = process->threads; thread; thread = thread->next) {
		if (!thread->since_ns)
			return true;
	}
	return false;
}

static size_t count_threads(const struct summary *summary)
{
	const struct thread *thread;
	size_t i, count = 0;

	for (i = 0; i < summary->process_count; i++) {
		for (thread = summary->processes[i]->threads; thread; thread = thread->next)
			count++;
	}
	return count;
}

struct together together__all(const struct summary *summary)
{
	struct together all = { .processes = summary->process_count + summary->folded_processes };
	size_t i;

	for (i = 0; i < summary->process_count; i++) {
		const struct process *process = summary->processes[i];
		__u64 threads = process->threads_alive + process->threads_ended;

		all.threads += threads;
		all.largest = threads > all.largest ? threads : all.largest;
	}
	return all;
}

struct together together__of(const struct summary *summary)
{
	struct moment *threads = calloc(2 * count_threads(summary) + 1, sizeof(*threads));
	struct moment *processes = calloc(2 * summary->process_count + 1, sizeof(*processes));
	struct together together = { .at_least = summary->folded_processes > 0 };
	size_t i, count = 0, spans = 0;

	if (!threads || !processes) {
		free(threads);
		free(processes);
		return together__all(summary);
	}
	for (i = 0; i < summary->process_count; i++) {
		const struct process *process = summary->processes[i];
		size_t more = put_threads(process, threads + count, processes + spans);
		__u64 most = most_of(threads + count, more);

		together.at_least |= process->threads_folded > 0 || has_undated(process);
		together.largest = most > together.largest ? most : together.largest;
		count += more;
		spans += more ? 2 : 0;
	}
	together.threads = most_of(threads, count);
	together.processes = most_of(processes, spans);
	free(threads);
	free(processes);
	return together;
}

void together__merge(struct together *together, const struct together *other)
{
#define TAKE(field)                                                                                \
	together->field = other->field > together->field ? other->field : together->field
	TAKE(processes);
	TAKE(threads);
	TAKE(largest);
#undef TAKE
	together->at_least |= other->at_least;
}
