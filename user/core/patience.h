/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that somebody else may keep waiting, as whoever reads the memory of another process is: a
 * page of it may lie in a file system of that process's own.  It is done in a thread of its own, and
 * given up when it takes too long.
 */
#ifndef CORE_PATIENCE_H
#define CORE_PATIENCE_H

#define PATIENCE_STUCK 8 /* pieces of work that may be given up; after them nothing is begun */

struct patience {
	unsigned int stuck; /* given up so far */
};

/*
 * Does work(job) and waits for it, ms at most.  Returns 0: it is done, and job is still the caller's;
 * -ETIMEDOUT: it was given up, and job is no more the caller's: whenever work comes back, drop(job)
 * is called; or another negative errno, with -EBUSY after PATIENCE_STUCK of those: nothing was begun.
 * Work touches nothing but job, and has no files but 0, 1, 2 and those that it opens.
 */
int patience__do(struct patience *patience, void (*work)(void *job), void (*drop)(void *job),
		 void *job, unsigned int ms);

#endif
