/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control group (version 2) of a test's own. */
#ifndef TESTS_LIB_CGROUP_H
#define TESTS_LIB_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Makes it and says where it is; NULL where there is no hierarchy that lets us. */
const char *cgroup__make(void);

/* The same with a controller in it ("memory"); NULL where version 2 does not have that one. */
const char *cgroup__make_with(const char *controller);

/* Makes one below it. */
const char *cgroup__make_below(void);

/* Writes a file of a group. */
bool cgroup__write(const char *path, const char *name, const char *text);

bool cgroup__move(const char *path, pid_t pid);

/* Removes both, once the tasks in them have ended. */
void cgroup__remove(void);

#endif
