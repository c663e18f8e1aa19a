/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom (bpf/wake). */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "trace/preempt_count.h"
#include "trace/state.h"

/* ---- what system calls wait for ---- */

static const struct {
	unsigned int number;
	enum syscall_class class;
} syscalls[] = {
	{ SYS_futex, SYSCALL_FUTEX },
#ifdef SYS_futex_waitv
	{ SYS_futex_waitv, SYSCALL_FUTEX },
#endif
	{ SYS_read, SYSCALL_FILE },
	{ SYS_readv, SYSCALL_FILE },
	{ SYS_preadv2, SYSCALL_FILE },
	{ SYS_write, SYSCALL_FILE },
	{ SYS_writev, SYSCALL_FILE },
	{ SYS_pwritev2, SYSCALL_FILE },
	{ SYS_recvfrom, SYSCALL_FILE },
	{ SYS_recvmsg, SYSCALL_FILE },
	{ SYS_recvmmsg, SYSCALL_FILE },
	{ SYS_sendto, SYSCALL_FILE },
	{ SYS_sendmsg, SYSCALL_FILE },
	{ SYS_sendmmsg, SYSCALL_FILE },
	{ SYS_accept, SYSCALL_FILE },
	{ SYS_accept4, SYSCALL_FILE },
	{ SYS_connect, SYSCALL_FILE },
	{ SYS_shutdown, SYSCALL_FILE },
	{ SYS_close, SYSCALL_FILE },
	{ SYS_sendfile, SYSCALL_FILE },
	{ SYS_vmsplice, SYSCALL_FILE },
	{ SYS_splice, SYSCALL_FILE_3 },
#ifdef SYS_epoll_wait
	{ SYS_epoll_wait, SYSCALL_EPOLL },
#endif
	{ SYS_epoll_pwait, SYSCALL_EPOLL },
#ifdef SYS_epoll_pwait2
	{ SYS_epoll_pwait2, SYSCALL_EPOLL },
#endif
#ifdef SYS_poll
	{ SYS_poll, SYSCALL_POLL },
#endif
	{ SYS_ppoll, SYSCALL_POLL },
#ifdef SYS_select
	{ SYS_select, SYSCALL_SELECT },
#endif
	{ SYS_pselect6, SYSCALL_SELECT },
	{ SYS_nanosleep, SYSCALL_SLEEP },
	{ SYS_clock_nanosleep, SYSCALL_SLEEP },
	{ SYS_rt_sigtimedwait, SYSCALL_SIGNAL },
	{ SYS_wait4, SYSCALL_CHILD },
	{ SYS_waitid, SYSCALL_CHILD },
};

void trace__configure_wakes(struct trace *trace, const struct trace_config *config)
{
	struct tasktoll *bpf = trace->bpf;
	struct preempt_count count;
	bool judged = (config->wakes || config->timeline_bytes) && config->use & USE_SWITCHES &&
		      trace->probes.chosen[PROBE_WAKEUP] >= 0 &&
		      !preempt_count__find(config->btf, &count);
	size_t i;

	bpf->rodata->cfg_edges = judged && config->wakes;
	bpf->rodata->cfg_wakers = judged && config->timeline_bytes;
	if (!bpf->rodata->cfg_edges) {
		bpf_map__set_max_entries(bpf->maps.wake_edges, 1);
		bpf_map__set_max_entries(bpf->maps.wake_names, 1);
		bpf_map__set_max_entries(bpf->maps.group_states, 1);
		bpf_map__set_max_entries(bpf->maps.wake_times, 1);
		bpf_map__set_max_entries(bpf->maps.wake_group_index, 1);
	}
	if (!judged)
		return;
	bpf->rodata->cfg_preempt_count = count.offset;
	bpf->rodata->cfg_in_hardirq = count.hardirq;
	for (i = 0; i < sizeof(syscalls) / sizeof(syscalls[0]); i++) {
		if (syscalls[i].number < WAKE_SYSCALLS)
			bpf->rodata->cfg_syscalls[syscalls[i].number] = (__u8)syscalls[i].class;
	}
}

const char *trace__unknown_wakers(const struct trace *trace)
{
	const char *why = trace->probes.trials[RUNG_OF_sched_waking].why;

	if (trace->bpf->rodata->cfg_wakers)
		return NULL;
	if (trace->probes.chosen[PROBE_WAKEUP] < 0)
		return why ? why : "the hook for wakeups is not used";
	return "this kernel does not tell an interrupt from a task";
}

/* ---- reading ---- */

