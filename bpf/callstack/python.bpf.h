/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of a Python thread, as it leaves its CPU: its thread state, from that the chain of
 * frames, and of each the code object and how far it has come in it.  Only addresses are read
 * here: names and lines follow in user space, once for a code object.
 *
 * A thread state is known by the thread's own pointer (what pthread_self() returns), which the
 * interpreter keeps in it: so it is found also where the thread has released the GIL.
 */
#ifndef PYTHON_BPF_H
#define PYTHON_BPF_H

#include "python.h"

#define PYTHON_THREAD_BITS 14
#define PYTHON_TELL_NS	   1000000ULL /* user space is woken for new ones, at most so often */

volatile __u32 pythons_known; /* processes that user space has told of so far */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << PYTHON_BITS);
	__type(key, __u32);
	__type(value, struct python_bucket);
} pythons SEC(".maps");

/* Where a thread's state was last, or that it had none; what is found here is looked at again. */
struct python_thread {
	__u64 key;
	__u64 state; /* 0: none, as long as the list begins with */
	__u64 head;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << PYTHON_THREAD_BITS);
	__type(key, __u32);
	__type(value, struct python_thread);
} python_threads SEC(".maps");

/* In memory and not in registers: each value of one would be verified on its own. */
struct python_scratch {
	struct python_layout layout;
	__u64 self;  /* the thread's pointer */
	__u64 state; /* its thread state */
	__u64 frame; /* the next one */
	__u64 h;
	__u64 told_ns;
	__u64 words[3]; /* prev, next and interp of a thread state */
	__u64 names[PYTHON_NAMES];
	__u8 bytes[PYTHON_FRAME_BYTES];
	struct python_chain chain;
};

/* Two on each CPU, as with the other scratch. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct python_scratch);
} python_scratches SEC(".maps");

static __always_inline struct python_scratch *python__scratch(__u32 hook)
{
	__u32 which = hook == STACK_EVENT_CREATOR;

	return bpf_map_lookup_elem(&python_scratches, &which);
}

/* The layout of the program in that address space, into the scratch; 0: it is not known. */
__noinline int python__find_layout(struct python_scratch *p, __u64 space)
{
	__u32 slot = python_slot(space), i;
	struct python_bucket *bucket = bpf_map_lookup_elem(&pythons, &slot);

	if (!p || !bucket)
		return 0;
	for (i = 0; i < PYTHON_WAYS; i++) {
		if (bucket->key[i] == space) {
			p->layout = bucket->layout[i];
			return bucket->key[i] == space;
		}
	}
	return 0;
}

static __always_inline bool user__word(__u64 address, __u64 *ret_word)
{
	return !bpf_probe_read_user(ret_word, sizeof(*ret_word), (void *)address);
}

/* Is it this thread's? */
static __always_inline bool state__is_mine(struct python_scratch *p, __u64 state)
{
	__u64 id;

	return user__word(state + p->layout.thread_id, &id) && id == p->self;
}

/* And in the list: one that has been taken out of it may lie in memory as it was. */
static __always_inline bool state__is_listed(struct python_scratch *p, __u64 state, __u64 head)
{
	__u64 next;

	if (bpf_probe_read_user(p->words, sizeof(p->words), (void *)state) ||
	    p->words[2] != p->layout.interp)
		return false;
	if (!p->words[0])
		return state == head;
	return user__word(p->words[0] + 8, &next) && next == state;
}

/* Its thread state into the scratch; 0: it has none. */
__noinline int python__find_state(struct python_scratch *p, __u64 space)
{
	struct python_thread *known;
	__u64 key, head, state;
	__u32 slot, i;

	if (!p || !user__word(p->layout.threads_at, &head))
		return 0;
	key = mix(space, p->self);
	slot = key >> (64 - PYTHON_THREAD_BITS);
	known = bpf_map_lookup_elem(&python_threads, &slot);
	if (!known)
		return 0;
	p->state = 0;
	if (known->key == key) {
		state = known->state;
		if (!state && known->head == head)
			return 0;
		if (state && state__is_mine(p, state) && state__is_listed(p, state, head)) {
			p->state = state;
			return 1;
		}
	}
	state = head;
	for (i = 0; i < PYTHON_THREADS && state; i++) {
		if (state__is_mine(p, state)) {
			p->state = state;
			break;
		}
		if (!user__word(state + 8, &state))
			break;
	}
	known->key = 0;
	known->state = p->state;
	known->head = head;
	known->key = key;
	return p->state && state__is_listed(p, p->state, head);
}

