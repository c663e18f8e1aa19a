/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is paid on stacks, added up by task, stack and waker until user space reads it. */
#ifndef SAMPLE_BPF_H
#define SAMPLE_BPF_H

/* One is filled while user space reads and empties the other. */
#define SAMPLES_MAP(name)                                                                          \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, 262144);                                                       \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__type(key, struct sample_key);                                                    \
		__type(value, struct sample_value);                                                \
	} name SEC(".maps")

SAMPLES_MAP(samples_even);
SAMPLES_MAP(samples_odd);

/* Weights of samples that found no room. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sample_value);
} overflow SEC(".maps");

volatile __u32 samples_turn; /* odd: samples_odd is filled */
/* Entries from which on user space is asked to read them; 0: it has been asked. */
volatile __u64 samples_enough;

static __always_inline void sample__insert(const struct sample_key *key,
					   const struct sample_value *value, bool odd)
{
	struct sample_value *spare;
	__u32 zero = 0, *full;
	long err;

	err = odd ? bpf_map_update_elem(&samples_odd, key, value, BPF_NOEXIST) :
		    bpf_map_update_elem(&samples_even, key, value, BPF_NOEXIST);
	if (err) {
		spare = bpf_map_lookup_elem(&overflow, &zero);
		if (spare)
			sample_value__add(spare, value, 1);
		__sync_fetch_and_add(&stack_event_loss.samples, 1);
		return;
	}
	__sync_fetch_and_add(&stack_event_loss.inserted, 1);
	if (!samples_enough || stack_event_loss.inserted < samples_enough)
		return;
	full = bpf_ringbuf_reserve(&stack_events, sizeof(*full), 0);
	if (!full)
		return;
	samples_enough = 0;
	*full = STACK_EVENT_FULL;
	bpf_ringbuf_submit(full, BPF_RB_FORCE_WAKEUP);
}

/* A task's own samples are added to by one CPU at a time: the one that it leaves. */
__noinline int sample__add(__u64 task, __u64 stack, __u64 waker, const struct sample_value *value)
{
	struct sample_key key = { .task = task, .stack = stack, .waker = waker };
	bool odd = samples_turn & 1;
	struct sample_value *old, copy;

	if (!value)
		return 0;
	old = odd ? bpf_map_lookup_elem(&samples_odd, &key) :
		    bpf_map_lookup_elem(&samples_even, &key);
	if (old) {
		sample_value__add(old, value, 1);
	} else {
		copy = *value; /* older kernels take a map's value from the stack only */
		sample__insert(&key, &copy, odd);
	}
	return 0;
}

#endif
