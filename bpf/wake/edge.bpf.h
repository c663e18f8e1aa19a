/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wakeup is noted with the task that is woken, and counts when that comes onto a CPU: if
 * it had gone to sleep.  One that finds the task still awake, or awake again, ended no sleep
 * and is no edge; the last one before the task came in is the one that ended its sleep.
 */
#ifndef EDGE_BPF_H
#define EDGE_BPF_H

static __always_inline __u32 lane__of(struct task_struct *task)
{
	__u32 state = task->__state;
	struct in_syscall in;

	if (task__is_on_cpu(task))
		return LANE_RUNNING;
	if (!state)
		return LANE_QUEUED;
	if (!(state & TASK_INTERRUPTIBLE))
		return LANE_NONE;
	in_syscall__of(&in, task);
	return in.class == SYSCALL_FUTEX ? LANE_FUTEX : LANE_NONE;
}

/* Not from a switch or a wakeup: see rec__create(). */
static __noinline int wake_task__create(struct task_struct *task, bool born)
{
	struct wake_task *of, *creator;
	__u64 now = bpf_ktime_get_ns();

	if (!task || wake_task__get(task))
		return 0;
	of = bpf_task_storage_get(&wake_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!of) {
		__sync_fetch_and_add(&loss.storage, 1);
		return 0;
	}
	if (task->signal->nr_threads > 1)
		task__join_group(of, task, now);
	if (!born) {
		task__to_lane(of, lane__of(task), now);
		return 0;
	}
	creator = wake_task__get(bpf_get_current_task_btf());
	if (creator && of->group && bpf_get_current_task_btf()->tgid == task->tgid)
		task__join_group(creator, task, now);
	return 0;
}

/* ---- at the wakeup ---- */

/* Called where `task` is about to be woken by the current one, or by an interrupt that hit it. */
static __noinline int wake__note(struct task_struct *task, __u64 now)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct wake_task *to, *from;
	struct wake_id id = {};
	struct waking waking;
	struct sleep slept;

	if (!task)
		return 0;
	to = wake_task__get(task);
	if (!to)
		return 0;
	if (to->off_ns && !task__is_on_cpu(task)) {
		slept.class = to->slept_class;
		slept.channel = to->slept_channel;
		slept.at = to->slept_at;
	} else {
		sleep__of(&slept, task, task->__state);
	}
	waking__judge(&waking, task, &slept);
	if (waking.by_task) {
		wake_id__fill(&id, waker);
		from = wake_task__get(waker);
		if (!from || !from->told)
			wake__name(waker);
		if (from)
			from->told = 1;
		if (from && waking.channel == WAKE_FUTEX && waker->tgid == task->tgid)
			from->woke = 1;
	}
	to->waker_start_ns = id.start_ns;
	to->waker_pid = id.pid;
	to->channel = waking.channel;
	to->woken_ns = now;
	if (!task__is_on_cpu(task))
		task__to_lane(to, LANE_QUEUED, now);
	return 0;
}

/* ---- when the woken task runs ---- */

static __always_inline void wake_value__add(struct wake_value *rec, __u64 latency, __u64 slept,
					    __u64 waited)
{
	rec->count++;
	rec->slept_ns += slept;
	rec->waited_ns += waited;
	HIST_ADD_COARSE(latency, WAIT, latency, 1);
	if (~latency > rec->latency.low)
		rec->latency.low = ~latency;
}

/* All but the waker. */
static __always_inline void wake_key__of(struct wake_key *key, struct task_struct *woken,
					 __u32 channel)
{
	key->woken_start_ns = woken->start_boottime;
	key->woken_pid = woken->pid;
	key->channel = channel;
}

#define E2BIG 7 /* of a map that is full */

static __always_inline struct wake_value *edge__get(const struct wake_key *key)
{
	struct wake_value *value = bpf_map_lookup_elem(&wake_edges, key), *blank;
	__u32 zero = 0;
	long err = -1;

	if (value)
		return value;
	blank = bpf_map_lookup_elem(&wake_blank, &zero);
	/* none is ever removed: where there was no room once, looking for some again is for nothing */
	if (blank && !wake_edges_full)
		err = bpf_map_update_elem(&wake_edges, key, blank, BPF_NOEXIST);
	if (!err)
		return bpf_map_lookup_elem(&wake_edges, key);
	if (err == -E2BIG)
		wake_edges_full = true;
	__sync_fetch_and_add(&wake_loss.edges, 1);
	return NULL;
}

