/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of CPython programs: where the interpreter of a process keeps them, which user
 * space tells the kernel's side, and what that has read of a thread when it left its CPU.
 */
#ifndef TASKTOLL_PYTHON_H
#define TASKTOLL_PYTHON_H

#define PYTHON_FRAMES	   256 /* of a thread, innermost first; more are not read */
#define PYTHON_THREADS	   512 /* of an interpreter, that are looked through for the one at hand */
#define PYTHON_FRAME_BYTES 128 /* of a frame, that its fields lie in, at most */
#define PYTHON_NAMES	   4   /* words of a code object, one after the other: see names_at */

/* How calls of the function that interprets are told apart in a chain of frames. */
enum python_entries {
	PYTHON_ENTRY_EACH,   /* each frame has a call of its own */
	PYTHON_ENTRY_MARKED, /* a byte says that a frame is the first of its call */
	PYTHON_ENTRY_OWNED,  /* a frame that is on the C stack stands below the first of a call */
};

#define PYTHON_OWNED_BY_CSTACK 3 /* CPython's FRAME_OWNED_BY_CSTACK, 3.12 and 3.13 */

/*
 * Offsets in bytes.  A thread state begins with prev, next and interp in each version known;
 * threads_at is the address of the head of their list.
 */
struct python_layout {
	unsigned long long interp;     /* address of the main interpreter */
	unsigned long long threads_at; /* of the first thread state's address */
	unsigned short thread_id;      /* in a thread state, */
	unsigned short thread_frame;   /* and of its innermost frame, or of what points to it: */
	unsigned short cframe;	       /* 1: that is a frame of the C stack, which */
	unsigned short cframe_frame;   /* has it there */
	unsigned short frame_bytes;    /* that are read of a frame, PYTHON_FRAME_BYTES at most */
	unsigned short frame_code, frame_previous, frame_at;
	unsigned short frame_entry; /* the byte that says it */
	unsigned short entries;	    /* enum python_entries */
	/* Names and line table of a code object, which tell it from what lay there before. */
	unsigned short names_at;
	unsigned short names; /* how many of the PYTHON_NAMES words that are read */
	/* What frame_at holds: an address in the code that lies there; 0: a number. */
	unsigned short code_start;
	unsigned short pad[3];
};

#define PYTHON_BITS 10
#define PYTHON_WAYS 4

/* Programs that are Python, by address space. */
struct python_bucket {
	unsigned long long key[PYTHON_WAYS]; /* 0: free */
	struct python_layout layout[PYTHON_WAYS];
};

static inline __attribute__((always_inline)) unsigned int python_slot(unsigned long long space)
{
	return (unsigned int)((space * 0x9E3779B97F4A7C15ULL) >> (64 - PYTHON_BITS));
}

/* Of the words that tell code objects apart. */
static inline __attribute__((always_inline)) unsigned long long
python_names(const unsigned long long *words, unsigned int count)
{
	unsigned long long h = 0;
	unsigned int i;

	for (i = 0; i < PYTHON_NAMES; i++) {
		if (i >= count)
			break;
		h = (h ^ words[i]) * 0x9E3779B97F4A7C15ULL;
		h ^= h >> 29;
	}
	return h;
}

#define PYTHON_ENTRY 1 /* the last one of a call: what is further out belongs to another */

struct python_frame {
	unsigned long long code; /* address of its code object; 0: no function, only PYTHON_ENTRY */
	unsigned long long names; /* of it: python_names(); 0: could not be read */
	int at;			  /* bytes from the beginning of the code; a number as it was */
	unsigned int flags;
};

/* How far a chain of frames was followed. */
enum python_end {
	PYTHON_NONE,  /* there is none: the thread runs no Python */
	PYTHON_WHOLE, /* to its end */
	PYTHON_DEEP,  /* PYTHON_FRAMES, and there are more */
	PYTHON_TORN,  /* a frame was not there */
};

struct python_chain {
	unsigned int type;	   /* enum stack_event_type: STACK_EVENT_PYTHON */
	unsigned int end;	   /* enum python_end */
	unsigned long long id;	   /* of the stack, which follows */
	unsigned long long now_ns; /* CLOCK_MONOTONIC */
	unsigned int tgid;
	unsigned int count;
	struct python_frame frames[PYTHON_FRAMES]; /* so many as `count` are sent */
};

#define PYTHON_CHAIN_HEAD __builtin_offsetof(struct python_chain, frames)

#endif
