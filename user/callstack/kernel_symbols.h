/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of kernel functions, from /proc/kallsyms. */
#ifndef CALLSTACK_KERNEL_SYMBOLS_H
#define CALLSTACK_KERNEL_SYMBOLS_H

#include <linux/types.h>
#include <stdbool.h>

struct kernel_symbols;

/*
 * Opens /proc/kallsyms: the right to see addresses is judged now, the reading
 * comes with the first look-up.  NULL without memory.
 */
struct kernel_symbols *kernel_symbols__open(void);
void kernel_symbols__close(struct kernel_symbols *symbols);

/*
 * The function that address lies in, without what the compiler put behind its
 * name (".isra.0"); NULL if it is unknown or addresses are hidden.
 */
const char *kernel_symbols__name(struct kernel_symbols *symbols, __u64 address);

/*
 * Where the symbol with exactly that name is, if it is one of code; 0: there is none,
 * or addresses are hidden.
 */
__u64 kernel_symbols__address(struct kernel_symbols *symbols, const char *name);

/* From one symbol up to another; false: one of them is not known. */
bool kernel_symbols__range(struct kernel_symbols *symbols, const char *first, const char *end,
			   __u64 *ret_start, __u64 *ret_end);

/* Names were asked for, and the kernel shows us no address: kptr_restrict, or no CAP_SYSLOG. */
bool kernel_symbols__hidden(const struct kernel_symbols *symbols);

#endif
