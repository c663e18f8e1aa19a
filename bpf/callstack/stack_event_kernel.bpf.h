/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel part of a stack: by frame sizes that have been learned, or from what the kernel's
 * unwinder has found, which is what they are learned from.
 */
#ifndef STACK_EVENT_KERNEL_BPF_H
#define STACK_EVENT_KERNEL_BPF_H

#define STACK_PAGE 4096

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << FRAME_SIZE_BITS);
	__type(key, __u32);
	__type(value, struct frame_size);
} frame_sizes SEC(".maps");

struct hook_frame_size hook_frame_sizes[STACK_EVENT_HOOKS]; /* by enum stack_event_hook */

volatile __u64
	layout_gap_ns; /* between two stack layouts of a CPU: the less there is to learn, the more */
struct entries entries;

static __always_inline bool text__has(const struct text *text, __u64 address)
{
	return address - text->at < text->size;
}

enum entry { ENTRY_NONE, ENTRY_IRQ, ENTRY_OTHER };

__noinline __u32 entry__of(__u64 address)
{
	if (!text__has(&entries.all, address))
		return ENTRY_NONE;
	return text__has(&entries.irq[0], address) || text__has(&entries.irq[1], address) ?
		       ENTRY_IRQ :
		       ENTRY_OTHER;
}

/*
 * On x86 the highest word of an interrupt's stack says where the stack that it interrupted
 * goes on.  It lies at the end of a page: of this one, or of the next.  0: not to be found.
 */
static __always_inline __u64 irq__end(__u64 at, __u64 bottom, __u64 top, __u64 *ret_link)
{
	__u64 end = (at | (STACK_PAGE - 1)) + 1;
	int i;

	for (i = 0; i < 2; i++) {
		if (bpf_probe_read_kernel(ret_link, sizeof(*ret_link), (void *)(end - 8)))
			return 0;
		if (*ret_link - bottom < top - bottom)
			return end;
		end += STACK_PAGE;
	}
	return 0;
}

/* Both stacks, one behind the other; sets words, 0: it cannot be done. */
__noinline int kernel__read_both(struct stack_event_scratch *s, __u64 at)
{
	__u64 bottom, top, link = 0, end, own, more;
	volatile __u64
		plain; /* of what comes back from memory nothing is known but what is asked */

	if (!s)
		return 0;
	bottom = (__u64)bpf_get_current_task_btf()->stack;
	top = *(volatile __u64 *)&s->top;
	end = irq__end(at, bottom, top, &link);
	plain = end - at;
	own = plain;
	if (!end || own > IRQ_RAW * 8)
		return 0;
	if (bpf_probe_read_kernel(s->raw, own, (void *)at))
		return 0;
	more = top - link;
	if (more > sizeof(__u64) * STACK_EVENT_RAW - own)
		more = sizeof(__u64) * STACK_EVENT_RAW - own;
	plain = more;
	more = plain;
	if (more > STACK_EVENT_RAW * 8) /* cannot be, and the verifier is to know it */
		return 0;
	if (bpf_probe_read_kernel((char *)s->raw + own, more, (void *)link))
		return 0;
	s->words = (own + more) / 8;
	return 0;
}

__noinline int kernel__read(struct stack_event_scratch *s, __u64 at, __u64 size)
{
	if (!s)
		return 0;
	s->words = 0;
	if (s->interrupt)
		return kernel__read_both(s, at);
	if (size > STACK_EVENT_RAW * 8)
		size = STACK_EVENT_RAW * 8;
	if (!bpf_probe_read_kernel(s->raw, size, (void *)at))
		s->words = size / 8;
	return 0;
}

/*
 * By frame sizes that have been learned, through what has been read: hash of the frames; 0: not
 * all of them have been.
 */
