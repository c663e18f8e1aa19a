/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JOB_NAME: from places in an ELF file to names.  Runs on files of strangers. */
#ifndef CALLSTACK_HELPER_ELF_NAMES_H
#define CALLSTACK_HELPER_ELF_NAMES_H

#include <linux/types.h>

#define BUILD_ID_BYTES 64  /* of one at most; the usual ones have 20 */
#define DEBUG_LINK     256 /* bytes of a file's name */

/*
 * The first file is the one asked about.  Behind it come, if flags say so, its debug
 * file and the one that several debug files share, which dwz makes.
 */
struct elf_names_request {
	__u32 flags; /* ELF_NAMES_* */
	__u32 count;
	struct elf_place {
		__u64 offset; /* in the file */
		__u32 caller; /* it is a return address: the call lies before it */
		__u32 pad;
	} places[];
};

#define ELF_NAMES_INLINED 1 /* those, too */
#define ELF_NAMES_DEBUG	  2 /* there is a debug file */
#define ELF_NAMES_SHARED  4 /* there is a shared one */

struct elf_names_reply {
	__u32 flags; /* ELF_* */
	__u32 count; /* of entries, one for each place */
	__u32 build_id_size;
	__u8 build_id[BUILD_ID_BYTES];
	char debug_link[DEBUG_LINK]; /* name of its debug file, "" if it has none */
	__u32 shared_id_size;
	__u8 shared_id[BUILD_ID_BYTES];
	char shared_link[DEBUG_LINK]; /* the name of the shared one */
	struct elf_name {
		__u32 name, name_length;       /* where in the reply; 0: not known */
		__u32 inlined, inlined_length; /* outermost first, a line each */
	} entries[];
};

#define ELF_IS_ELF	 1
#define ELF_HAS_SYMBOLS	 2 /* all of them, not only those for others */
#define ELF_HAS_DWARF	 4
#define ELF_TOOK_DEBUG	 8  /* the debug file is that file's */
#define ELF_NEEDS_SHARED 16 /* its debug information goes on in a shared one */

#endif
