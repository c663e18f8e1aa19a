/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts that a signal cuts short, so that no write holds up the end for long. */
#include "core/halt.h"
#include "store/writer.h"

#define LOOK_EVERY 32 /* rows, from one look at the signal to the next */

void store__heed(struct store_writer *writer, const struct halt *halt, __u64 ns)
{
	writer->halt = halt;
	writer->halt_ns = ns;
	writer->rows = 0;
	writer->is_cut = false;
}

bool store__is_cut(const struct store_writer *writer)
{
	return writer->is_cut;
}

bool store__look(struct store_writer *writer)
{
	writer->rows = 0;
	return writer__is_cut(writer);
}

bool writer__is_cut(struct store_writer *writer)
{
	if (!writer->is_cut && writer->rows++ % LOOK_EVERY == 0)
		writer->is_cut = halt__is_due(writer->halt, writer->halt_ns);
	return writer->is_cut;
}

void store__set_end(struct store_writer *writer, __u64 end_ns)
{
	writer->end_ns = end_ns;
}