/* A task comes onto a CPU: what has woken it counts now. */
static __always_inline void edge__count(struct wake_task *to, struct task_struct *task, __u64 now)
{
	__u64 off = to->off_ns > run_start ? to->off_ns : run_start, slept, waited = 0;
	bool in_futex = to->slept_class == SYSCALL_FUTEX;
	struct wake_value *value;
	struct wake_key key = {};

	slept = to->woken_ns > off ? to->woken_ns - off : 0;
	if (in_futex && to->channel == WAKE_FUTEX)
		waited = slept + to->futex_ns;
	to->futex_ns = in_futex && to->channel == WAKE_TIMER ? to->futex_ns + slept : 0;
	key.waker_start_ns = to->waker_start_ns;
	key.waker_pid = to->waker_pid;
	wake_key__of(&key, task, to->channel);
	value = edge__get(&key);
	if (value)
		wake_value__add(value, now > to->woken_ns ? now - to->woken_ns : 0, slept, waited);
}

/*
 * A sleep that no wakeup was seen to end.  A kernel may withhold what happens in the context of
 * some tasks, and with it an interrupt that hits one of them.  That it ended is certain, and when
 * is not: neither its length nor the latency counts.
 */
static __noinline int edge__unseen(struct task_struct *task)
{
	struct wake_value *value;
	struct wake_key key = {};

	if (!task)
		return 0;
	wake_key__of(&key, task, WAKE_UNSEEN);
	value = edge__get(&key);
	if (value)
		value->count++;
	return 0;
}

/* It came at `came`.  Returns by how much its groups' words change. */
static __always_inline __u64 wake__comes_in(struct wake_task *of, struct task_struct *next,
					    __u64 came)
{
	if (of->off_ns && run_state == RUN_COUNTING) {
		if (of->woken_ns)
			edge__count(of, next, came);
		else
			edge__unseen(next);
		if (!of->told)
			wake__name(next);
		of->told = 1;
	}
	if (of->off_ns)
		of->woke = 0;
	of->woken_ns = 0;
	of->off_ns = 0;
	return task__change_lane(of, LANE_RUNNING);
}

/*
 * A task is about to leave a CPU that nobody saw it come to: the kernel skipped the program,
 * or withheld that switch.  Its sleep ended all the same, at `came`; 0 if not known.
 */
static __noinline int wake__came_unseen(struct task_struct *prev, __u64 came, __u64 now)
{
	struct wake_task *of;
	__u64 change;
	__u32 index;

	if (!prev || !prev->pid || run_state == RUN_STOPPED)
		return 0;
	of = wake_task__get(prev);
	if (!of)
		return 0;
	if (of->lane == LANE_RUNNING)
		return 0;
	change = wake__comes_in(of, prev, came ? came : now);
	index = of->group;
	groups__move(index, change, 0, 0, now);
	if (!came)
		return 0;
	/* it counts as running by now, in all and in its process */
	group__ran_unseen(0, (now - came) >> WAKE_UNIT_SHIFT);
	if (index)
		group__ran_unseen(index, (now - came) >> WAKE_UNIT_SHIFT);
	return 0;
}

/* Returns by how much its groups' words change. */
static __always_inline __u64 wake__goes_out(struct wake_task *of, struct task_struct *prev,
					    bool preempt, __u64 now)
{
	__u32 state = prev->__state, lane = LANE_NONE, index;
	struct wake_times *times;
	struct sleep sleep = {};

	if (preempt || !state)
		return task__change_lane(of, LANE_QUEUED);
	of->off_ns = now;
	if (state != TASK_DEAD)
		sleep__of(&sleep, prev, state);
	of->slept_at = sleep.at;
	of->slept_class = sleep.class;
	of->slept_channel = sleep.channel;
	if (sleep.class == SYSCALL_FUTEX)
		lane = LANE_FUTEX;
	index = of->group;
	if (lane == LANE_FUTEX && of->woke && index && run_state == RUN_COUNTING) {
		times = bpf_map_lookup_elem(&wake_times, &index);
		if (times)
			times->handoffs++;
	}
	return task__change_lane(of, lane);
}

/* The CPU counts as idle before its task counts as gone, and no more after one has come. */
static __always_inline void cpu__is_idle(bool idle)
{
	struct wake_cpu *cpu;
	__u32 zero = 0;

	cpu = bpf_map_lookup_elem(&wake_cpus, &zero);
	if (!cpu || cpu->idle == idle)
		return;
	cpu->idle = idle;
	__sync_fetch_and_add(&idle_cpus, idle ? 1 : -1);
}

static __noinline int wake__switch(struct task_struct *prev, struct task_struct *next, bool preempt,
				   __u64 now)
{
	struct wake_task *of;
	__u64 left_change = 0, came_change = 0;
	__u32 left = 0, came = 0;

	if (!prev || !next || run_state == RUN_STOPPED)
		return 0;
	if (!next->pid)
		cpu__is_idle(true);
	of = prev->pid ? wake_task__get(prev) : NULL;
	if (of) {
		left_change = wake__goes_out(of, prev, preempt, now);
		left = of->group;
	}
	of = next->pid ? wake_task__get(next) : NULL;
	if (of) {
		came_change = wake__comes_in(of, next, now);
		came = of->group;
	}
	groups__move(left, left_change, came, came_change, now);
	if (!prev->pid)
		cpu__is_idle(false);
	return 0;
}

#endif
