/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/borders.h"

#include <string.h>

#include "callstack/helper/machine_code.h"
#include "callstack/helper/segments.h"

#define MAX_READ 8192 /* bytes of code between a symbol and what may be its own */

void borders__init(struct borders *borders, Elf *elf)
{
	GElf_Ehdr header;

	*borders = (struct borders){ .elf = elf, .machine = EM_NONE };
	if (gelf_getehdr(elf, &header))
		borders->machine = header.e_machine;
}

void borders__free(struct borders *borders)
{
	extents__free(&borders->extents);
	memset(borders, 0, sizeof(*borders));
}

static bool code_may_end(const struct borders *borders, __u64 start, __u64 address)
{
	size_t size;
	const __u8 *code = segments__code(borders->elf, start, &size);

	if (!code || address - start > size || address - start > MAX_READ)
		return true;
	return symbolization__may_end(borders->machine, code, address - start, start);
}

bool borders__may_lie_between(struct borders *borders, __u64 start, __u64 address)
{
	const struct extent *extent;

	if (start == address)
		return false;
	if (!borders->has_extents)
		extents__read(&borders->extents, borders->elf);
	borders->has_extents = true;
	extent = extents__find(&borders->extents, address);
	if (extent && extent->start > start)
		return true; /* a function begins in between */
	if (extent && address < extent->end)
		return false; /* both lie in one */
	if (extent && start < extent->end)
		return true; /* the one that it began in has ended */
	return code_may_end(borders, start, address);
}

__u64 borders__of_call(const struct borders *borders, __u64 address)
{
	size_t back, size;

	for (back = CODE_CALL_BYTES; back; back--) {
		const __u8 *code =
			address < back ? NULL : segments__code(borders->elf, address - back, &size);

		if (code && size >= back)
			return address - symbolization__ends_in_call(borders->machine, code, back);
	}
	return address ? address - 1 : 0;
}
