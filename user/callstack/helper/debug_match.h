/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a debug file is that of a file: another version's would give wrong names.  Runs
 * on files of strangers.
 */
#ifndef CALLSTACK_HELPER_DEBUG_MATCH_H
#define CALLSTACK_HELPER_DEBUG_MATCH_H

#include <linux/types.h>
#include <stdbool.h>

/* What a file says of its debug file. */
struct debug_claim {
	const __u8 *build_id; /* which both have */
	__u32 build_id_size;  /* 0: it has none */
	bool has_link;	      /* .gnu_debuglink */
	__u32 crc;	      /* of the debug file, says the link */
};

/* By build id; where one of both has none, by the link's checksum of the whole file. */
bool debug_claim__fits(const struct debug_claim *claim, int file);

/* By build id alone, as for what dwz makes. */
bool file__has_build_id(int file, const __u8 *build_id, __u32 size);

#endif
