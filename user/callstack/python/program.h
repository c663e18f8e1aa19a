/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPython a process runs, where it keeps its frames, and what its code objects say. */
#ifndef PYTHON_PROGRAM_H
#define PYTHON_PROGRAM_H

#include "callstack/python/line_table.h"
#include "callstack/python/memory.h"
#include "python.h"

#define PYTHON_VERSION_TEXT 16

enum python_found {
	PYTHON_ABSENT,	  /* no interpreter is there (yet) */
	PYTHON_TOO_EARLY, /* it has not begun */
	PYTHON_UNKNOWN,	  /* it is none of the versions that are known */
	PYTHON_FOUND,
};

struct python_program {
	char version[PYTHON_VERSION_TEXT]; /* "3.11.2"; "3.8 or older" */
	struct python_layout layout;	   /* what the kernel's side is told */
	__u64 eval_start, eval_end;	   /* the function that interprets */
	__u16 first_line;		   /* of a code object */
	__u16 unit;			   /* bytes that a frame's number counts */
	__u16 ascii, compact;		   /* bytes before the text of a str */
	bool qualname;			   /* a code object has co_qualname */
	enum line_format lines;
};

/* A file that is mapped from its beginning: what its name has in it makes it be looked at. */
bool python__is_path(const char *path);

/* What the process runs; PYTHON_UNKNOWN: ret_program has the version only. */
enum python_found python_program__find(struct python_program *ret_program,
				       const struct memory *memory, pid_t pid);

/* The same of one file, whose header is at base. */
enum python_found python_program__at(struct python_program *ret_program,
				     const struct memory *memory, __u64 base);

struct python_code {
	char *name; /* qualified, where the version has that */
	char *path;
	__u32 first_line;
	unsigned char *lines; /* the table, as it lies there */
	__u32 lines_size;
};

/*
 * A code object that was seen with these names (python_names()).  Returns 0, -ESRCH: nothing is
 * there any more, -ESTALE: something else is, -EINVAL: it is none, -ENOMEM.
 */
int python_code__read(struct python_code *ret_code, const struct memory *memory,
		      const struct python_program *program, __u64 at, __u64 names);
void python_code__free(struct python_code *code);

/* The line of a place that a frame has in it, 0: none. */
__u32 python_code__line(const struct python_code *code, const struct python_program *program,
			__s32 at);

#endif
