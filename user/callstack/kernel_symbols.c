/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/kernel_symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/kallsyms.h"
#include "core/sorted.h"

struct kernel_symbols {
	FILE *file; /* until it is read */
	struct kallsyms table;
};

struct kernel_symbols *kernel_symbols__open(void)
{
	struct kernel_symbols *symbols = calloc(1, sizeof(*symbols));

	if (symbols)
		symbols->file = fopen("/proc/kallsyms", "re");
	return symbols;
}

void kernel_symbols__close(struct kernel_symbols *symbols)
{
	if (!symbols)
		return;
	if (symbols->file)
		fclose(symbols->file);
	kallsyms__free(&symbols->table);
	free(symbols);
}

static void kernel_symbols__read(struct kernel_symbols *symbols)
{
	if (!symbols->file)
		return;
	kallsyms__read(&symbols->table, symbols->file);
	fclose(symbols->file);
	symbols->file = NULL;
}

const char *kernel_symbols__name(struct kernel_symbols *symbols, __u64 address)
{
	kernel_symbols__read(symbols);
	return kallsyms__find(&symbols->table, address);
}

__u64 kernel_symbols__address(struct kernel_symbols *symbols, const char *name)
{
	kernel_symbols__read(symbols);
	return kallsyms__address(&symbols->table, name);
}

bool kernel_symbols__range(struct kernel_symbols *symbols, const char *first, const char *end,
			   __u64 *ret_start, __u64 *ret_end)
{
	__u64 from = kernel_symbols__address(symbols, first);
	__u64 to = kernel_symbols__address(symbols, end);

	if (!from || from >= to)
		return false;
	*ret_start = from;
	*ret_end = to;
	return true;
}

bool kernel_symbols__hidden(const struct kernel_symbols *symbols)
{
	return !symbols->file && !symbols->table.count;
}

/* ---- the table ---- */

static int symbol__compare(const void *a, const void *b)
{
	const struct kallsyms_symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* Room for `more` in an array that doubles; false without memory. */
static bool array__reserve(void **array, size_t *room, size_t used, size_t more, size_t size)
{
	size_t want = *room ? *room : 4096;
	void *grown;

	while (want < used + more)
		want *= 2;
	if (want == *room)
		return true;
	grown = realloc(*array, want * size);
	if (!grown)
		return false;
	*array = grown;
	*room = want;
	return true;
}

static bool kallsyms__add(struct kallsyms *table, __u64 address, const char *name)
{
	size_t length = strcspn(name, ".\t \n"); /* ".isra.0" is the compiler's */

	if (!length)
		return true;
	if (!array__reserve((void **)&table->symbols, &table->symbol_room, table->count, 1,
			    sizeof(*table->symbols)) ||
	    !array__reserve((void **)&table->names, &table->name_room, table->name_used, length + 1,
			    1))
		return false;
	table->symbols[table->count].address = address;
	table->symbols[table->count++].name = table->name_used;
	memcpy(table->names + table->name_used, name, length);
	table->names[table->name_used + length] = 0;
	table->name_used += length + 1;
	return true;
}

void kallsyms__read(struct kallsyms *table, FILE *file)
{
	char line[1024], *at;

	while (fgets(line, sizeof(line), file)) {
		__u64 address = strtoull(line, &at, 16);

		/* "ffffffff81000000 T _text": of text symbols, those that are not hidden */
		if (!address || at[0] != ' ' || !at[1] || !strchr("tTwW", at[1]) || at[2] != ' ')
			continue;
		if (!kallsyms__add(table, address, at + 3))
			break;
	}
	if (table->count)
		qsort(table->symbols, table->count, sizeof(*table->symbols), symbol__compare);
}

const char *kallsyms__find(const struct kallsyms *table, __u64 address)
{
	size_t upto = SORTED_UPTO(table->symbols, table->count, address, address);

	return upto ? table->names + table->symbols[upto - 1].name : NULL;
}

__u64 kallsyms__address(const struct kallsyms *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		if (!strcmp(table->names + table->symbols[i].name, name))
			return table->symbols[i].address;
	}
	return 0;
}

void kallsyms__free(struct kallsyms *table)
{
	free(table->symbols);
	free(table->names);
	memset(table, 0, sizeof(*table));
}
