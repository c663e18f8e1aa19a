/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pprof profile in pieces: a protobuf message may be written as several, whose
 * repeated fields follow one another.  So nothing but the texts is kept in memory.
 */
#ifndef VIEW_PPROF_H
#define VIEW_PPROF_H

#include <linux/types.h>
#include <stdio.h>
#include <view/pprof.pb-c.h>
#include <zlib.h>

struct pprof_text;

struct pprof {
	ProtobufCBuffer base; /* what protobuf-c writes to */
	FILE *out;
	z_stream zip;
	size_t filled;
	unsigned char plain[32768];
	struct pprof_text *texts;
	__s64 text_count;
	__u64 function_count;
	int err;
};

/* Returns 0 or -ENOMEM; then it must be closed. */
int pprof__open(struct pprof *pprof, FILE *out);

/* Returns 0, or the first error that there was. */
int pprof__close(struct pprof *pprof);

void pprof__write(struct pprof *pprof, const Pprof__Profile *piece);

/* Place of a text, which need not be valid, in the table of texts. */
__s64 pprof__text(struct pprof *pprof, const char *text);

/* Id of the function of this name; in a source file: "" or a path. */
__u64 pprof__function(struct pprof *pprof, const char *name);
__u64 pprof__source_function(struct pprof *pprof, const char *name, const char *file);

#endif