#define FRAME_WORD(p, at) (*(__u64 *)((p)->bytes + ((at) & (PYTHON_FRAME_BYTES - 8))))
#define FRAME_BYTE(p, at) ((p)->bytes[(at) & (PYTHON_FRAME_BYTES - 1)])

/* One frame, and on to the one that called it; 0: it was not there. */
__noinline int python__take_frame(struct python_scratch *p, __u32 i)
{
	struct python_frame *frame;
	__u64 size, code, at;

	if (!p || i >= PYTHON_FRAMES)
		return 0;
	size = p->layout.frame_bytes;
	if (size > PYTHON_FRAME_BYTES)
		return 0;
	if (bpf_probe_read_user(p->bytes, size, (void *)p->frame))
		return 0;
	frame = &p->chain.frames[i];
	frame->flags = 0;
	if (p->layout.entries == PYTHON_ENTRY_EACH ||
	    (p->layout.entries == PYTHON_ENTRY_MARKED && FRAME_BYTE(p, p->layout.frame_entry)))
		frame->flags = PYTHON_ENTRY;
	code = FRAME_WORD(p, p->layout.frame_code);
	at = FRAME_WORD(p, p->layout.frame_at);
	if (p->layout.entries == PYTHON_ENTRY_OWNED &&
	    FRAME_BYTE(p, p->layout.frame_entry) == PYTHON_OWNED_BY_CSTACK) {
		frame->flags = PYTHON_ENTRY;
		code = 0;
		at = 0;
	} else if (p->layout.code_start) {
		at -= code + p->layout.code_start;
	}
	frame->code = code;
	frame->at = (__s32)at;
	frame->names = 0;
	if (code &&
	    !bpf_probe_read_user(p->names, sizeof(p->names), (void *)(code + p->layout.names_at)))
		frame->names = python_names(p->names, p->layout.names);
	p->h = mix(mix(p->h, frame->code ^ frame->names), (__u64)(__u32)at << 1 | frame->flags);
	p->frame = FRAME_WORD(p, p->layout.frame_previous);
	return 1;
}

/* The chain of the current thread into the scratch, and what it adds to a stack's number. */
__noinline __u64 python__read(struct python_scratch *p, __u64 space)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 at;
	__u32 i;

	if (!p)
		return 0;
	p->chain.end = PYTHON_NONE;
	p->chain.count = 0;
	p->h = 0;
	if (!python__find_layout(p, space))
		return 0;
	p->self = TASK_SELF(task);
	if (!python__find_state(p, space))
		return 0;
	if (!user__word(p->state + p->layout.thread_frame, &at))
		return 0;
	if (p->layout.cframe && (!at || !user__word(at + p->layout.cframe_frame, &at)))
		return 0;
	p->frame = at;
	if (!at)
		return 0;
	p->chain.end = PYTHON_DEEP;
	for (i = 0; i < PYTHON_FRAMES; i++) {
		if (!p->frame) {
			p->chain.end = PYTHON_WHOLE;
			break;
		}
		if (!python__take_frame(p, i)) {
			p->chain.end = PYTHON_TORN;
			break;
		}
	}
	p->chain.count = i;
	return mix(p->h, p->chain.end);
}

/* Into the number of the current task's stack. */
static __always_inline __u64 python__mix(__u64 id, __u64 space, __u32 hook)
{
	struct python_scratch *p;
	__u64 h;

	p = python__scratch(hook);
	if (!p)
		return id;
	if (!pythons_known) {
		p->chain.end = PYTHON_NONE;
		return id;
	}
	h = python__read(p, space);
	/* a sibling may have another function at the same address */
	return p->chain.end == PYTHON_NONE ? id : mix(mix(id, h), bpf_get_current_task_btf()->tgid);
}

/* To user space, before the stack that it belongs to.  False: there was no room. */
__noinline int python__send(__u64 id, __u32 hook)
{
	struct python_scratch *p = python__scratch(hook);
	__u64 now = bpf_ktime_get_ns(), size, flags = BPF_RB_NO_WAKEUP;

	if (!p || p->chain.end == PYTHON_NONE)
		return 1;
	p->chain.type = STACK_EVENT_PYTHON;
	p->chain.id = id;
	p->chain.now_ns = now;
	p->chain.tgid = ids__tgid(bpf_get_current_task_btf());
	/* what it refers to may soon be gone */
	if (now - p->told_ns > PYTHON_TELL_NS) {
		p->told_ns = now;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	size = PYTHON_CHAIN_HEAD + p->chain.count * sizeof(struct python_frame);
	barrier_var(size);
	if (size > sizeof(p->chain))
		return 0;
	return !bpf_ringbuf_output(&stack_events, &p->chain, size, flags);
}

#endif
