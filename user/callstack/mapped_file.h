/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a process has mapped, opened so that their names cannot mislead. */
#ifndef CALLSTACK_MAPPED_FILE_H
#define CALLSTACK_MAPPED_FILE_H

#include <sys/types.h>

#include "callstack/process_maps.h"

struct broker;

/*
 * Opens for reading the file that a process has mapped, and no other of that name.  While
 * the process lives: by name, below its root and with its user's privileges, then by the
 * mapping itself, which is there also when the name is gone.  For processes that have
 * ended: by name below the root of its parent with that one's privileges, and below our root,
 * and no symbolic link is followed.  Returns a descriptor or a negative errno; -ESTALE:
 * there is only another file of that name.
 */
int mapped_file__open(struct broker *broker, const struct process_map *map, pid_t pid);

/*
 * Is an open file the one that is mapped, as far as can be told without its path?  File
 * systems in layers give a file another device when it is asked than when it is mapped.
 */
bool mapped_file__is(const struct process_map *map, int fd);

/*
 * What this process sees as "/", as a number; 0: it is not known.  It stays the same, so it
 * is read once.
 */
__u64 process_root__own_view(void);

/*
 * What a process sees as "/": 0 if that is what we see (own), or if the process is gone;
 * else a number that it shares with the processes that see the same.  A name that is found
 * in that view says nothing about files elsewhere, even if they are the same files: the
 * owner of the view chose the name.
 */
__u64 process_root__view(pid_t pid, __u64 own);

/* The root directory of a process, to look below (O_PATH); a negative errno if it is gone. */
int process_root__open(pid_t pid);

#endif
