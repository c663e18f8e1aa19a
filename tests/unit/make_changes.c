/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_changes.h"

#include "store/writer.h"

int store_writer__changes(const struct store_writer *writer)
{
	return sqlite3_total_changes(writer->db);
}
