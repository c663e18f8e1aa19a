/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/elf_names.h"

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/helper/borders.h"
#include "callstack/helper/debug_match.h"
#include "callstack/helper/demangle.h"
#include "callstack/helper/functions.h"
#include "callstack/helper/go_names.h"
#include "callstack/helper/inlined.h"
#include "callstack/helper/job.h"
#include "callstack/helper/plt.h"
#include "callstack/helper/segments.h"

#define INLINED_BYTES 65536

struct names {
	const struct job *job;
	const struct elf_names_request *request;
	struct elf_names_reply *reply;
	Elf *elf; /* of the file itself */
	struct debug_claim claim;
	int debug, shared; /* its debug file, and what that shares with others; -1 */
	bool gave_debug;
	Dwarf *shared_dwarf;
	Dwfl *dwfl;
	Dwfl_Module *module;
	struct functions functions;
	struct borders borders;
	struct go_names go;
	bool is_go;
	struct demangler *demangler;
	char name[NAME_BYTES]; /* of what is no symbol */
	char inlined[INLINED_BYTES];
};

/* ---- the file, and is that its debug file? ---- */

static void names__read_head(struct names *names)
{
	struct elf_names_reply *reply = names->reply;
	const void *id = NULL;
	const char *link;
	GElf_Word crc;
	ssize_t size;

	reply->flags |= ELF_IS_ELF;
	size = dwelf_elf_gnu_build_id(names->elf, &id);
	if (size > 0 && size <= BUILD_ID_BYTES) {
		memcpy(reply->build_id, id, (size_t)size);
		reply->build_id_size = (__u32)size;
	}
	names->claim.build_id = reply->build_id;
	names->claim.build_id_size = reply->build_id_size;
	link = dwelf_elf_gnu_debuglink(names->elf, &crc);
	if (!link || strlen(link) >= DEBUG_LINK || strchr(link, '/'))
		return;
	strcpy(reply->debug_link, link);
	names->claim.has_link = true;
	names->claim.crc = crc;
}

/* The files that came with the request. */
static void names__take_files(struct names *names)
{
	const struct job *job = names->job;
	__u32 next = 1;

	if (names->request->flags & ELF_NAMES_DEBUG && next < job->file_count) {
		int file = job->files[next++];

		if (debug_claim__fits(&names->claim, file)) {
			names->debug = file;
			names->reply->flags |= ELF_TOOK_DEBUG;
		}
	}
	if (names->request->flags & ELF_NAMES_SHARED && next < job->file_count)
		names->shared = job->files[next];
}

/* Asked for the debug file once, and then for what it shares, which is not found so. */
static int find_debug_file(Dwfl_Module *module, void **data, const char *module_name,
			   Dwarf_Addr base, const char *file, const char *link, GElf_Word crc,
			   char **ret_file)
{
	struct names *names = *data;

	(void)module, (void)module_name, (void)base, (void)file, (void)link, (void)crc;
	if (!names || names->debug < 0 || names->gave_debug)
		return -1;
	names->gave_debug = true;
	*ret_file = strdup("debug");
	return dup(names->debug);
}

/* dwz moves what several debug files have in common into one. */
static void names__add_shared(struct names *names)
{
	struct elf_names_reply *reply = names->reply;
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(names->module, &bias);
	const char *link = NULL;
	const void *id = NULL;
	ssize_t size = dwarf ? dwelf_dwarf_gnu_debugaltlink(dwarf, &link, &id) : 0;

	if (size <= 0 || size > BUILD_ID_BYTES || strlen(link) >= DEBUG_LINK)
		return;
	reply->flags |= ELF_NEEDS_SHARED;
	memcpy(reply->shared_id, id, (size_t)size);
	reply->shared_id_size = (__u32)size;
	strcpy(reply->shared_link, link);
	if (names->shared >= 0 && file__has_build_id(names->shared, id, (__u32)size))
		names->shared_dwarf = dwarf_begin(names->shared, DWARF_C_READ);
	if (names->shared_dwarf)
		dwarf_setalt(dwarf, names->shared_dwarf);
}

static bool names__open_module(struct names *names)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = find_debug_file,
	};
	int file = dup(names->job->files[0]);
	void **data;

	names->dwfl = dwfl_begin(&callbacks);
	if (!names->dwfl || file < 0)
		return false;
	dwfl_report_begin(names->dwfl);
	names->module = dwfl_report_elf(names->dwfl, "file", "file", file, 0, true);
	dwfl_report_end(names->dwfl, NULL, NULL);
	if (!names->module) {
		close(file);
		return false;
	}
	if (!dwfl_module_info(names->module, &data, NULL, NULL, NULL, NULL, NULL, NULL))
		return false;
	*data = names;
	return true;
}

/* ---- places ---- */

