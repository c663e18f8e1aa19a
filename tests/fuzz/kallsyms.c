/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text in the place of /proc/kallsyms: a table in order, in which every look-up ends. */
#include "callstack/kallsyms.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void check_symbol(const struct kallsyms *table, size_t i)
{
	const struct kallsyms_symbol *symbol = &table->symbols[i];
	const char *name = table->names + symbol->name;

	check(symbol->address != 0);
	check(symbol->name < table->name_used);
	check(*name && !strpbrk(name, ".\t \n"));
	check(!i || table->symbols[i - 1].address <= symbol->address);
	check(kallsyms__find(table, symbol->address) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kallsyms table = { 0 };
	char *text = malloc(size + 1);
	FILE *file;
	size_t i;

	if (!text)
		return 0;
	memcpy(text, data, size);
	file = size ? fmemopen(text, size, "r") : NULL;
	if (file) {
		kallsyms__read(&table, file);
		fclose(file);
	}
	for (i = 0; i < table.count; i++)
		check_symbol(&table, i);
	check(!kallsyms__find(&table, 0));
	check(!table.count == !kallsyms__find(&table, ~0ULL));
	kallsyms__free(&table);
	free(text);
	return 0;
}
