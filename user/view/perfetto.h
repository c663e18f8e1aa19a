/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Perfetto trace (view/perfetto.proto) as it is written: packet by packet to a file, in constant
 * memory.  All packets are of one sequence; its clock counts from the begin of the trace, and the
 * trace's is CLOCK_BOOTTIME.  Texts that are known beforehand are interned in the first packet.
 */
#ifndef VIEW_PERFETTO_H
#define VIEW_PERFETTO_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <view/perfetto.pb-c.h>

#define PERFETTO_BOOTTIME 6	/* number of a clock */
#define PERFETTO_OUR_TIME 64	/* of the first that a sequence can have for itself */
#define PERFETTO_RESERVE  65536 /* bytes that the last words of a trace find room in */

/* Of struct Perfetto__TrackEvent. */
enum perfetto_type { PERFETTO_BEGIN = 1, PERFETTO_END = 2, PERFETTO_INSTANT = 3 };

struct perfetto {
	int fd;
	__u64 most;  /* bytes, at most; 0: no limit */
	__u64 held;  /* of them, that are kept for the end */
	__u64 bytes; /* so far */
	int err;     /* negative errno, of writing */
	bool full;   /* a packet found no room: nothing more is taken */
	size_t filled;
	__u8 buffer[1 << 18];
};

void perfetto__open(struct perfetto *perfetto, int fd, __u64 most);

/* false: it was not written. */
bool perfetto__write(struct perfetto *perfetto, Perfetto__TracePacket *packet);

/* Keeps so many bytes more for the end, or half of what is left. */
void perfetto__hold(struct perfetto *perfetto, __u64 bytes);

/* From now on what was kept may be used. */
void perfetto__finish(struct perfetto *perfetto);

/* Returns 0 or the first error. */
int perfetto__flush(struct perfetto *perfetto);

#endif
