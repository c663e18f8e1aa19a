/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dso_cache.c, which numbers and names, and dso_files.c, which opens, share. */
#ifndef CALLSTACK_DSO_PRIVATE_H
#define CALLSTACK_DSO_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>
#include <uthash.h>

#include "callstack/dso_cache.h"
#include "core/owner.h"

#define NOT_OPENED (-1)
#define NOT_THERE  (-2)

/* Frames that wait for their names. */
struct waiting {
	__u32 *frames;
	struct symbolizer_place *places;
	size_t count, room;
};

struct dso {
	__u64 view; /* of the root that debug files are looked for below; 0: ours */
	char *key;  /* kind, device, inode and path in one; by process for code made at run time */
	__u32 number;
	enum module_kind kind;
	struct process_map map; /* as its first user has it mapped; path is ours */
	__u32 pid;		/* its first user */
	int fd;
	int root;
	struct owner owner; /* of its first user, if that lived when it was opened */
	/* MODULE_FILE: as it was when it was opened; it is closed when others are used more */
	bool was_open;
	bool is_another; /* when it was to be opened again */
	dev_t device;
	ino_t inode;
	struct timespec written;
	struct dso *prev, *next; /* in the order of their last use, while it is open */

	__u32 version; /* tells it from others under the same key before */
	__u32 module;
	char *build_id;	       /* hexadecimal; NULL: not known */
	__u32 failures;	       /* questions in a row that nobody answered */
	bool ended;	       /* MODULE_JIT: its process; it goes when nothing waits for a name */
	int looked;	       /* MODULE_JIT: times that its map was looked for */
	int tries;	       /* MODULE_JIT: that brought nothing */
	struct waiting wanted; /* to be asked for */
	struct waiting asked;  /* under way */
	UT_hash_handle hh;
};

struct dso_cache {
	struct profile *profile;
	struct symbolizer *symbolizer;
	bool inlined;
	struct dso *by_key;
	struct dso **list; /* by number, from 1; NULL: it is gone */
	__u32 count, room;
	struct dso *open; /* MODULE_FILE: the one whose last use is longest ago first */
	__u32 open_count, open_max;
	__u32 unknown;	 /* module of addresses that lie in no mapping */
	__u32 kernel;	 /* module */
	__u32 forgotten; /* processes */
	__u64 own_view;	 /* process_root__own_view() */
	__u64 opened_ns; /* when maps of code made at run time were last looked for */
};

/* Opens it, or opens it again if it is still what it was; it is the one that was used last. */
void dso_cache__open(struct dso_cache *files, struct dso *file);

/* A descriptor of it, the cache's from now on. */
void dso_cache__opened(struct dso_cache *files, struct dso *file, int fd);

/* It is written to, or is another one: names that were found in it are those of what it held. */
bool dso_cache__was_written(struct dso_cache *files, struct dso *file);

/* Its descriptors are closed. */
void dso_cache__shut(struct dso_cache *files, struct dso *file);

#endif