__noinline __u64 kernel__step(struct stack_event_scratch *s, __u32 hook)
{
	__u32 slot, i;
	__u64 h = 0;

	if (!s)
		return 0;
	s->vary = 0;
	slot = hook_frame_sizes[hook & (STACK_EVENT_HOOKS - 1)].first;
	for (i = 0; i < STACK_EVENT_KERNEL - 1; i++) {
		struct frame_size *frame_size;
		__u64 address;
		__u32 key;

		if (!slot || slot >= s->words || slot >= STACK_EVENT_RAW)
			return 0;
		address = s->raw[slot];
		s->kernel[i] = address;
		h = mix(h, address);
		if (hook == STACK_EVENT_WAKER && entry__of(address) == ENTRY_IRQ) {
			s->interrupt = 1;
			s->kernel_count = i + 1;
			return h;
		}
		key = frame_size_slot(address);
		frame_size = bpf_map_lookup_elem(&frame_sizes, &key);
		if (!frame_size || frame_size->packed >> 16 != (address & 0xffffffffffffULL))
			return 0;
		if ((frame_size->packed & 3) == FRAME_SIZE_LAST) {
			/* at its place below the registers of user space, or there is more */
			slot = s->words - ((frame_size->packed >> 2) & 0x3fff);
			if (slot >= STACK_EVENT_RAW || s->raw[slot] != frame_size->tail)
				return 0;
			s->kernel[i + 1] = frame_size->tail;
			s->kernel_count = i + 2;
			/* work that a system call has put off runs on an interrupt's stack, too */
			s->interrupt = hook == STACK_EVENT_WAKER &&
				       entry__of(frame_size->tail) == ENTRY_IRQ;
			return mix(h, frame_size->tail);
		}
		if ((frame_size->packed & 3) != FRAME_SIZE_ON) {
			s->vary = 1;
			return 0;
		}
		slot += (frame_size->packed >> 2) & 0x3fff;
	}
	return 0;
}

/*
 * Of what the kernel's unwinder has found: hash of the frames but our own; of an
 * interrupt that wakes, only its own, up to where it came in: what it interrupted has
 * nothing to do with it.
 */
__noinline __u64 kernel__hash(struct stack_event_scratch *s, __u32 hook)
{
	volatile __u32 *skip = &hook_frame_sizes[hook & (STACK_EVENT_HOOKS - 1)].skip;
	__u64 h = 0;
	__u32 i;

	if (!s)
		return 0;
	for (i = 0; i < STACK_EVENT_KERNEL; i++) {
		__u64 address;
		__u32 entry;

		if (i >= s->kernel_count)
			break;
		if (i < *skip)
			continue;
		address = s->kernel[i];
		h = mix(h, address);
		entry = hook == STACK_EVENT_WAKER ? entry__of(address) : ENTRY_NONE;
		if (entry == ENTRY_IRQ || (entry && s->interrupt)) {
			s->kernel_count = i + 1;
			s->interrupt = entry == ENTRY_IRQ;
			break;
		}
	}
	return h;
}

/* Shows user space how the unwinder went, so that next time it need not. */
__noinline int kernel__teach(struct stack_event_scratch *s, __u32 hook, bool wrong)
{
	__u64 now = bpf_ktime_get_ns();
	struct stack_layout *layout;

	if (!s || !s->words || (s->vary && !wrong) || now - s->layout_ns < layout_gap_ns)
		return 0;
	s->layout_ns = now;
	layout = bpf_ringbuf_reserve(&stack_events, sizeof(*layout), 0);
	if (!layout)
		return 0;
	layout->type = STACK_EVENT_LAYOUT;
	layout->hook = hook;
	layout->wrong = wrong;
	layout->words = s->words;
	layout->kernel_count = s->kernel_count;
	bpf_probe_read_kernel(layout->kernel, sizeof(layout->kernel), s->kernel);
	bpf_probe_read_kernel(layout->raw, sizeof(layout->raw), s->raw);
	bpf_ringbuf_submit(layout, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif
