/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/comparison/serial.h"

#include <stdlib.h>
#include <string.h>

#define MOST	  0.8 /* of the time that more than one has work: one runs */
#define HALF	  0.5
#define FEW_NS	  300000000ULL /* of work */
#define FEW	  5	       /* hand-offs a second */
#define IDLE	  0.25	       /* CPUs: less is not idle */
#define TAKERS	  1.2	       /* threads that the work is spread over: nine tenths and one tenth */
#define FEW_LOOKS 5
#define ROUND	  0.3 /* who only gives work away does not take turns */

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* ---- the process ---- */

static const struct wake_group *find_group(const struct wakes *wakes)
{
	const struct wake_group *most = NULL;
	size_t i;

	for (i = 0; i < wakes->group_count; i++) {
		if (wakes->groups[i].leader_ns &&
		    (!most || wakes->groups[i].times.one > most->times.one))
			most = &wakes->groups[i];
	}
	return most;
}

static const struct process *find_process(const struct summary *summary,
					  const struct wake_group *group)
{
	size_t i;

	for (i = 0; i < summary->process_count; i++) {
		const struct process *process = summary->processes[i];

		if (process->key.pid == group->tgid && process->key.start_ns == group->leader_ns)
			return process;
	}
	return NULL;
}

static void take_threads(struct serial *serial, const struct process *process)
{
	const struct thread *thread;
	double squares = 0, all = (double)process->row.n[C_ONCPU];

	serial->threads = process->threads_alive + process->threads_ended;
	serial->switches = process->row.n[C_VOLUNTARY] + process->row.n[C_INVOLUNTARY];
	for (thread = process->threads; thread; thread = thread->next) {
		__u64 ran = thread->row.n[C_ONCPU];

		squares += ratio((double)ran, all) * ratio((double)ran, all);
		if (ran <= serial->holder_ns)
			continue;
		serial->holder_ns = ran;
		serial->holder.tid = thread->tid;
		serial->holder.start_ns = thread->start_ns;
		memcpy(serial->holder.comm, thread->comm, sizeof(serial->holder.comm));
	}
	serial->takers = squares > 0 ? 1 / squares : 0;
}

/* ---- hand-offs ---- */

static bool is_handoff(const struct wake *wake, const struct wake_group *group)
{
	return wake->scope == WAKES_INSIDE && wake->channel == WAKE_FUTEX &&
	       wake->woken.tgid == group->tgid && wake->woken.leader_ns == group->leader_ns;
}

static bool is_same(const struct wake_end *a, const struct wake_end *b)
{
	return a->tid == b->tid && a->start_ns == b->start_ns;
}

/* By who was woken. */
static int compare_woken(const void *a, const void *b)
{
	const struct wake *const *x = a, *const *y = b;

	if ((*x)->woken.tid != (*y)->woken.tid)
		return (*x)->woken.tid < (*y)->woken.tid ? -1 : 1;
	return (*x)->woken.start_ns < (*y)->woken.start_ns ?
		       -1 :
		       (*x)->woken.start_ns > (*y)->woken.start_ns;
}

/* Wakeups that each thread did, of as many that were done to it: all, if they go round. */
static void take_round(struct serial *serial, const struct wake **list, size_t count)
{
	__u64 both = 0, got = 0, gave = 0;
	size_t i, k;

	qsort(list, count, sizeof(*list), compare_woken);
	for (i = 0; i < count; i++) {
		got += list[i]->count;
		if (i + 1 < count && is_same(&list[i]->woken, &list[i + 1]->woken))
			continue;
		for (k = 0; k < count; k++)
			gave += is_same(&list[k]->waker, &list[i]->woken) ? list[k]->count : 0;
		both += got < gave ? got : gave;
		got = gave = 0;
	}
	serial->round = ratio((double)both, (double)serial->handoffs);
}

/* It has a part in the work: who waits for the end of all others, and does nothing, has none. */
static bool is_worker(const struct process *process, const struct wake_end *end)
{
	__u64 threads = process->threads_alive + process->threads_ended;
	const struct thread *thread;

	for (thread = process->threads; thread; thread = thread->next) {
		if (thread->tid == end->tid && thread->start_ns == end->start_ns)
			return thread->row.n[C_ONCPU] * threads * 4 >= process->row.n[C_ONCPU];
	}
	return false;
}

/* What workers waited; and who of them longest, over all that woke it. */
static void take_waits(struct serial *serial, const struct process *process,
		       const struct wake **list, size_t count)
{
	bool worker = false;
	__u64 waited = 0;
	size_t i;

	for (i = 0; i < count; i++) { /* sorted by who was woken */
		if (!i || !is_same(&list[i]->woken, &list[i - 1]->woken)) {
			worker = is_worker(process, &list[i]->woken);
			waited = 0;
		}
		if (!worker)
			continue;
		waited += list[i]->waited_ns;
		serial->waited_ns += list[i]->waited_ns;
		if (waited <= serial->waiter_ns)
			continue;
		serial->waiter_ns = waited;
		serial->waiter = list[i]->woken;
	}
}

