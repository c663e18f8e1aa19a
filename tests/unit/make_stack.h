/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own stack and mappings, as the kernel side would have told them. */
#ifndef TESTS_UNIT_MAKE_STACK_H
#define TESTS_UNIT_MAKE_STACK_H

#include <stdbool.h>
#include <sys/types.h>
#include <ucontext.h>

#include "lifecycle.h"
#include "callstack/process_maps.h"
#include "callstack/symbolizer.h"

#if defined(__x86_64__)
#define FP 6
#define SP 7
#define PC 16
#else
#define FP 29
#define SP 31
#define PC 32
#endif

void make_stack__registers(__u64 regs[STACK_REGS], const ucontext_t *context);

/* Copies from an address of ours on; returns the bytes that there are. */
size_t make_stack__bytes(void *to, size_t size, __u64 at);

/* Follows frame pointers as the kernel does; returns how many addresses. */
__u32 make_stack__chain(const __u64 regs[STACK_REGS], __u64 *chain, __u32 capacity);

/* A snapshot of a thread of ours. */
struct snapshot {
	__u64 regs[STACK_REGS];
	__u64 chain[64];
	__u8 bytes[32768];
	struct unwind_stack stack;
};

void snapshot__take(struct snapshot *snapshot, const ucontext_t *context);

/* Until a thread of ours sleeps, which sets *tid, until then 0, right before. */
void snapshot__await_sleep(const volatile pid_t *tid);

/* Our mappings, each file opened once. */
struct ourselves {
	struct process_maps maps;
	struct unwind_map *unwind;
	int *files; /* one for each mapping; -1 */
	struct symbolizer_process process;
};

void ourselves__open(struct ourselves *ourselves);
void ourselves__close(struct ourselves *ourselves);

/* Where a function of ours is in its file. */
__u64 ourselves__offset(const struct ourselves *ourselves, __u64 address, int *ret_fd);

#endif
