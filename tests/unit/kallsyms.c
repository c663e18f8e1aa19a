/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/kallsyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static struct kallsyms read_table(const char *text)
{
	struct kallsyms table = { 0 };
	FILE *file = fmemopen((void *)(unsigned long)text, strlen(text), "r");

	cr_assert_not_null(file);
	kallsyms__read(&table, file);
	fclose(file);
	return table;
}

static void check_name(const struct kallsyms *table, __u64 address, const char *expected)
{
	const char *name = kallsyms__find(table, address);

	cr_assert_not_null(name, "0x%llx has no name", address);
	cr_expect_str_eq(name, expected, "0x%llx is %s, expected %s", address, name, expected);
}

Test(kallsyms, function_is_found_from_its_first_byte_to_the_next_one)
{
	struct kallsyms table = read_table("ffffffff81000000 T _stext\n"
					   "ffffffff81000100 t pipe_release\n"
					   "ffffffff81000200 W do_exit\n");

	SAME(table.count, 3);
	cr_expect_null(kallsyms__find(&table, 0));
	cr_expect_null(kallsyms__find(&table, 0xffffffff80ffffff));
	check_name(&table, 0xffffffff81000000, "_stext");
	check_name(&table, 0xffffffff810000ff, "_stext");
	check_name(&table, 0xffffffff81000100, "pipe_release");
	check_name(&table, 0xffffffff810001ff, "pipe_release");
	check_name(&table, 0xffffffff81000200, "do_exit");
	check_name(&table, ~0ULL, "do_exit");
	kallsyms__free(&table);
}

Test(kallsyms, order_of_the_lines_does_not_matter)
{
	struct kallsyms table = read_table("30 t c\n10 t a\n20 t b\n");

	check_name(&table, 0x10, "a");
	check_name(&table, 0x2f, "b");
	check_name(&table, 0x30, "c");
	kallsyms__free(&table);
}

Test(kallsyms, what_the_compiler_put_behind_a_name_is_gone)
{
	struct kallsyms table = read_table("10 t finish_task_switch.isra.0\n"
					   "20 t tcp_fin.constprop.0.cold\n"
					   "30 t fuse_open\t[fuse]\n"
					   "40 t no_line_break");

	check_name(&table, 0x10, "finish_task_switch");
	check_name(&table, 0x20, "tcp_fin");
	check_name(&table, 0x30, "fuse_open");
	check_name(&table, 0x40, "no_line_break");
	kallsyms__free(&table);
}

/* As /proc/kallsyms is to those without privileges. */
Test(kallsyms, hidden_addresses_are_no_addresses)
{
	struct kallsyms table = read_table("0000000000000000 T _stext\n"
					   "0000000000000000 t pipe_release\n");

	SAME(table.count, 0);
	cr_expect_null(kallsyms__find(&table, 0));
	cr_expect_null(kallsyms__find(&table, 0xffffffff81000000));
	kallsyms__free(&table);
}

Test(kallsyms, data_is_no_function)
{
	struct kallsyms table = read_table("10 t text\n20 D data\n30 b bss\n40 A absolute\n");

	SAME(table.count, 1);
	check_name(&table, 0x45, "text");
	kallsyms__free(&table);
}

Test(kallsyms, lines_of_another_form_are_passed_over)
{
	struct kallsyms table = read_table("\n"
					   "junk\n"
					   "10\n"
					   "10 \n"
					   "10 t\n"
					   "10 t \n"
					   "10 t  \n"
					   "10 t .cold\n"
					   "10  t two_spaces\n"
					   "10 tt two_types\n"
					   "zz t no_number\n"
					   "20 t good\n");

	SAME(table.count, 1);
	check_name(&table, 0x20, "good");
	kallsyms__free(&table);
}

Test(kallsyms, empty_file_has_no_functions)
{
	struct kallsyms table = read_table("\n");

	cr_expect_null(kallsyms__find(&table, 0x10));
	kallsyms__free(&table);
	kallsyms__free(&table); /* twice does no harm */
}

Test(kallsyms, table_grows)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct kallsyms table;
	unsigned int i;

	for (i = 20000; i; i--)
		fprintf(out, "%x t function_%u\n", 16 * i, i);
	fclose(out);
	table = read_table(text);
	SAME(table.count, 20000);
	check_name(&table, 0x10, "function_1");
	check_name(&table, 16 * 12345 + 15, "function_12345");
	check_name(&table, 16 * 20000, "function_20000");
	kallsyms__free(&table);
	free(text);
}

Test(kallsyms, address_of_a_name)
{
	struct kallsyms table = read_table("20 T __entry_text_start\n10 t twice\n30 t twice\n");

	SAME(kallsyms__address(&table, "__entry_text_start"), 0x20);
	SAME(kallsyms__address(&table, "__entry_text"), 0);
	SAME(kallsyms__address(&table, "twice"), 0x10);
	kallsyms__free(&table);
}
