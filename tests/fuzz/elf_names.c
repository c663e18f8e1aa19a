/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names from any bytes in the place of an ELF file and of its debug file: either as
 * they are, which the corpus has complete files for, or the vDSO with some of its bytes
 * changed.  A reply must make sense, and demangling must end.
 */
#include "callstack/helper/elf_names.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/job.h"
#include "callstack/helper/demangle.h"

#define PLACES	   12
#define VDSO_BYTES 8192
#define PATCH	   3 /* bytes: where, where, what */
#define ROOM	   (1UL << 18)
#define HEAD	   4 /* bytes: how, distance of places, where they begin (2) */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static int file_of(const uint8_t *data, size_t size)
{
	int file = memfd_create("file", MFD_CLOEXEC);

	check(file >= 0 && write(file, data, size) == (ssize_t)size);
	return file;
}

static int patched_vdso(const uint8_t *data, size_t size)
{
	const uint8_t *vdso = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	uint8_t image[VDSO_BYTES];

	if (!vdso)
		return file_of(data, size);
	memcpy(image, vdso, sizeof(image));
	for (; size >= PATCH; data += PATCH, size -= PATCH)
		image[(data[0] | data[1] << 8) % sizeof(image)] = data[2];
	return file_of(image, sizeof(image));
}

static void check_text(const struct job_reply *reply, __u32 at, __u32 length)
{
	check(at <= reply->used && length <= reply->used - at);
	check(!length || at >= sizeof(struct elf_names_reply));
}

static void check_reply(const struct job_reply *reply)
{
	const struct elf_names_reply *names = (const void *)reply->bytes;
	__u32 i;

	check(reply->used >= sizeof(*names) && reply->used <= ROOM);
	check(names->count == PLACES && names->build_id_size <= BUILD_ID_BYTES);
	check(memchr(names->shared_link, 0, DEBUG_LINK) && names->shared_id_size <= BUILD_ID_BYTES);
	check(memchr(names->debug_link, 0, DEBUG_LINK) && !strchr(names->debug_link, '/'));
	for (i = 0; i < PLACES; i++) {
		check_text(reply, names->entries[i].name, names->entries[i].name_length);
		check_text(reply, names->entries[i].inlined, names->entries[i].inlined_length);
	}
}

/* Anything can be the name of a symbol. */
static void check_demangle(const uint8_t *data, size_t size)
{
	char symbol[300] = "_Z", name[NAME_BYTES];
	size_t length;

	if (size > sizeof(symbol) - 3)
		size = sizeof(symbol) - 3;
	memcpy(symbol + 2, data, size);
	if (size && data[0] & 1)
		symbol[1] = 'R';
	length = demangle(symbol, name);
	check(length < NAME_BYTES && strlen(name) == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct {
		struct elf_names_request head;
		struct elf_place places[PLACES];
	} request = { .head = { .flags = ELF_NAMES_INLINED | ELF_NAMES_DEBUG, .count = PLACES } };
	struct job_reply *reply;
	int files[2], i;
	uint8_t how;

	if (size < HEAD)
		return 0;
	how = data[0];
	if (how & 8)
		request.head.flags ^= ELF_NAMES_DEBUG | ELF_NAMES_SHARED;
	for (i = 0; i < PLACES; i++) {
		request.places[i].offset = (data[2] | (__u64)data[3] << 8) + (__u64)i * data[1];
		request.places[i].caller = i & 1;
	}
	data += HEAD;
	size -= HEAD;
	files[0] = how & 1 ? patched_vdso(data, size) : file_of(data, size);
	files[1] = how & 2 ? patched_vdso(NULL, 0) : file_of(data, size);
	reply = job__do(job__name, &request, sizeof(request), files, how & 4 ? 1 : 2, ROOM);
	if (reply)
		check_reply(reply);
	check(lseek(files[0], 0, SEEK_CUR) >= 0); /* still open */
	close(files[0]);
	close(files[1]);
	free(reply);
	check_demangle(data, size);
	return 0;
}
