/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many threads of a group run, wait for a CPU and sleep in a futex, at each moment: one
 * word holds all three and since when, and is exchanged at each change.  Who exchanged it
 * alone adds the time before, so nothing is told twice or missed on however many CPUs; it adds
 * to its own CPU's times, with interrupts off.
 */
#ifndef GROUP_BPF_H
#define GROUP_BPF_H

#define GROUP_TRIES 12

static __always_inline __u64 lane__one(__u32 lane)
{
	return lane == LANE_RUNNING ? 1ULL << WAKE_RUNNING_SHIFT :
	       lane == LANE_QUEUED  ? 1ULL << WAKE_QUEUED_SHIFT :
	       lane == LANE_FUTEX   ? 1ULL << WAKE_FUTEX_SHIFT :
				      0;
}

/* The time that the state in `word` lasted, up to `now`. */
static __always_inline void group__account(__u32 index, __u64 word, __u32 idle, __u64 now)
{
	struct wake_times *times = bpf_map_lookup_elem(&wake_times, &index);
	__u32 running = WAKE_FIELD(word, RUNNING), futex = WAKE_FIELD(word, FUTEX);
	__u32 wanted = running + WAKE_FIELD(word, QUEUED);
	__u32 begin = word >> WAKE_TIME_SHIFT, start = run_start >> WAKE_UNIT_SHIFT;
	__u32 end = now >> WAKE_UNIT_SHIFT;
	__u64 took, at;

	if (!times)
		return;
	if ((__s32)((begin - start) << 2) < 0) /* before the run: the time has 30 bits */
		begin = start;
	took = (end - begin) & WAKE_TIME_MASK;
	if (took >> (WAKE_TIME_BITS - 1)) /* clocks of two CPUs differ */
		return;
	at = wake__at_once(running);
	HIST_HIDE(at); /* what is compared is what is used */
	if (at < WAKE_AT_ONCE)
		times->running[at] += took;
	at = wake__at_once(wanted);
	HIST_HIDE(at);
	if (at < WAKE_AT_ONCE)
		times->wanted[at] += took;
	if (!wanted || wanted + futex < 2)
		return;
	times->work += took;
	if (running != 1 || !futex)
		return;
	times->one += took;
	if (idle)
		times->one_idle += took;
}

/* Not static: verified once, and not for each of its callers. */
__noinline int group__move(__u32 index, __u64 change, __u64 now)
{
	struct group_state *group = bpf_map_lookup_elem(&group_states, &index);
	__u64 time = ((now >> WAKE_UNIT_SHIFT) & WAKE_TIME_MASK) << WAKE_TIME_SHIFT;
	__u64 old, new;
	__u32 idle;
	int i;

	if (!group)
		return 0;
	for (i = 0; i < GROUP_TRIES; i++) {
		old = *(volatile __u64 *)&group->word;
		idle = group->idle;
		new = time | ((old + change) & ((1ULL << WAKE_TIME_SHIFT) - 1));
		if (__sync_val_compare_and_swap(&group->word, old, new) != old)
			continue;
		if (WAKE_FIELD(new, FUTEX) == (1U << WAKE_FUTEX_BITS) - 1 ||
		    WAKE_FIELD(new, QUEUED) == (1U << WAKE_QUEUED_BITS) - 1)
			__sync_fetch_and_add(&wake_loss.states, 1); /* no more can be counted */
		group->idle = idle_cpus;
		if (run_state == RUN_COUNTING)
			group__account(index, old, idle, now);
		return 0;
	}
	__sync_fetch_and_add(&wake_loss.states, 1);
	return 0;
}

/*
 * One of those who are counted as running has run for the last `took`, unseen.  What the others
 * did meanwhile is taken to be what they do now: the time that all ran, summed up, is right; how
 * many ran at once may not be.  The times of one CPU can fall below 0: they count added up.
 */
__noinline int group__ran_unseen(__u32 index, __u64 took)
{
	struct group_state *group = bpf_map_lookup_elem(&group_states, &index);
	struct wake_times *times = bpf_map_lookup_elem(&wake_times, &index);
	__u32 from, to;

	if (!group || !times || run_state != RUN_COUNTING)
		return 0;
	to = WAKE_FIELD(group->word, RUNNING);
	from = wake__at_once(to - 1);
	to = wake__at_once(to);
	HIST_HIDE(from); /* what is compared is what is used */
	HIST_HIDE(to);
	if (from >= WAKE_AT_ONCE || to >= WAKE_AT_ONCE || from == to)
		return 0;
	times->running[from] -= took;
	times->running[to] += took;
	return 0;
}

/* Returns by how much its groups' words change. */
static __always_inline __u64 task__change_lane(struct wake_task *of, __u32 lane)
{
	return lane__one(lane) - lane__one(__sync_lock_test_and_set(&of->lane, lane));
}

/*
 * One task leaves and one comes, at one moment: what both change together is one change, and
 * often none.  0 for the group of a task that is in none.
 */
static __always_inline void groups__move(__u32 left, __u64 left_change, __u32 came,
					 __u64 came_change, __u64 now)
{
	__u64 both = left_change + came_change;

	if (both)
		group__move(0, both, now);
	if (left == came) {
		left_change = both;
		came = 0;
	}
	if (left && left_change)
		group__move(left, left_change, now);
	if (came && came_change)
		group__move(came, came_change, now);
}

static __always_inline void task__to_lane(struct wake_task *of, __u32 lane, __u64 now)
{
	__u64 change = task__change_lane(of, lane);

	groups__move(of->group, change, 0, 0, now);
}

/* ---- which group ---- */

static __noinline __u32 group__find(struct task_struct *task)
{
	struct wake_group_key key = {};
	struct group_state *group;
	__u32 index, *found;

	if (!task)
		return 0;
	key.leader_ns = task->group_leader->start_boottime;
	key.tgid = task->tgid;
	found = bpf_map_lookup_elem(&wake_group_index, &key);
	if (found)
		return *found;
	index = __sync_fetch_and_add(&wake_groups_made, 1) + 1;
	group = bpf_map_lookup_elem(&group_states, &index);
	if (!group) {
		__sync_fetch_and_add(&wake_loss.groups, 1);
		return 0;
	}
	group->leader_ns = key.leader_ns;
	group->tgid = ids__tgid(task);
	if (bpf_map_update_elem(&wake_group_index, &key, &index, BPF_NOEXIST)) {
		found = bpf_map_lookup_elem(&wake_group_index, &key); /* another CPU was faster */
		return found ? *found : 0;
	}
	return index;
}

/* Its process has more than one thread: from now on it counts in that, too. */
static __always_inline void task__join_group(struct wake_task *of, struct task_struct *task,
					     __u64 now)
{
	__u32 index;

	if (of->group)
		return;
	index = group__find(task);
	of->group = index;
	if (index && of->lane)
		group__move(index, lane__one(of->lane), now);
}

#endif