/* Where a place is, in the numbers of the file's own tables. */
static bool names__address(const struct names *names, const struct elf_place *place,
			   __u64 *ret_address)
{
	bool call = place->caller && place->offset; /* which may have been the last of all */

	if (!segments__address(names->elf, place->offset - call, ret_address))
		return false;
	if (call)
		*ret_address = borders__of_call(&names->borders, *ret_address + 1);
	return true;
}

static void names__store(const struct names *names, __u32 *ret_at, __u32 *ret_length,
			 const char *text, size_t length)
{
	__u32 at = length ? job__add_text(names->job, text, length) : 0;

	if (!at)
		return;
	*ret_at = at;
	*ret_length = (__u32)length;
}

/* The symbol of what is at an address, or another table's name for it. */
static const char *names__symbol(struct names *names, __u64 address)
{
	const struct function *function = functions__find(&names->functions, address);
	const char *name;

	if (function && (function->size || function->start == address))
		return function->name;
	name = names->is_go ? go_names__find(&names->go, address) : NULL;
	if (name)
		return name;
	if (function && !borders__may_lie_between(&names->borders, function->start, address))
		return function->name;
	return NULL;
}

/* NULL: not known. */
static const char *names__find(struct names *names, struct plt *plt, __u64 address,
			       size_t *ret_length)
{
	const char *symbol = names__symbol(names, address);

	if (symbol)
		return demangler__name(names->demangler, symbol, ret_length);
	*ret_length = plt__name(plt, address, names->name);
	return *ret_length ? names->name : NULL;
}

/* True: all have names. */
static bool names__name_places(struct names *names)
{
	struct plt *plt = plt__new(names->elf);
	bool all = true;
	__u32 i;

	for (i = 0; i < names->request->count; i++) {
		struct elf_name *entry = &names->reply->entries[i];
		const char *name = NULL;
		__u64 address;
		size_t length;

		if (names__address(names, &names->request->places[i], &address))
			name = names__find(names, plt, address, &length);
		if (name)
			names__store(names, &entry->name, &entry->name_length, name, length);
		all &= name != NULL;
	}
	plt__free(plt);
	return all;
}

static void names__add_inlined(struct names *names)
{
	struct inlined *inlined;
	__u32 i;

	names__add_shared(names);
	inlined = inlined__new(names->module, names->demangler);
	if (!inlined)
		return;
	names->reply->flags |= ELF_HAS_DWARF;
	for (i = 0; i < names->request->count; i++) {
		struct elf_name *entry = &names->reply->entries[i];
		__u64 address;
		size_t length;

		if (!names__address(names, &names->request->places[i], &address))
			continue;
		length = inlined__at(inlined, address, names->inlined, INLINED_BYTES, names->name);
		names__store(names, &entry->inlined, &entry->inlined_length, names->inlined,
			     length);
		if (!entry->name)
			names__store(names, &entry->name, &entry->name_length, names->name,
				     strlen(names->name));
	}
	inlined__free(inlined);
}

/* ---- all of it ---- */

static bool elf__has_symbols(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;

	while ((scn = elf_nextscn(elf, scn))) {
		if (gelf_getshdr(scn, &header) && header.sh_type == SHT_SYMTAB)
			return true;
	}
	return false;
}

static void names__run(struct names *names)
{
	names->elf = elf_begin(names->job->files[0], ELF_C_READ_MMAP, NULL);
	if (!names->elf || elf_kind(names->elf) != ELF_K_ELF)
		return;
	borders__init(&names->borders, names->elf);
	names__read_head(names);
	names__take_files(names);
	if (elf__has_symbols(names->elf))
		names->reply->flags |= ELF_HAS_SYMBOLS;
	if (!names__open_module(names))
		return;
	functions__read(&names->functions, names->module);
	names->is_go = go_names__open(&names->go, names->elf);
	/* the Go part of a program needs no other file; what it has of C may */
	if (names__name_places(names) && names->is_go)
		names->reply->flags |= ELF_HAS_SYMBOLS;
	if (names->request->flags & ELF_NAMES_INLINED)
		names__add_inlined(names);
}

void job__name(const struct job *job)
{
	const struct elf_names_request *request = job->request;
	struct names *names = calloc(1, sizeof(*names));
	size_t size = sizeof(*names->reply);

	if (!names || job->size < sizeof(*request) || !job->file_count)
		return free(names);
	size += request->count * sizeof(names->reply->entries[0]);
	*names = (struct names){ .job = job, .request = request, .debug = -1, .shared = -1 };
	names->demangler = demangler__new();
	names->reply = job__reserve(job, size);
	if (names->reply && names->demangler) {
		names->reply->count = request->count;
		elf_version(EV_CURRENT);
		names__run(names);
	}
	functions__free(&names->functions);
	borders__free(&names->borders);
	demangler__free(names->demangler);
	if (names->dwfl)
		dwfl_end(names->dwfl);
	if (names->shared_dwarf)
		dwarf_end(names->shared_dwarf);
	elf_end(names->elf);
	free(names);
}
