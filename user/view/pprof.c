/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/pprof.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/utf8.h"

#define ZIP_GZIP 16 /* added to the window's bits: with gzip's header */

struct pprof_text {
	__s64 number;
	__u64 function; /* id; 0: it names none yet */
	UT_hash_handle hh;
	char text[];
};

static void pprof__fail(struct pprof *pprof, int err)
{
	if (!pprof->err)
		pprof->err = err;
}

static void pprof__zip(struct pprof *pprof, int flush)
{
	unsigned char zipped[32768];
	int rc;

	pprof->zip.next_in = pprof->plain;
	pprof->zip.avail_in = (uInt)pprof->filled;
	pprof->filled = 0;
	do {
		pprof->zip.next_out = zipped;
		pprof->zip.avail_out = sizeof(zipped);
		rc = deflate(&pprof->zip, flush);
		if (rc == Z_STREAM_ERROR) {
			pprof__fail(pprof, -EIO);
			return;
		}
		fwrite(zipped, 1, sizeof(zipped) - pprof->zip.avail_out, pprof->out);
	} while (!pprof->zip.avail_out);
}

static void pprof__append(ProtobufCBuffer *buffer, size_t size, const __u8 *data)
{
	struct pprof *pprof = (struct pprof *)(void *)buffer;

	while (size) {
		size_t part = sizeof(pprof->plain) - pprof->filled;

		if (part > size)
			part = size;
		memcpy(pprof->plain + pprof->filled, data, part);
		pprof->filled += part;
		data += part;
		size -= part;
		if (pprof->filled == sizeof(pprof->plain))
			pprof__zip(pprof, Z_NO_FLUSH);
	}
}

int pprof__open(struct pprof *pprof, FILE *out)
{
	memset(pprof, 0, sizeof(*pprof));
	pprof->base.append = pprof__append;
	pprof->out = out;
	if (deflateInit2(&pprof->zip, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + ZIP_GZIP, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	pprof__text(pprof, ""); /* has to be the first */
	return 0;
}

int pprof__close(struct pprof *pprof)
{
	pprof__zip(pprof, Z_FINISH);
	deflateEnd(&pprof->zip);
	HASH_FREE_ALL(pprof->texts);
	return pprof->err;
}

void pprof__write(struct pprof *pprof, const Pprof__Profile *piece)
{
	pprof__profile__pack_to_buffer(piece, &pprof->base);
}

static struct pprof_text *pprof__intern(struct pprof *pprof, const char *bytes)
{
	size_t room = 3 * strlen(bytes) + 1, length;
	struct pprof_text *text = calloc(1, sizeof(*text) + room), *known;
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	char *table[1];

	if (!text) {
		pprof__fail(pprof, -ENOMEM);
		return NULL;
	}
	utf8__from_bytes(text->text, room, bytes, room);
	utf8__printable(text->text);
	length = strlen(text->text);
	HASH_FIND(hh, pprof->texts, text->text, length, known);
	if (known) {
		free(text);
		return known;
	}
	text->number = pprof->text_count++;
	HASH_ADD_KEYPTR(hh, pprof->texts, text->text, length, text);
	table[0] = text->text;
	piece.n_string_table = 1;
	piece.string_table = table;
	pprof__write(pprof, &piece);
	return text;
}

__s64 pprof__text(struct pprof *pprof, const char *bytes)
{
	const struct pprof_text *text = pprof__intern(pprof, bytes);

	return text ? text->number : 0;
}

/* Known by its full name. */
static __u64 pprof__put_function(struct pprof *pprof, const char *full, __s64 name, __s64 file)
{
	struct pprof_text *text = pprof__intern(pprof, full);
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Function function = PPROF__FUNCTION__INIT, *functions[] = { &function };

	if (!text || text->function)
		return text ? text->function : 0;
	text->function = ++pprof->function_count;
	function.id = text->function;
	function.name = name ? name : text->number;
	function.system_name = text->number;
	function.filename = file;
	piece.n_function = 1;
	piece.function = functions;
	pprof__write(pprof, &piece);
	return text->function;
}

__u64 pprof__function(struct pprof *pprof, const char *name)
{
	return pprof__put_function(pprof, *name ? name : "[no name]", 0, 0);
}

__u64 pprof__source_function(struct pprof *pprof, const char *name, const char *file)
{
	__u64 function = 0;
	char *full;

	if (asprintf(&full, "%s (%s)", name, file) < 0) {
		pprof->err = -ENOMEM;
		return 0;
	}
	function = pprof__put_function(pprof, full, pprof__text(pprof, name),
				       pprof__text(pprof, file));
	free(full);
	return function;
}