/* Its name, or what there is in place of it. */
static const struct task_id *name__of(int names, __u64 start_ns, __u32 pid, struct task_id *room)
{
	struct wake_id id = { .start_ns = start_ns, .pid = pid };

	if (!bpf_map_lookup_elem(names, &id, room))
		return room;
	memset(room, 0, sizeof(*room));
	room->start_ns = start_ns;
	room->tid = pid;
	room->comm[0] = '?';
	return room;
}

static int trace__read_edges(struct trace *trace)
{
	int edges = bpf_map__fd(trace->bpf->maps.wake_edges);
	int names = bpf_map__fd(trace->bpf->maps.wake_names), err = 0;
	struct wake_key key, next;
	struct wake_value value;
	__u32 most = WAKE_EDGES;
	bool more = !bpf_map_get_next_key(edges, NULL, &next);

	while (more && most-- && !err) {
		struct task_id waker, woken;
		struct wake_edge edge = { .value = &value, .channel = next.channel };

		key = next;
		more = !bpf_map_get_next_key(edges, &key, &next);
		if (bpf_map_lookup_elem(edges, &key, &value))
			continue;
		edge.channel = key.channel;
		edge.waker = key.waker_pid ?
				     name__of(names, key.waker_start_ns, key.waker_pid, &waker) :
				     NULL;
		edge.woken = name__of(names, key.woken_start_ns, key.woken_pid, &woken);
		err = trace->sink.wake(trace->sink.wake_context, &edge);
	}
	return err;
}

/* Up to where the run stopped, with the state that it stopped in. */
static void wake_times__close(struct wake_times *times, const struct group_state *state,
			      __u64 stop_ns)
{
	__u32 running = WAKE_FIELD(state->word, RUNNING), futex = WAKE_FIELD(state->word, FUTEX);
	__u32 wanted = running + WAKE_FIELD(state->word, QUEUED);
	__u32 since = (__u32)(state->word >> WAKE_TIME_SHIFT);
	__u64 took = ((__u32)(stop_ns >> WAKE_UNIT_SHIFT) - since) & WAKE_TIME_MASK;

	if (!state->word || !stop_ns || took >> (WAKE_TIME_BITS - 1))
		return;
	times->running[wake__at_once(running)] += took;
	times->wanted[wake__at_once(wanted)] += took;
	if (!wanted || wanted + futex < 2)
		return;
	times->work += took;
	if (running != 1 || !futex)
		return;
	times->one += took;
	times->one_idle += state->idle ? took : 0;
}

/*
 * The parts of all CPUs.  More time can have been moved up from a number of threads than was ever
 * spent at it (see group__ran_unseen()): what is too much goes back.
 */
static void wake_times__gather(struct wake_times *times, const struct wake_times *parts, int cpus)
{
	int i;

	memset(times, 0, sizeof(*times));
	for (i = 0; i < cpus; i++)
		wake_times__add(times, &parts[i], 1);
	for (i = 0; i + 1 < WAKE_AT_ONCE; i++) {
		if ((__s64)times->running[i] >= 0)
			continue;
		times->running[i + 1] += times->running[i];
		times->running[i] = 0;
	}
}

static int trace__read_groups(struct trace *trace)
{
	int states = bpf_map__fd(trace->bpf->maps.group_states), err = 0;
	int times = bpf_map__fd(trace->bpf->maps.wake_times);
	__u32 used = trace->bpf->bss->wake_groups_made + 1, i;
	struct wake_times *parts = calloc((size_t)trace->cpus, sizeof(*parts));
	struct group_state state;

	if (!parts)
		return -ENOMEM;
	for (i = 0; i < used && i < WAKE_GROUPS && !err; i++) {
		struct wake_group group;

		if (bpf_map_lookup_elem(states, &i, &state) || (i && !state.leader_ns) ||
		    bpf_map_lookup_elem(times, &i, parts))
			continue;
		group = (struct wake_group){ .leader_ns = state.leader_ns, .tgid = state.tgid };
		wake_times__gather(&group.times, parts, trace->cpus);
		wake_times__close(&group.times, &state, trace->bpf->bss->run_stop);
		err = trace->sink.wake_group(trace->sink.wake_context, &group);
	}
	free(parts);
	return err;
}

int trace__read_wakes(struct trace *trace, struct failure *failure)
{
	int err = 0;

	if (!trace->bpf->rodata->cfg_edges)
		return 0;
	err = trace__read_edges(trace);
	if (!err)
		err = trace__read_groups(trace);
	return err ? failure__set(failure, err, NULL, NULL, "cannot read who wakes whom") : 0;
}
