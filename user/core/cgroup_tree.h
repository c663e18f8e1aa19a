/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of cgroups (version 2) by the kernel's ids of them, also when all that was in one has ended. */
#ifndef CORE_CGROUP_TREE_H
#define CORE_CGROUP_TREE_H

#include <linux/types.h>

struct cgroup_tree;

/* NULL: there is none. */
struct cgroup_tree *cgroup_tree__open(void);
void cgroup_tree__free(struct cgroup_tree *tree);

/* What people call it (core/cgroup_name.h), until the next call; NULL: it is not known. */
const char *cgroup_tree__name(struct cgroup_tree *tree, __u64 id);

/* A path as in /proc/PID/cgroup: its name is known from then on, although it may be removed. */
void cgroup_tree__see(struct cgroup_tree *tree, const char *path);

#endif
