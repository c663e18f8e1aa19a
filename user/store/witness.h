/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that outlives the recorder, however that ends, and notes in the recording when
 * it was: only so a reader can say how much is missing.  Inside the store only.
 */
#ifndef STORE_WITNESS_H
#define STORE_WITNESS_H

#include <sys/types.h>

#include "core/invoker.h"

/* The row of `recording` that it fills in, as long as it is 0; CLOCK_MONOTONIC ns. */
#define WITNESS_KEY	"cut_off_at_ns"
#define WITNESS_UNKNOWN "00000000000000000000" /* as long as any number: an update needs no room */

/*
 * Of the calling process, which is to have the privileges to write the file now: between
 * invoker__enter() and invoker__leave().  path: of the recording, which need not be there yet, and
 * nobody may have it open in this process.  mark: the value of its row "recorder", by which
 * it is known again.  The process's id, or a negative errno: it has to do without.
 */
pid_t witness__start(const char *path, const char *mark, const struct invoker *invoker);

/* It is not needed any more.  Negative: there is none. */
void witness__stop(pid_t witness);

#endif
