/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/perfetto.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SEQUENCE     1
#define NEEDS_STATE  2	  /* SEQ_NEEDS_INCREMENTAL_STATE */
#define PACKET_TAG   0x0a /* field 1 of Trace: bytes */
#define LENGTH_BYTES 10

void perfetto__open(struct perfetto *perfetto, int fd, __u64 most)
{
	perfetto->fd = fd;
	perfetto->most = most;
	perfetto->held = perfetto->bytes = perfetto->filled = 0;
	perfetto->err = 0;
	perfetto->full = false;
	perfetto__hold(perfetto, PERFETTO_RESERVE);
}

void perfetto__hold(struct perfetto *perfetto, __u64 bytes)
{
	__u64 used = perfetto->bytes + perfetto->held,
	      half = perfetto->most > used ? (perfetto->most - used) / 2 : 0;

	perfetto->held += bytes < half ? bytes : half;
}

int perfetto__flush(struct perfetto *perfetto)
{
	const __u8 *at = perfetto->buffer;

	while (perfetto->filled && !perfetto->err) {
		ssize_t n = write(perfetto->fd, at, perfetto->filled);

		if (n >= 0) {
			at += n;
			perfetto->filled -= (size_t)n;
		} else if (errno != EINTR) {
			perfetto->err = -errno;
		}
	}
	perfetto->filled = 0;
	return perfetto->err;
}

static size_t put_length(__u8 *to, size_t length)
{
	size_t n = 0;

	while (length > 0x7f) {
		to[n++] = (__u8)(length | 0x80);
		length >>= 7;
	}
	to[n++] = (__u8)length;
	return n;
}

bool perfetto__write(struct perfetto *perfetto, Perfetto__TracePacket *packet)
{
	size_t size, before;
	__u8 *to;

	packet->has_trusted_packet_sequence_id = 1;
	packet->trusted_packet_sequence_id = SEQUENCE;
	if (!packet->has_sequence_flags && packet->has_timestamp) {
		packet->has_sequence_flags = 1;
		packet->sequence_flags = NEEDS_STATE;
	}
	size = perfetto__trace_packet__get_packed_size(packet);
	if (perfetto->most &&
	    perfetto->bytes + perfetto->held + size + LENGTH_BYTES > perfetto->most)
		perfetto->full = true;
	if (perfetto->full || perfetto->err || size > sizeof(perfetto->buffer) - LENGTH_BYTES)
		return false;
	if (size + LENGTH_BYTES + 1 > sizeof(perfetto->buffer) - perfetto->filled)
		perfetto__flush(perfetto);
	before = perfetto->filled;
	to = perfetto->buffer;
	to[perfetto->filled++] = PACKET_TAG;
	perfetto->filled += put_length(to + perfetto->filled, size);
	perfetto->filled += perfetto__trace_packet__pack(packet, to + perfetto->filled);
	perfetto->bytes += perfetto->filled - before;
	return !perfetto->err;
}

void perfetto__finish(struct perfetto *perfetto)
{
	perfetto->held = 0;
	perfetto->full = false;
}
