/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be known about this kernel and our privileges before anything is loaded. */
#ifndef TRACE_KERNEL_H
#define TRACE_KERNEL_H

#include <stdbool.h>

#include "core/failure.h"
#include "core/namespaces.h"
#include "trace/lockdown.h"

#define KERNEL_BTF	   "/sys/kernel/btf/vmlinux"
#define KERNEL_FLOOR_MAJOR 6
#define KERNEL_FLOOR_MINOR 1

struct kernel_facts {
	char release[65];
	char machine[65];
	int major, minor;
	bool btf;	  /* KERNEL_BTF can be read */
	bool cap_bpf;	  /* effective: CAP_BPF or CAP_SYS_ADMIN */
	bool cap_perfmon; /* effective: CAP_PERFMON or CAP_SYS_ADMIN */
	enum lockdown lockdown;
	struct namespaces namespaces;
};

void kernel_facts__read(struct kernel_facts *facts);

/*
 * Says why tracing cannot work at all: kernel too old, no privileges, no BTF,
 * lockdown, namespaces in which ids or clocks would be wrong.  btf is NULL or the file that --btf names, which must exist and
 * hold BTF.  Returns 0 or a negative errno with failure filled in.
 */
int kernel_facts__check(const struct kernel_facts *facts, const char *btf, struct failure *failure);

#endif
