/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people call a cgroup: its container or unit, where the path tells one. */
#ifndef CORE_CGROUP_NAME_H
#define CORE_CGROUP_NAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * From a path as in /proc/PID/cgroup: "docker 0123456789ab", "containerd ...", "cri-o ...",
 * "podman ...", "pod UID/0123456789ab" (Kubernetes), a systemd unit; else the path itself.
 */
void cgroup__name(char *name, size_t capacity, const char *path);

/* Of such a name: is it that of a unit? */
bool cgroup_name__is_unit(const char *name);

/* The first digits of the id of its container; NULL: it names none. */
const char *cgroup_name__container(const char *name);

#endif