static void take_handoffs(struct serial *serial, const struct wakes *wakes,
			  const struct wake_group *group, const struct process *process)
{
	const struct wake **list = calloc(wakes->count + 1, sizeof(*list));
	size_t i, count = 0;

	for (i = 0; i < wakes->count; i++) {
		const struct wake *wake = &wakes->list[i];

		if (!is_handoff(wake, group))
			continue;
		serial->handoffs += wake->count;
		if (list)
			list[count++] = wake;
	}
	if (list && count) {
		take_round(serial, list, count);
		take_waits(serial, process, list, count);
	}
	free(list);
}

void serial__take(struct serial *serial, const struct summary *summary, const struct wakes *wakes)
{
	const struct wake_group *group = find_group(wakes);
	const struct process *process = group ? find_process(summary, group) : NULL;
	size_t i;

	memset(serial, 0, sizeof(*serial));
	if (!process)
		return;
	serial->found = true;
	serial->pid = process->key.pid;
	memcpy(serial->comm, process->comm, sizeof(serial->comm));
	serial->duration_ns = summary->duration_ns;
	serial->work_ns = group->times.work << WAKE_UNIT_SHIFT;
	serial->one_ns = group->times.one << WAKE_UNIT_SHIFT;
	serial->one_idle_ns = group->times.one_idle << WAKE_UNIT_SHIFT;
	serial->given = group->times.handoffs;
	serial->idle_ns = summary->idle->n[C_ONCPU];
	for (i = 2; i < WAKE_AT_ONCE; i++)
		serial->more_ns += group->times.running[i] << WAKE_UNIT_SHIFT;
	take_threads(serial, process);
	take_handoffs(serial, wakes, group, process);
}

/* ---- several runs ---- */

void serial__add(struct serial *sum, const struct serial *run)
{
	if (!sum->found) {
		*sum = *run;
		return;
	}
	if (!run->found)
		return;
	sum->duration_ns += run->duration_ns;
	sum->work_ns += run->work_ns;
	sum->one_ns += run->one_ns;
	sum->one_idle_ns += run->one_idle_ns;
	sum->more_ns += run->more_ns;
	sum->idle_ns += run->idle_ns;
	sum->handoffs += run->handoffs;
	sum->given += run->given;
	sum->switches += run->switches;
	sum->waited_ns += run->waited_ns;
	if (sum->interpreter == INTERPRETER_NONE)
		sum->interpreter = run->interpreter;
	sum->lock_waits += run->lock_waits;
	sum->lock_inside += run->lock_inside;
	if (run->round < sum->round)
		sum->round = run->round;
	if (run->takers < sum->takers)
		sum->takers = run->takers;
}

/* ---- the verdict ---- */

double serial__work(const struct serial *serial)
{
	return ratio((double)serial->work_ns, (double)serial->duration_ns);
}

double serial__one(const struct serial *serial)
{
	return ratio((double)serial->one_ns, (double)serial->work_ns);
}

double serial__idle(const struct serial *serial)
{
	return ratio((double)serial->one_idle_ns, (double)serial->one_ns);
}

enum serial_verdict serial__judge(const struct serial *serial)
{
	double handoffs = ratio((double)serial->handoffs * 1e9, (double)serial->duration_ns);

	if (!serial->found || serial->threads < 2)
		return SERIAL_UNKNOWN;
	if (serial->duration_ns < FEW_NS)
		return SERIAL_FEW;
	if (handoffs < FEW || serial->takers < TAKERS || serial->round < ROUND ||
	    (double)serial->more_ns > (1 - MOST) * (double)serial->work_ns)
		return SERIAL_NO;
	/* they hand over, and never run at once: for want of CPUs, as far as is known */
	if ((double)serial->idle_ns < IDLE * (double)serial->duration_ns)
		return SERIAL_BUSY;
	if (serial__work(serial) < HALF || serial__one(serial) < MOST ||
	    (double)serial->waited_ns < HALF * (double)serial->one_ns)
		return SERIAL_NO;
	return serial__idle(serial) < HALF ? SERIAL_BUSY : SERIAL_YES;
}

bool serial__is_gil(const struct serial *serial)
{
	return serial->interpreter != INTERPRETER_NONE && serial->lock_inside >= FEW_LOOKS &&
	       serial->lock_inside * 5 >= serial->lock_waits * 4;
}

const char *serial__lock(const struct serial *serial)
{
	static const char *const locks[] = {
		[INTERPRETER_PYTHON] = "Python's GIL", [INTERPRETER_RUBY] = "Ruby's GIL (its GVL)"
	};

	return serial__is_gil(serial) ? locks[serial->interpreter] : "one lock";
}
