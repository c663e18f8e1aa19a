/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of any size, written to a file and read back: what there is room for, to the byte. */
#include "view/perfetto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#define LENGTH_BYTES 10 /* that a packet's length may take */

static struct perfetto perfetto;
static char name[sizeof(perfetto.buffer) + 100];
static FILE *file;

static void begin(__u64 most)
{
	file = tmpfile();
	cr_assert_not_null(file);
	perfetto__open(&perfetto, fileno(file), most);
}

/* A packet that takes so many bytes behind its tag and its length. */
static bool put(size_t size)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
	size_t length = size, now;

	packet.track_descriptor = &track;
	packet.has_trusted_packet_sequence_id = 1;
	packet.trusted_packet_sequence_id = 1;
	track.name = name;
	do { /* what stands around the name takes some of it */
		memset(name, 'n', length);
		name[length] = 0;
		now = perfetto__trace_packet__get_packed_size(&packet);
		length -= now > size ? now - size : 0;
	} while (now > size);
	cr_assert_eq(now, size);
	return perfetto__write(&perfetto, &packet);
}

/* Packets that are in the file. */
static size_t count(void)
{
	Perfetto__Trace *trace;
	long size;
	void *bytes;
	size_t n;

	cr_assert_eq(perfetto__flush(&perfetto), 0);
	size = lseek(fileno(file), 0, SEEK_END);
	SAME(size, perfetto.bytes);
	bytes = malloc((size_t)size + 1);
	cr_assert_eq(pread(fileno(file), bytes, (size_t)size, 0), size);
	trace = perfetto__trace__unpack(NULL, (size_t)size, bytes);
	cr_assert_not_null(trace);
	n = trace->n_packet;
	perfetto__trace__free_unpacked(trace, NULL);
	free(bytes);
	return n;
}

Test(perfetto, packet_that_fills_the_buffer)
{
	size_t room = sizeof(perfetto.buffer) - LENGTH_BYTES;

	begin(0);
	cr_expect(put(1000));
	cr_expect(put(room - 1));
	cr_expect(put(100));
	cr_expect_not(put(room + 1));
	cr_expect(put(200));
	SAME(count(), 4);
	fclose(file);
}

/* The end of the buffer is reached to the byte, one less and one more. */
Test(perfetto, packets_one_behind_the_other)
{
	size_t less;

	begin(0);
	for (less = 0; less < 16; less++) {
		size_t filled, size;

		SAME(perfetto__flush(&perfetto), 0);
		cr_assert(put(1000));
		filled = perfetto.filled;
		size = sizeof(perfetto.buffer) - filled - less - LENGTH_BYTES;
		cr_assert(put(size));
		/* a tag, and the worst that a length may take, have to fit: here it takes 3 bytes */
		SAME(perfetto.filled, (less ? filled : 0) + 1 + 3 + size);
	}
	SAME(count(), 32);
	fclose(file);
}

/* What is kept for the end is not given to others; the last packet goes up to the limit. */
Test(perfetto, file_that_may_have_so_many_bytes)
{
	const __u64 most = 3 * PERFETTO_RESERVE;
	__u64 room = most - PERFETTO_RESERVE;

	begin(most);
	SAME(perfetto.held, PERFETTO_RESERVE);
	cr_expect(put(room - 2000 - LENGTH_BYTES));
	room -= perfetto.bytes;
	cr_expect_not(put(room - LENGTH_BYTES + 1));
	cr_expect(perfetto.full);
	cr_expect_not(put(100)); /* nothing more is taken */
	perfetto.full = false;
	cr_expect(put(room - LENGTH_BYTES));
	cr_expect_not(put(room - LENGTH_BYTES));
	perfetto__finish(&perfetto);
	SAME(perfetto.held, 0);
	cr_expect(put(100));
	SAME(count(), 3);
	cr_expect_leq(perfetto.bytes, most);
	fclose(file);
}

/* As much as is asked for, or half of what is left. */
Test(perfetto, bytes_that_are_kept)
{
	begin(PERFETTO_RESERVE);
	SAME(perfetto.held, PERFETTO_RESERVE / 2);
	perfetto__hold(&perfetto, 1000);
	SAME(perfetto.held, PERFETTO_RESERVE / 2 + 1000);
	perfetto__hold(&perfetto, PERFETTO_RESERVE);
	SAME(perfetto.held, PERFETTO_RESERVE / 2 + 1000 + (PERFETTO_RESERVE / 2 - 1000) / 2);
	fclose(file);
	begin(0);
	SAME(perfetto.held, 0);
	fclose(file);
}

Test(perfetto, file_that_cannot_be_written)
{
	FILE *full = fopen("/dev/full", "we");

	cr_assert_not_null(full);
	perfetto__open(&perfetto, fileno(full), 0);
	cr_expect(put(100));
	cr_expect_neq(perfetto__flush(&perfetto), 0);
	cr_expect_not(put(100));
	cr_expect_neq(perfetto__flush(&perfetto), 0);
	SAME(perfetto.filled, 0);
	fclose(full);
}
